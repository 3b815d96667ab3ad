import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, openPage, startBrowser } from "../../../support/browser.ts";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../../support/origin-stack.ts";
import { type RunningServer, startServer } from "../../../support/server.ts";

/** The part of Express that the test uses. Express has no types. */
interface Application extends RequestListener {
  use(...handlers: readonly unknown[]): void;
  get(path: string, handler: (request: unknown, response: { send(body: unknown): void }) => void): void;
}
type Express = (() => Application) & { static(directory: string): unknown };

interface ExpressOrigin extends RunningServer {
  /** In the order in which they ended. */
  readonly exchanges: readonly ServerResponse[];
}

/** Bytes of each response. */
const answerBytes = 100_000;

/** An origin in Express: `/file.txt` from static files and `/sent` from `response.send`, each with validators. */
async function startExpressOrigin(): Promise<ExpressOrigin> {
  const express: Express = createRequire(import.meta.url)("express");
  const directory = await mkdtemp(path.join(tmpdir(), "express-"));
  await writeFile(path.join(directory, "file.txt"), "a".repeat(answerBytes));
  const exchanges: ServerResponse[] = [];
  const app = express();
  app.use((_: IncomingMessage, response: ServerResponse, next: () => void) => {
    response.on("finish", () => exchanges.push(response));
    next();
  });
  app.use(express.static(directory));
  app.get("/sent", (_, response) => response.send({ text: "a".repeat(answerBytes) }));
  const server = await startServer(createServer(app));
  return { ...server, exchanges, stop: () => server.stop().then(() => rm(directory, { recursive: true })) };
}

const startGate = (originUrl: string) => startOriginStack({ vars: { ORIGIN_URL: originUrl } });

const readHeader = (lines: readonly string[], name: string) =>
  lines.find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2) ?? "";

describe("a conditional request to Express", () => {
  let origin: ExpressOrigin;
  let stack: OriginStack;

  beforeAll(async () => {
    origin = await startExpressOrigin();
    stack = await startGate(origin.url);
  });
  afterAll(() => Promise.all([stack?.stop(), origin?.stop()]));

  it.each([
    ["/file.txt", "if-none-match", "etag"],
    ["/file.txt", "if-modified-since", "last-modified"],
    ["/sent", "if-none-match", "etag"],
  ])("gets 304 and no body: %s with %s", async (path, condition, validator) => {
    const whole = parseAnswer(await stack.sendRaw("GET", path));
    expect([whole.status, whole.body.length >= answerBytes]).toEqual([200, true]);
    const answer = parseAnswer(
      await stack.sendRaw("GET", path, [`${condition}: ${readHeader(whole.headers, validator)}`]),
    );
    expect([answer.status, answer.body]).toEqual([304, ""]);
    // `no-store` would replace what the client has stored with the 200.
    expect(readHeader(answer.headers, "cache-control")).toBe(path === "/sent" ? "" : "private, max-age=0");
    expect(readHeader(answer.headers, "vary")).toContain("Authorization");
    const { statusCode, req } = origin.exchanges.at(-1)!;
    expect(statusCode).toBe(304);
    expect(req.headers).not.toHaveProperty("pragma");
    // Node's `fetch` adds the header itself, and origins respond with 304.
    expect(req.headers["cache-control"]).toBe(gateRuntime === "node" ? "max-age=0" : undefined);
  });

  it("gets the whole response if the client itself requests it", async () => {
    const whole = parseAnswer(await stack.sendRaw("GET", "/sent"));
    const lines = [`if-none-match: ${readHeader(whole.headers, "etag")}`, "cache-control: no-cache"];
    expect(parseAnswer(await stack.sendRaw("GET", "/sent", lines)).status).toBe(200);
    expect(origin.exchanges.at(-1)?.req.headers["cache-control"]).toBe("no-cache");
  });
});

describe.skipIf(chromiumPath === undefined || gateRuntime !== "workerd")("Chromium", () => {
  it("revalidates a stored response, and the origin answers 304", async () => {
    const origin = await startExpressOrigin();
    const stack = await startGate(origin.url);
    const browser = await startBrowser();
    try {
      const page = await openPage(browser);
      // The gate's refusal gives the browser a page of this origin.
      await page.goto(stack.gateUrl);
      const read = () =>
        page.evaluate(async (authorization) => {
          const response = await fetch("/file.txt", { headers: { authorization } });
          return [response.status, (await response.text()).length];
        }, `Bearer ${stack.token}`);
      expect([await read(), await read()]).toEqual([
        [200, answerBytes],
        [200, answerBytes],
      ]);
      const seen = origin.exchanges.filter(({ req }) => req.url === "/file.txt");
      expect(seen.map(({ statusCode }) => statusCode)).toEqual([200, 304]);
      expect(seen[1]?.req.headers).not.toHaveProperty("pragma");
    } finally {
      await Promise.all([browser.close(), stack.stop(), origin.stop()]);
    }
  });
});
