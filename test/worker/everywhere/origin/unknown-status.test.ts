import { afterAll, beforeAll, expect, it } from "vitest";
import { type OriginServer, startOriginServer } from "../../../support/origin-server.ts";
import { type OriginStack, startOriginStack } from "../../../support/origin-stack.ts";

let origin: OriginServer;
let stack: OriginStack;

beforeAll(async () => {
  origin = await startOriginServer(({ target }, _response, socket) => {
    socket.end(`HTTP/1.1 ${target.slice(1)} Odd\r\nContent-Length: 2\r\n\r\nok`);
  });
  stack = await startOriginStack({ vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack?.stop(), origin?.stop()]));

it.each([
  ["GET", 599, 599],
  ["GET", 600, 502],
  ["GET", 999, 502],
  ["HEAD", 599, 599],
  ["HEAD", 999, 502],
] as const)(
  "%s of an origin that answers %d: the client gets %d",
  { tags: "answers" },
  async (method, sent, status) => {
    expect((await stack.send(`/${sent}`, { method })).status).toBe(status);
  },
);
