import { Agent, get } from "node:http";
import { afterAll, beforeAll, describe, it } from "vitest";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { serveByFile } from "../../../support/runtimes/serve-file.ts";
import { type ServerPart, type Stack, startStack } from "../../../support/stack.ts";

type Start = (entry: string, vars: Readonly<Record<string, string>>) => Promise<ServerPart>;

const entry = "test/gates/proxied/gate.ts";

/** Starts a gate as docs/reference/runtimes.md describes. */
const starts: Readonly<Record<string, Start>> = {
  Deno: (entry, vars) => serveInDeno(entry, vars),
  Node: (entry, vars) => serveByFile("Node", entry, vars),
  Bun: (entry, vars) => serveByFile("Bun", entry, vars),
};

/** The end of a response. */
interface End {
  readonly status?: number;
  readonly connection?: string;
  readonly body: string;
  /** Code of the error that cut it off. */
  readonly error?: string;
}

/** Without Deno, which has no limit of its own. */
const limited = Object.entries(starts).filter(([runtime]) => runtime !== "Deno");

describe("SIGTERM", () => {
  const agent = new Agent({ keepAlive: true });
  const started: ServerPart[] = [];
  let stack: Stack;
  let authorization: string;

  beforeAll(async () => {
    stack = await startStack({ gateEntry: entry });
    const { entraUrl } = stack;
    const token = await (await fetch(`${entraUrl}/local/token?persona=member&scope=access_as_user`)).text();
    authorization = `Bearer ${token}`;
  });
  afterAll(async () => {
    agent.destroy();
    await Promise.all([stack, ...started].map((part) => part.stop()));
  });

  async function run(start: Start): Promise<ServerPart> {
    const part = await start(entry, { ...stack.gateVars, ORIGIN_URL: stack.originUrl });
    started.push(part);
    return part;
  }

  /** Sends a request, and waits for the first bytes of its body. */
  function open(url: string, path: string): Promise<{ readonly end: Promise<End> }> {
    return new Promise((resolve) => {
      const request = get(url + path, { agent, headers: { authorization } }, (response) => {
        const { statusCode: status, headers } = response;
        let body = "";
        const end = new Promise<End>((finish) => {
          const facts = () => ({ status: status ?? 0, connection: headers.connection ?? "", body });
          response.on("end", () => finish(facts()));
          response.on("error", ({ message }) => finish({ ...facts(), error: message }));
        });
        response.once("data", () => resolve({ end }));
        response.on("data", (chunk) => {
          body += chunk;
        });
      });
      request.on("error", ({ message }) => resolve({ end: Promise.resolve({ body: "", error: message }) }));
    });
  }

  it.concurrent.for(Object.entries(starts))(
    "lets responses end, and then ends %s with 0",
    async ([runtime, start], { expect }) => {
      const { url, terminate } = await run(start);
      // Connections that stay open, one of them idle.
      await (await open(url, "/orders")).end;
      const events = await open(url, "/sse");
      const slow = open(url, "/slow?ms=3000");
      await (await open(url, "/orders")).end;
      const code = terminate();
      await expect.poll(() => fetch(url).then(String, () => "refused")).toBe("refused");
      const [{ end }, streamed] = [await slow, await events.end];
      const last = await end;
      expect([streamed.status, streamed.body.match(/^id: 5$/m)?.[0], streamed.error]).toEqual([
        200,
        "id: 5",
        undefined,
      ]);
      expect([last.status, last.error]).toEqual([200, undefined]);
      // Deno and Bun close a connection after its response without this header.
      if (runtime === "Node") expect(last.connection).toBe("close");
      expect(await code).toBe(0);
    },
  );

  it.concurrent.for(limited)(
    "ends %s with 0 after eight seconds, if a response lasts longer",
    async ([, start], { expect }) => {
      const { url, terminate } = await run(start);
      const { end } = await open(url, "/drip");
      const startMs = Date.now();
      expect(await terminate()).toBe(0);
      expect(Date.now() - startMs).toBeGreaterThan(7_000);
      expect((await end).error).toBeDefined();
    },
  );
});
