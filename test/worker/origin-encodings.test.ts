import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gateRuntime } from "../support/gate-runtime.ts";
import { type OriginServer, startOriginServer } from "../support/origin-server.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../support/origin-stack.ts";

const forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
const text = `${"x".repeat(400)}${forged}`;
const bodies: Readonly<Record<string, Buffer>> = { gzip: gzipSync(text), br: brotliCompressSync(text) };

let origin: OriginServer;
let stack: OriginStack;

beforeAll(async () => {
  origin = await startOriginServer(({ target }, response) => {
    const coding = target.slice(target.indexOf("?") + 1);
    const body = bodies[coding];
    response.writeHead(200, { "content-encoding": coding, "content-length": body?.length }).end(body);
  });
  stack = await startOriginStack({ vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack?.stop(), origin?.stop()]));

describe("a body that the origin encodes although the request does not accept that", () => {
  it.each(Object.keys(bodies))("has no length but its own, with %s", async (coding) => {
    const { headers, body } = parseAnswer(await stack.sendRaw("GET", `/orders?${coding}`));
    const length = headers.find((line) => /^content-length:/i.test(line));
    if (length !== undefined) expect(Buffer.from(body, "latin1").length).toBe(Number(length.split(":")[1]));
    // The platforms that keep the coding keep the length too.
    const isDecoded = gateRuntime === "node";
    expect([headers.some((line) => /^content-encoding:/i.test(line)), length !== undefined]).toEqual([
      !isDecoded,
      !isDecoded,
    ]);
  });

  it.each(Object.keys(bodies))("reaches the client whole, with %s", async (coding) => {
    expect(await (await stack.send(`/orders?${coding}`)).text()).toBe(text);
  });
});
