import { describe, expect, it } from "vitest";
import type { OriginService } from "../../src/core/config/origin.ts";
import { createFakeIo } from "../support/io.ts";
import {
  configFor,
  findAnswer,
  findOutgoing,
  forward,
  member,
  reasonOf,
  requestWith,
  toZone,
} from "../support/origin.ts";

const address = "https://api.contoso.example";

describe("the address at the origin", () => {
  it.each([
    ["https://origin.contoso.example", "/orders", "https://origin.contoso.example/orders"],
    ["https://origin.contoso.example/", "/", "https://origin.contoso.example/"],
    ["https://origin.contoso.example/base", "/orders", "https://origin.contoso.example/base/orders"],
    ["https://origin.contoso.example/base/", "/orders/", "https://origin.contoso.example/base/orders/"],
    ["http://origin.contoso.example:8080/a/b", "/c", "http://origin.contoso.example:8080/a/b/c"],
  ])("under %s, of %s, is %s", async (url, path, expected) => {
    const outgoing = await findOutgoing(new Request(address + path), { config: configFor(url) });
    expect(outgoing.url).toBe(expected);
  });

  it("contains the matched path, not the sent one", async () => {
    const request = new Request(`${address}/%6frders?a=%6f`);
    expect((await findOutgoing(request, { path: "/orders" })).url).toBe("https://origin.contoso.example/orders?a=%6f");
    expect((await findOutgoing(request, { path: "/orders", config: toZone })).url).toBe(`${address}/orders?a=%6f`);
  });

  it.each(["", "?", "??", "?a", "?a=1&a=2", "?a=%2F%2f&b=%zz", "?a=b+c%20d", "?url=https://x/?y=/../z", "?a=;b,c"])(
    "contains the query unchanged: %s",
    async (query) => {
      for (const config of [configFor("https://origin.contoso.example/base"), toZone]) {
        const outgoing = await findOutgoing(new Request(`${address}/orders${query}`), { config });
        expect(outgoing.url).toBe(
          `${config === toZone ? address : "https://origin.contoso.example/base"}/orders${query}`,
        );
      }
    },
  );

  it("has no fragment", async () => {
    const request = new Request(`${address}/orders?a#?b`);
    expect((await findOutgoing(request)).url).toBe("https://origin.contoso.example/orders?a");
    expect((await findOutgoing(new Request(`${address}/orders#?b`))).url).toBe("https://origin.contoso.example/orders");
  });

  it("is the address of the request for a service binding, which replaces the network", async () => {
    const asked: string[] = [];
    const service: OriginService = {
      async fetch(request) {
        asked.push(request.url);
        return new Response("from the service");
      },
    };
    const io = createFakeIo();
    const config = { target: { kind: "service", service }, authorization: "forward", cookies: "forward" } as const;
    const result = await forward(new Request(`${address}/orders?a`), { io, config });
    expect(result.ok && (await result.value.text())).toBe("from the service");
    expect(asked).toEqual([`${address}/orders?a`]);
    expect(io.requests).toEqual([]);
  });

  it.each(["http://127.0.0.1:8787", "http://localhost", "http://[::1]:1"])(
    "does not exist if the zone would be this worker: %s",
    async (loopback) => {
      const io = createFakeIo();
      expect(reasonOf(await forward(new Request(`${loopback}/orders`), { io, config: toZone }))).toBe(
        "origin_unreachable",
      );
      expect(io.requests).toEqual([]);
    },
  );
});

describe("the origin's request", () => {
  it("does not follow redirects", async () => {
    expect((await findOutgoing(requestWith({}))).redirect).toBe("manual");
  });

  it("bypasses the platform's cache, without a header or the client's instructions", async () => {
    const request = new Request(`${address}/orders`, { cf: { cacheEverything: true } });
    const outgoing = await findOutgoing(request);
    expect(outgoing.cf).toEqual({ cacheTtl: -1, cacheLevel: "bypass" });
    expect(outgoing.cache).toBeUndefined();
    expect(outgoing.headers.has("cache-control") || outgoing.headers.has("pragma")).toBe(false);
  });

  it.each([
    ["without a token", {}, "forward", undefined],
    ["with a token for the origin", { authorization: "Bearer x" }, "forward", { cacheTtl: -1, cacheLevel: "bypass" }],
    ["with a token that the origin does not get", { authorization: "Bearer x" }, "strip", undefined],
  ] as const)("on a public route, bypasses a cache only if it has a credential: %s", async (_, headers, word, cf) => {
    const request = new Request(`${address}/orders`, { headers, cf: { cacheEverything: true } });
    const config = { ...configFor("https://origin.contoso.example"), authorization: word };
    expect((await findOutgoing(request, { caller: undefined, config })).cf).toEqual(cf);
  });

  it.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "has the method %s",
    async (method) => {
      const outgoing = await findOutgoing(requestWith({}, method));
      expect(outgoing.method).toBe(method);
      expect(outgoing.body).toBeNull();
    },
  );

  it("requests a WebSocket if the client does, with GET", async () => {
    for (const upgrade of ["websocket", "WebSocket"]) {
      const headers = { upgrade, connection: "Upgrade", "sec-websocket-key": "x", "sec-websocket-protocol": "a, b" };
      const outgoing = await findOutgoing(requestWith(headers));
      expect(outgoing.headers.get("upgrade")).toBe("websocket");
      expect(outgoing.headers.get("sec-websocket-protocol")).toBe("a, b");
      expect(outgoing.headers.has("x-entra-tenant")).toBe(true);
    }
  });

  it.each(["POST", "HEAD", "PUT", "DELETE"])(
    "requests no WebSocket with %s, because the platform would change the method to GET",
    async (method) => {
      const outgoing = await findOutgoing(requestWith({ upgrade: "websocket", connection: "Upgrade" }, method));
      expect(outgoing.method).toBe(method);
      expect(outgoing.headers.has("upgrade")).toBe(false);
    },
  );

  it.each(["h2c", "websocket, h2c", "TLS/1.2", "websocketx"])("requests no other protocol: %s", async (upgrade) => {
    expect((await findOutgoing(requestWith({ upgrade, connection: "Upgrade" }))).headers.has("upgrade")).toBe(false);
  });
});

describe("the client's response", () => {
  it.each([200, 201, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 404, 429, 500, 503, 599])(
    "has the status %i",
    async (status) => {
      const body = [204, 205, 304].includes(status) ? null : "body";
      const headers = { location: "/elsewhere", "www-authenticate": "Basic" };
      const answer = await findAnswer(new Response(body, { status, headers }));
      expect(answer.status).toBe(status);
      expect(answer.headers.get("location")).toBe("/elsewhere");
      expect(answer.headers.get("www-authenticate")).toBe("Basic");
      expect(await answer.text()).toBe(body ?? "");
    },
  );

  it("is private; on public routes, the origin decides", async () => {
    const response = () => new Response("ok", { headers: { "cache-control": "public, max-age=60" } });
    expect((await findAnswer(response())).headers.get("cache-control")).toBe("private, max-age=60");
    const open = await findAnswer(response(), { caller: undefined });
    expect(open.headers.get("cache-control")).toBe("public, max-age=60");
    expect(open.headers.has("vary")).toBe(false);
  });

  it.each(["Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "TE", "Trailer", "Upgrade", "Connection"])(
    "has no header of the last hop: %s",
    async (name) => {
      for (const caller of [undefined, member]) {
        const answer = await findAnswer(new Response("ok", { headers: { [name]: "x" } }), { caller });
        expect(answer.headers.has(name)).toBe(false);
      }
    },
  );

  it("has no header that Connection nominates, except those for the client", async () => {
    const headers = { connection: "X-Hop, [], content-type", "x-hop": "1", "x-end": "2", "content-type": "text/x" };
    const answer = await findAnswer(new Response("ok", { headers }));
    expect(answer.headers.has("x-hop")).toBe(false);
    expect(answer.headers.get("x-end")).toBe("2");
    expect(answer.headers.get("content-type")).toBe("text/x");
  });

  it("is the WebSocket itself if one was requested", async () => {
    const { 0: webSocket } = new WebSocketPair();
    const response = new Response(null, { status: 101, webSocket });
    const io = createFakeIo({ fetch: () => response });
    const result = await forward(requestWith({ upgrade: "websocket" }), { io });
    expect(result.ok && result.value).toBe(response);
  });

  it("is a refusal if the origin changes to a protocol that is not a WebSocket", async () => {
    // Another platform may return such a response.
    const io = createFakeIo({ fetch: () => ({ status: 101, webSocket: null }) as Response });
    expect(reasonOf(await forward(requestWith({ upgrade: "websocket" }), { io }))).toBe("origin_unreachable");
  });

  it("is a refusal if the origin changes the protocol unasked", async () => {
    const { 0: webSocket } = new WebSocketPair();
    const io = createFakeIo({ fetch: () => new Response(null, { status: 101, webSocket }) });
    expect(reasonOf(await forward(requestWith({}), { io }))).toBe("origin_unreachable");
  });
});

describe("an origin that cannot be reached", () => {
  it("becomes a refusal with a word for the log, not with the message", async () => {
    const io = createFakeIo({ fetch: ({ url }) => Promise.reject(new TypeError(`no route to ${url}`)) });
    const result = await forward(requestWith({}), { io });
    expect(result).toEqual({ ok: false, error: { reason: "origin_unreachable", cause: "Error" } });
    expect(io.timers()).toBe(0);
  });

  it.each([["text"], [undefined], [null]])("includes one that returns %j", async (answer) => {
    const io = createFakeIo({ fetch: () => answer as unknown as Response });
    expect(reasonOf(await forward(requestWith({}), { io }))).toBe("origin_unreachable");
    expect(io.timers()).toBe(0);
  });
});

describe("a token that expires while the gate waits to forward", () => {
  const lateMs = 2 * 3_600_000;

  it("for an assertion is refused, and nothing is sent", async () => {
    const io = createFakeIo({ fetch: () => new Response("ok") });
    const assert = async () => {
      io.jump(lateMs);
      return { ok: true, value: "signed" } as const;
    };
    expect(reasonOf(await forward(requestWith({}), { io, assert }))).toBe("expired");
    expect(io.requests).toEqual([]);
    expect((await forward(requestWith({}), { io, assert, caller: undefined })).ok).toBe(true);
  });

  it("for the origin to open a WebSocket opens none, with or without an end at expiry", {
    tags: "expiry",
  }, async () => {
    for (const relay of [undefined, (response: Response) => response]) {
      const { 0: gateEnd, 1: originEnd } = new WebSocketPair();
      const closed: unknown[] = [];
      originEnd.accept();
      originEnd.addEventListener("close", ({ code }) => void closed.push(code));
      const io = createFakeIo({
        fetch() {
          io.jump(lateMs);
          return new Response(null, { status: 101, webSocket: gateEnd });
        },
      });
      const upgrade = requestWith({ upgrade: "websocket", connection: "Upgrade" });
      expect(reasonOf(await forward(upgrade, { io, ...(relay && { relay }) }))).toBe("expired");
      await expect.poll(() => closed).toEqual([3000]);
    }
  });
});
