import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OriginServer, startOriginServer } from "../support/origin-server.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../support/origin-stack.ts";

let origin: OriginServer;
let stack: OriginStack;

beforeAll(async () => {
  origin = await startOriginServer(({ target }, response, socket) => {
    // Node's server would not send the body.
    if (target.endsWith("?reset")) socket.end("HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok");
    else response.end();
  });
  stack = await startOriginStack({ vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack?.stop(), origin?.stop()]));

describe("a response with status 205", () => {
  it("has the length of the body that it has", async () => {
    const { status, headers, body } = parseAnswer(await stack.sendRaw("GET", "/orders?reset"));
    const lengths = headers.filter((line) => /^content-length:/i.test(line)).map((line) => Number(line.split(":")[1]));
    expect([status, body]).toEqual([205, ""]);
    expect([[], [0]]).toContainEqual(lengths);
  });
});
