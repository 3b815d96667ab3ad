// Runtimes: workerd, deno
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type KeyStack, startKeyStack } from "../../../support/key-stack.ts";
import { type RunningServer, startServer } from "../../../support/server.ts";

let server: RunningServer;
let connections: number;
let stack: KeyStack;

beforeEach(async () => {
  connections = 0;
  const count = createServer((socket) => {
    connections += 1;
    socket.end("HTTP/1.1 200 OK\r\n\r\n");
  });
  server = await startServer(count);
});
afterEach(async () => {
  await stack.stop();
  await server.stop();
});

describe("an unreachable authority causes 503 with Retry-After, in one attempt", () => {
  const expectUnavailable = async (authority: string) => {
    stack = await startKeyStack({ gateVars: { ENTRA_AUTHORITY: authority } });
    const token = await stack.issue({ authority });
    const refused = await stack.ask(token);
    expect([refused.status, refused.headers.has("retry-after")]).toEqual([503, true]);
    expect(await stack.askAll(Array.from({ length: 50 }, () => token))).toEqual({ 503: 50 });
  };

  it("K13 if the port has no listener", () => expectUnavailable("http://127.0.0.1:1"));
  it("K13 if the host does not exist", () => expectUnavailable("https://entra.invalid"));
  it("K13 if TLS fails", async () => {
    await expectUnavailable(`https://127.0.0.1:${server.port}`);
    expect(connections).toBe(1);
  });
});
