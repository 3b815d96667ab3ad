import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OriginServer, startOriginServer } from "../../../support/origin-server.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../../support/origin-stack.ts";

const text = "hello ".repeat(50);
const gzip = gzipSync(text).toString("latin1");
const brotli = brotliCompressSync(text).toString("latin1");

const ok = "HTTP/1.1 200 OK\r\n";
const body = "Content-Length: 2\r\n\r\nok";

/** Raw responses by path. */
const answers: Record<string, string> = {
  "/early-hints": `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok}${body}`,
  "/continue": `HTTP/1.1 100 Continue\r\n\r\n${ok}${body}`,
  "/switch": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n",
  "/no-content": 'HTTP/1.1 204 No Content\r\nETag: "a"\r\n\r\n',
  "/not-modified": 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nCache-Control: public, max-age=5\r\n\r\n',
  "/moved": "HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/x?y\r\nContent-Length: 2\r\n\r\nmv",
  "/see-other": "HTTP/1.1 303 See Other\r\nLocation: ../relative\r\nContent-Length: 0\r\n\r\n",
  "/trailers": `${ok}Trailer: X-End\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-End: 1\r\n\r\n`,
  "/cookies": `${ok}Set-Cookie: a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT\r\nSet-Cookie: b=2; HttpOnly\r\n${body}`,
  "/gzip": `${ok}Content-Encoding: gzip\r\nContent-Length: ${gzip.length}\r\n\r\n${gzip}`,
  "/gzip-chunked": `${ok}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n${gzip.length.toString(16)}\r\n${gzip}\r\n0\r\n\r\n`,
  "/brotli": `${ok}Content-Encoding: br\r\nContent-Length: ${brotli.length}\r\n\r\n${brotli}`,
  "/zstd": `${ok}Content-Encoding: zstd\r\nContent-Length: 5\r\n\r\nabcde`,
  "/twice": `${ok}Content-Encoding: gzip, gzip\r\nContent-Length: 5\r\n\r\nabcde`,
  "/not-gzip": `${ok}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde`,
  "/range": `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/${gzip.length}\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n${gzip.slice(0, 5)}`,
  "/hop": `${ok}Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-End: 2\r\n${body}`,
  "/latin": `${ok}X-Name: caf\u00e9\r\n${body}`,
  "/shared": `${ok}Cache-Control: public\r\nCache-Control: s-maxage=60, max-age=5\r\nCDN-Cache-Control: max-age=60\r\nVary: Accept\r\n${body}`,
  "/unauthorized": `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="inner"\r\n${body}`,
  "/odd": `HTTP/1.1 999 Odd\r\n${body}`,
  "/garbage": "this is not HTTP\r\n\r\n",
  "/nothing": "",
  "/cut": `${ok}Content-Length: 200\r\n\r\nok`,
  "/cut-chunked": `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`,
  "/until-end": `${ok}\r\nuntil the end`,
  "/empty": `${ok}Content-Length: 0\r\n\r\n`,
  "/plain": `${ok}X-Served-By: node-7.internal\r\n${body}`,
};

let origin: OriginServer;
let stack: OriginStack;

beforeAll(async () => {
  origin = await startOriginServer(({ method, target }, _response, socket) => {
    const answer = answers[target] ?? "";
    socket.end(method === "HEAD" ? answer.slice(0, answer.indexOf("\r\n\r\n") + 4) : answer, "latin1");
  });
  stack = await startOriginStack({ vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack.stop(), origin.stop()]));

const ask = async (path: string, method = "GET", lines: readonly string[] = []) =>
  parseAnswer(await stack.sendRaw(method, path, lines));

/** Header lines of a response, without those of every authenticated response. */
function ownHeaders({ headers }: { readonly headers: readonly string[] }): readonly string[] {
  return headers.filter((line) => !/^(?:connection|cache-control|vary):/i.test(line)).sort();
}

const badGateway = {
  status: 502,
  title: "Bad Gateway",
  detail: "The origin server could not be reached. Retry later.",
};

describe("a response's status", () => {
  it("is the final one, because the platform hides interim responses", async () => {
    for (const path of ["/early-hints", "/continue"]) {
      const answer = await ask(path);
      expect([answer.status, ownHeaders(answer), answer.body]).toEqual([200, ["Content-Length: 2"], "ok"]);
    }
  });

  it("is 204 or 304 without a body", async () => {
    for (const [path, status] of [
      ["/no-content", 204],
      ["/not-modified", 304],
    ] as const) {
      const answer = await ask(path);
      expect([answer.status, ownHeaders(answer), answer.body]).toEqual([status, ['ETag: "a"'], ""]);
    }
  });

  it("is that of a redirect, which the gate does not follow", async () => {
    const before = origin.requests.length;
    const moved = await ask("/moved");
    expect([moved.status, moved.body]).toEqual([301, "mv"]);
    expect(ownHeaders(moved)).toEqual(["Content-Length: 2", "Location: https://elsewhere.example/x?y"]);
    const seeOther = await ask("/see-other", "POST");
    expect([seeOther.status, ownHeaders(seeOther)]).toEqual([303, ["Content-Length: 0", "Location: ../relative"]]);
    expect(origin.requests.length).toBe(before + 2);
  });

  it("may be a refusal of the origin", async () => {
    const answer = await ask("/unauthorized");
    expect([answer.status, answer.body]).toEqual([401, "ok"]);
    expect(answer.headers).toContain('WWW-Authenticate: Basic realm="inner"');
  });

  it("is 502 if the origin switches to another protocol than WebSocket, even if the client requested that", async () => {
    const handshake = [
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    const answer = await ask("/switch", "GET", ["Connection: Upgrade, close", ...handshake]);
    expect([answer.status, answer.headers.some((line) => line.includes("foo"))]).toEqual([502, false]);
  });

  it.each(["/switch", "/odd", "/garbage", "/nothing"])("is 502 if the origin does not speak HTTP: %s", async (path) => {
    const answer = await ask(path);
    expect(JSON.parse(answer.body)).toMatchObject(badGateway);
    expect(answer.status).toBe(502);
    expect(answer.headers).toContain("Content-Type: application/problem+json");
  });
});

describe("a response's body", () => {
  it.each([
    ["/gzip", "gzip", gzip],
    ["/brotli", "br", brotli],
    ["/zstd", "zstd", "abcde"],
    ["/twice", "gzip, gzip", "abcde"],
    ["/not-gzip", "gzip", "abcde"],
  ])("stays compressed, even if the client does not accept that: %s", async (path, encoding, bytes) => {
    for (const lines of [[], ["Accept-Encoding: gzip, br"], ["Accept-Encoding: identity"]]) {
      const answer = await ask(path, "GET", lines);
      expect(ownHeaders(answer)).toEqual([`Content-Encoding: ${encoding}`, `Content-Length: ${bytes.length}`]);
      expect(answer.body).toBe(bytes);
    }
  });

  it("stays compressed if its length is unknown", async () => {
    const answer = await ask("/gzip-chunked");
    expect(ownHeaders(answer)).toEqual(["Content-Encoding: gzip", "Transfer-Encoding: chunked"]);
    expect(answer.body).toContain(gzip);
  });

  it("may be partial", async () => {
    const answer = await ask("/range", "GET", ["Range: bytes=0-4"]);
    expect([answer.status, answer.body]).toEqual([206, gzip.slice(0, 5)]);
    expect(answer.headers).toContain(`Content-Range: bytes 0-4/${gzip.length}`);
    expect(answer.headers).toContain("Content-Length: 5");
  });

  it.each([
    ["/plain", ["Content-Length: 2", "X-Served-By: node-7.internal"]],
    ["/gzip", ["Content-Encoding: gzip", `Content-Length: ${gzip.length}`]],
    ["/gzip-chunked", ["Content-Encoding: gzip"]],
    ["/empty", ["Content-Length: 0"]],
    ["/moved", ["Content-Length: 2", "Location: https://elsewhere.example/x?y"]],
  ])("is absent for HEAD, whose headers are those of GET: %s", async (path, headers) => {
    const before = origin.requests.length;
    const answer = await ask(path, "HEAD");
    expect([ownHeaders(answer), answer.body]).toEqual([headers, ""]);
    expect(origin.requests.slice(before).map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it.each(["/cut", "/cut-chunked"])("is visibly incomplete if the origin's was: %s", async (path) => {
    await expect(stack.send(path).then((response) => response.text())).rejects.toThrow();
  });

  it("may end with the connection", async () => {
    expect(await (await stack.send("/until-end")).text()).toBe("until the end");
  });

  it("loses its trailers, which the platform does not support", async () => {
    const answer = await ask("/trailers");
    expect(ownHeaders(answer)).toEqual(["Transfer-Encoding: chunked"]);
    expect(answer.body).toBe("2\r\nok\r\n0\r\n\r\n");
  });
});

describe("a response's headers", () => {
  it("keep each of several cookies", async () => {
    expect(ownHeaders(await ask("/cookies"))).toEqual([
      "Content-Length: 2",
      "Set-Cookie: a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
      "Set-Cookie: b=2; HttpOnly",
    ]);
  });

  it("are removed if they are hop-by-hop", async () => {
    expect(ownHeaders(await ask("/hop"))).toEqual(["Content-Length: 2", "X-End: 2"]);
  });

  it("keep their bytes", async () => {
    expect(ownHeaders(await ask("/latin"))).toContain("X-Name: caf\u00e9");
  });

  it("never allow a shared cache to store the response", async () => {
    const shared = await ask("/shared");
    expect(shared.headers.filter((line) => /cache-control|vary/i.test(line)).sort()).toEqual([
      "Cache-Control: private, max-age=5",
      "Vary: Accept, Authorization",
    ]);
    const silent = await ask("/plain");
    expect(silent.headers).toContain("Cache-Control: no-store");
    expect(silent.headers).toContain("Vary: Authorization");
    expect((await ask("/not-modified")).headers).toContain("Cache-Control: private, max-age=5");
  });
});
