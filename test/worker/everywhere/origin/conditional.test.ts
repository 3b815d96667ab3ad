import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, openPage, startBrowser } from "../../../support/browser.ts";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../../support/origin-stack.ts";
import { answerBytes, type ExpressOrigin, startExpressOrigin } from "../../support/express-origin.ts";

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
    const { status, headers } = origin.exchanges.at(-1)!;
    expect(status).toBe(304);
    expect(headers).not.toHaveProperty("pragma");
    // Node's `fetch` adds the header itself, and origins respond with 304.
    expect(headers["cache-control"]).toBe(gateRuntime === "node" ? "max-age=0" : undefined);
  });

  it("gets the whole response if the client itself requests it", async () => {
    const whole = parseAnswer(await stack.sendRaw("GET", "/sent"));
    const lines = [`if-none-match: ${readHeader(whole.headers, "etag")}`, "cache-control: no-cache"];
    expect(parseAnswer(await stack.sendRaw("GET", "/sent", lines)).status).toBe(200);
    expect(origin.exchanges.at(-1)?.headers["cache-control"]).toBe("no-cache");
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
      const seen = origin.exchanges.filter(({ target }) => target === "/file.txt");
      expect(seen.map(({ status }) => status)).toEqual([200, 304]);
      expect(seen[1]?.headers).not.toHaveProperty("pragma");
    } finally {
      await Promise.all([browser.close(), stack.stop(), origin.stop()]);
    }
  });
});
