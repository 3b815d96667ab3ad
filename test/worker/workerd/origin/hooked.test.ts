import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OriginServer, startOriginServer } from "../../../support/origin-server.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../../support/origin-stack.ts";

const gzip = gzipSync("hello ".repeat(50)).toString("latin1");
const answers: Record<string, string> = {
  "/gzip": `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gzip.length}\r\n\r\n${gzip}`,
  "/not-modified": 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  "/moved": "HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/x?y\r\nContent-Length: 2\r\n\r\nmv",
  "/shared": "HTTP/1.1 200 OK\r\nCache-Control: public, s-maxage=60\r\nContent-Length: 2\r\n\r\nok",
};

let raw: OriginServer;
let stack: OriginStack;
let sample: OriginStack;

beforeAll(async () => {
  raw = await startOriginServer(({ target }, _response, socket) => socket.end(answers[target] ?? "", "latin1"));
  const entry = "test/gates/hooked.ts";
  [stack, sample] = await Promise.all([
    startOriginStack({ entry, vars: { ORIGIN_URL: raw.url } }),
    startOriginStack({ entry }),
  ]);
});
afterAll(() => Promise.all([stack.stop(), sample.stop(), raw.stop()]));

const ask = async (path: string) => parseAnswer(await stack.sendRaw("GET", path));

describe("the origin's response passes hooks", () => {
  it("with its compression", async () => {
    const answer = await ask("/gzip");
    expect(answer.headers).toEqual(
      expect.arrayContaining(["Content-Encoding: gzip", `Content-Length: ${gzip.length}`]),
    );
    expect(answer.body).toBe(gzip);
    expect(answer.headers.join("\n")).toMatch(/^x-request-id: [0-9a-f-]{36}$/im);
    expect(answer.headers.join("\n")).toMatch(/^x-content-type-options: nosniff$/im);
  });

  it("with its status, and without following a redirect", async () => {
    expect((await ask("/not-modified")).status).toBe(304);
    const moved = await ask("/moved");
    expect([moved.status, moved.body]).toEqual([301, "mv"]);
  });

  it("and is still private", async () => {
    expect((await ask("/shared")).headers.join("\n")).toMatch(/^cache-control: private$/im);
  });
});

it("a WebSocket passes hooks", async () => {
  const headers = { authorization: `Bearer ${sample.token}` };
  const socket = new WebSocket(`${sample.gateUrl.replace("http", "ws")}/ws`, { headers } as never);
  const message = await new Promise<string>((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error("no WebSocket"));
  });
  expect(message).toContain("x-entra-tenant");
  socket.close();
});

describe("a body that is validated while it is forwarded", () => {
  const post = (body: string) =>
    sample.send("/orders", { method: "POST", body, headers: { "content-type": "application/json" } });

  it("reaches the origin unchanged", async () => {
    const body = '{ "lines": ["a"], "more": 1.0 }';
    const answer = await post(body);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      body: { text: body },
      headers: { "content-length": String(body.length) },
    });
  });

  it("does not reach the origin if it is invalid", async () => {
    const answer = await post('{"lines":[7]}');
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: [{ path: "/lines/0" }] });
  });
});
