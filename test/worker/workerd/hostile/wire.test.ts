import { afterAll, describe, expect, it } from "vitest";
import type { Reason } from "../../../../src/base/common/denial.ts";
import { startFleet } from "../../../support/fleet.ts";

/** Bytes that no HTTP client sends. `runtime` means that workerd refuses them before the gate. */
const fleet = await startFleet("delegated");
afterAll(() => fleet.stop());

const { token } = await fleet.forge("delegated");
const host = "Host: 127.0.0.1";
const close = "Connection: close";
const bearer = `Authorization: Bearer ${token}`;
const chunked = "Transfer-Encoding: chunked";
const smuggled = write("GET /smuggled HTTP/1.1", host, bearer);

function write(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const get = (...lines: readonly string[]) => write("GET /orders HTTP/1.1", host, close, ...lines);
const post = (...lines: readonly string[]) => write("POST /orders HTTP/1.1", host, close, bearer, ...lines);

async function send(text: string) {
  const before = await fleet.ledger();
  const answer = await fleet.sendBytes("delegated", text);
  const after = await fleet.ledger();
  return {
    statuses: [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
    instance: /"instance":"(urn:uuid:[0-9a-f-]{36})"/.exec(answer)?.[1],
    answer,
    forwarded: after.origin.count - before.origin.count,
    last: after.origin.last,
  };
}

describe("bytes that are not a request, or that are ambiguous, are not forwarded", { tags: "message-bounds" }, () => {
  const rows: readonly (readonly [name: string, text: string, status: number, by: Reason | "runtime"])[] = [
    ["the token on a folded line", get("Authorization: Bearer", ` ${token}`), 400, "runtime"],
    ["a second token on a folded line", get(bearer, ` ${token}`), 400, "runtime"],
    ["the token folded into another header", get("X-Foo: a", ` ${bearer}`), 400, "runtime"],
    ["a space before the colon", get(bearer.replace(":", " :")), 400, "runtime"],
    ["a lone line feed inside a value", get(`X-Foo: a\n ${bearer}`), 400, "runtime"],
    ["carriage returns in place of line ends", get(bearer).replaceAll("\r\n", "\r"), 400, "runtime"],
    ["a carriage return inside a value", get(`X-Foo: a\r${bearer}`), 400, "runtime"],
    ["a NUL after the token", get(`${bearer}\0`), 400, "runtime"],
    ["a NUL in a header's name", get(bearer, "X-Entra-Roles\0: Orders.Admin"), 400, "runtime"],
    ["a line without a colon", get(bearer, "X-Entra-Roles"), 400, "runtime"],
    ["a line without a name", get(bearer, ": x"), 400, "runtime"],
    ["HTTP/0.9", "GET /orders\r\n\r\n", 400, "runtime"],
    ["HTTP/2 by its version", write("GET /orders HTTP/2.0", host, close, bearer), 400, "runtime"],
    ["two spaces before the path", write("GET  /orders HTTP/1.1", host, close, bearer), 400, "runtime"],
    ["TABs in the request line", write("GET\t/orders\tHTTP/1.1", host, close, bearer), 400, "runtime"],
    ["a space in the path", write("GET /or ders HTTP/1.1", host, close, bearer), 400, "runtime"],
    ["a TAB in the path", write("GET /or\tders HTTP/1.1", host, close, bearer), 400, "runtime"],
    ["a byte in the path that is not UTF-8", write("GET /\xff HTTP/1.1", host, close, bearer), 400, "runtime"],
    ["a path of another scheme", write("GET file:///orders HTTP/1.1", host, close, bearer), 400, "runtime"],
    ["the beginning of a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "runtime"],
    ["no host", write("GET /orders HTTP/1.1", close, bearer), 400, "runtime"],
    ["an empty host", write("GET /orders HTTP/1.1", "Host:", close, bearer), 400, "runtime"],
    ["two hosts", get("Host: evil.example", bearer), 400, "message_ambiguous"],
    ["a method in lower case", write("get /orders HTTP/1.1", host, close, bearer), 501, "runtime"],
    ["an unknown method", write("BREW /orders HTTP/1.1", host, close, bearer), 501, "runtime"],
    ["TRACE", write("TRACE /orders HTTP/1.1", host, close, bearer), 501, "method_not_supported"],
    ["TRACE without a token", write("TRACE /orders HTTP/1.1", host, close), 501, "method_not_supported"],
    ["two lengths", post("Content-Length: 0", `Content-Length: ${smuggled.length}`) + smuggled, 400, "runtime"],
    ["a list of lengths", post(`Content-Length: 0, ${smuggled.length}`) + smuggled, 400, "runtime"],
    ["a length with a sign", `${post("Content-Length: +4")}body`, 400, "runtime"],
    ["a length below 0", `${post("Content-Length: -1")}body`, 400, "runtime"],
    ["a length in hexadecimal", `${post("Content-Length: 0x4")}body`, 400, "runtime"],
    ["a length above the largest number", `${post("Content-Length: 99999999999999999999")}body`, 400, "runtime"],
    ["another transfer coding", `${post("Transfer-Encoding: xchunked")}0\r\n\r\n${smuggled}`, 400, "runtime"],
    ["chunked, and another after it", `${post("Transfer-Encoding: chunked, identity")}0\r\n\r\n`, 400, "runtime"],
    ["chunked, and another on its own line", `${post(chunked, "Transfer-Encoding: gzip")}0\r\n\r\n`, 400, "runtime"],
    ["chunked, with a space before the colon", `${post("Transfer-Encoding : chunked")}0\r\n\r\n`, 400, "runtime"],
    ["a chunk whose size is not a number", `${post(chunked)}zz\r\nbody\r\n0\r\n\r\n`, 499, "client_gone"],
    ["a chunk with a size below 0", `${post(chunked)}-4\r\nbody\r\n0\r\n\r\n`, 499, "client_gone"],
    ["a chunk above the largest size", `${post(chunked)}fffffffffffffffff\r\nbody\r\n0\r\n\r\n`, 499, "client_gone"],
  ];
  for (const [name, text, status, by] of rows) {
    it(name, async () => {
      const { statuses, instance, answer, forwarded } = await send(text);
      expect(statuses, answer).toEqual([status]);
      expect(forwarded).toBe(0);
      expect(answer).not.toContain(token);
      if (by === "runtime") expect(instance).toBeUndefined();
      else expect((await fleet.lineOf(instance!)).reason).toBe(by);
    });
  }
});

describe("a request on a shared connection", () => {
  it("is authenticated by itself, because a connection has no identity", async () => {
    const first = write("GET /orders HTTP/1.1", host, bearer);
    const { statuses, forwarded } = await send(first + get());
    expect(statuses).toEqual([200, 401]);
    expect(forwarded).toBe(1);
  });

  it.each([
    ["length and chunks", post(`Content-Length: ${4 + smuggled.length}`, chunked)],
    ["chunks and length", post(chunked, "Content-Length: 5")],
  ])("has one meaning if %s differ", { tags: "message-bounds" }, async (_, head) => {
    const { statuses, forwarded, last } = await send(`${head}0\r\n\r\n${smuggled}`);
    expect(statuses).toEqual([200]);
    expect(forwarded).toBe(1);
    expect(last?.url).toBe("https://origin.contoso.example/orders");
    expect(last?.headers).not.toHaveProperty("content-length");
  });

  it("goes to the root if it names no path", async () => {
    const { statuses, last } = await send(write("GET orders HTTP/1.1", host, close, bearer));
    expect(statuses).toEqual([200]);
    expect(last?.url).toBe("https://origin.contoso.example/");
  });

  it("ignores a credential or an identity after its body", async () => {
    const unsigned = write("POST /orders HTTP/1.1", host, close, chunked, "Trailer: Authorization, X-Entra-Roles");
    const body = `4\r\nbody\r\n0\r\n${bearer}\r\nX-Entra-Roles: Orders.Admin\r\n\r\n`;
    const refused = await send(unsigned + body);
    expect([refused.statuses, refused.forwarded]).toEqual([[401], 0]);
    const allowed = await send(post(chunked, "Trailer: X-Entra-Roles") + body);
    expect([allowed.statuses, allowed.forwarded]).toEqual([[200], 1]);
    expect(allowed.last?.headers["x-entra-roles"]).toBe("");
  });

  it("does not become HTTP/2 after the gate", async () => {
    const upgrade = ["Connection: close, Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"];
    const { statuses, last } = await send(write("GET /orders HTTP/1.1", host, bearer, ...upgrade));
    expect(statuses).toEqual([200]);
    expect(Object.keys(last!.headers)).not.toContain("upgrade");
    expect(Object.keys(last!.headers)).not.toContain("http2-settings");
  });
});
