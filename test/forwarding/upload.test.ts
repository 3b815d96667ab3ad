import { describe, expect, it, vi } from "vitest";
import { succeed } from "../../src/base/common/result.ts";
import { readBodies } from "../../src/base/http/read-bodies.ts";
import { forwardToOrigin } from "../../src/forwarding/forward.ts";
import { createFakeIo, settle } from "../support/io.ts";
import { forward, limitMs, member, reasonOf, toUrl } from "../support/origin.ts";
import { createClientBody, requestWithBody } from "../support/origin-client.ts";
import { leaveWorkers } from "../support/runtime.ts";

const kibibyte = 1024;
/** The size at which the platform takes over from the script. */
const watchedBytes = 256 * kibibyte;

const echo = () => createFakeIo({ fetch: async (request) => new Response(await request.text()) });

describe("a request's body", () => {
  it.each([0, 1, 10, watchedBytes - 1, watchedBytes, watchedBytes + 1, 3 * watchedBytes])(
    "arrives whole, of %i bytes in one piece",
    async (bytes) => {
      for (const headers of [{}, { "content-length": String(bytes) }]) {
        const body = createClientBody();
        if (bytes > 0) body.write(bytes);
        body.end();
        const result = await forward(requestWithBody(body, headers), { io: echo() });
        expect(result.ok && (await result.value.text())).toBe("a".repeat(bytes));
      }
    },
  );

  it("arrives whole in many pieces, below and above the size at which the platform takes over", async () => {
    const body = createClientBody();
    const pieces = Array.from({ length: 60 }, (_, index) => index * 201 + 1);
    for (const bytes of pieces) body.write(bytes);
    body.end();
    const result = await forward(requestWithBody(body), { io: echo() });
    const total = pieces.reduce((sum, bytes) => sum + bytes, 0);
    expect(total).toBeGreaterThan(watchedBytes);
    expect(result.ok && (await result.value.text()).length).toBe(total);
  });

  it("is awaited before the assertion is signed, which expires, if it is not announced outside Workers", async () => {
    leaveWorkers();
    const body = createClientBody();
    const assert = vi.fn(async () => succeed("assertion"));
    const request = requestWithBody(body);
    const forwarded = { request, url: request.url, path: "/orders", caller: member, assert };
    const result = forwardToOrigin(echo(), toUrl, forwarded, limitMs);
    await settle();
    expect(assert).not.toHaveBeenCalled();
    body.write(3);
    body.end();
    const answer = await result;
    expect([assert.mock.calls.length, answer.ok && (await answer.value.text())]).toEqual([1, "aaa"]);
  });

  it("arrives piece by piece, before it is complete", async () => {
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    const io = createFakeIo({
      fetch: (request) => {
        reader = request.body!.getReader();
        return new Promise(() => {});
      },
    });
    const body = createClientBody();
    void forward(requestWithBody(body), { io });
    await settle();
    for (const bytes of [3, 5, 7]) {
      body.write(bytes);
      expect((await reader!.read()).value?.byteLength).toBe(bytes);
    }
  });

  it("is not read ahead of the origin", async () => {
    let pulled = 0;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(64 * kibibyte));
        },
      },
      { highWaterMark: 0 },
    );
    const io = createFakeIo({ fetch: () => new Promise(() => {}) });
    void forward(requestWithBody({ ...createClientBody(), stream }), { io });
    await settle();
    expect(pulled).toBeLessThanOrEqual(2);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])("is sent with %s", async (method) => {
    const body = createClientBody();
    body.write(3);
    body.end();
    const result = await forward(requestWithBody(body, {}, method), { io: echo() });
    expect(result.ok && (await result.value.text())).toBe("aaa");
  });

  it.each(["5", "05"])("has the length that the client declares: %s", async (length) => {
    for (const [bytes, whole] of [
      [4, false],
      [5, true],
      [6, false],
    ] as const) {
      const body = createClientBody();
      body.write(bytes);
      body.end();
      const result = await forward(requestWithBody(body, { "content-length": length }), { io: echo() });
      expect(result.ok, `${bytes} bytes`).toBe(whole);
    }
  });

  it.each([
    [{ "content-length": "4", "transfer-encoding": "chunked" }],
    [{ "content-length": "4, 5" }],
    [{ "content-length": "-4" }],
    [{ "content-length": "4x" }],
    [{ "content-length": "" }],
  ])("has no length if the client declares two, or none: %j", async (headers) => {
    const body = createClientBody();
    body.write(6);
    body.end();
    const result = await forward(requestWithBody(body, headers), { io: echo() });
    expect(result.ok && (await result.value.text())).toBe("aaaaaa");
  });

  it.each([0, 10, 2 * watchedBytes])("that breaks off after %i bytes breaks the origin's request", async (bytes) => {
    const io = echo();
    const body = createClientBody();
    const pending = forward(requestWithBody(body), { io });
    if (bytes > 0) body.write(bytes);
    await settle();
    body.fail("connection lost");
    expect(reasonOf(await pending)).toBe("client_gone");
    expect(io.timers()).toBe(0);
  });

  it.each([10, 2 * watchedBytes])("is canceled if the origin stops reading after %i bytes", async (bytes) => {
    const io = createFakeIo({
      fetch: async (request) => {
        const reader = request.body!.getReader();
        for (let left = bytes; left > 0; ) left -= (await reader.read()).value?.byteLength ?? left;
        await reader.cancel("enough");
        return new Response("too large", { status: 413 });
      },
    });
    const body = createClientBody();
    body.write(bytes);
    const result = await forward(requestWithBody(body), { io });
    expect(result.ok && result.value.status).toBe(413);
    body.write(10);
    await settle();
    expect(body.cancelled()).toBeDefined();
  });
});

describe("a body that was read", () => {
  it.each([0, 10, 2 * watchedBytes])(
    "is sent as bytes, and the origin's time limit starts at once: %i bytes",
    async (length) => {
      const bodies: unknown[] = [];
      const io = createFakeIo();
      const bytes = new Uint8Array(length);
      const request = new Request("https://api.contoso.example/upload", { method: "POST", body: bytes });
      readBodies.set(request, bytes);
      const waiting = {
        ...io,
        fetch(_: unknown, init?: RequestInit) {
          bodies.push(init?.body);
          return new Promise<never>(() => {});
        },
      };
      const pending = forward(request, { io: waiting });
      await io.advance(limitMs);
      expect(reasonOf(await pending)).toBe("origin_timeout");
      expect(bodies[0]).toBe(bytes);
    },
  );
});

describe("a GET or HEAD with a body", () => {
  // An origin that ignores the body would read it as the connection's next request, with forged headers.
  it.each(["GET", "HEAD"])("is not forwarded: %s", async (method) => {
    for (const headers of [{}, { "content-length": "5" }, { "content-length": "0", "transfer-encoding": "chunked" }]) {
      const io = echo();
      const request = withBody(method, headers);
      expect(reasonOf(await forward(request, { io })), JSON.stringify(headers)).toBe("method_not_supported");
      expect(io.requests).toEqual([]);
    }
  });

  it.each(["GET", "HEAD"])("is forwarded without the body if its length is 0: %s", async (method) => {
    for (const length of ["0", "00"]) {
      const io = echo();
      expect((await forward(withBody(method, { "content-length": length }), { io })).ok).toBe(true);
      expect(io.requests[0]?.body).toBeNull();
    }
  });
});

/** A request that only the platform can create; the constructor refuses it. */
function withBody(method: string, headers: HeadersInit): Request {
  const request = new Request("https://api.contoso.example/orders", { method, headers });
  const stream = new Response("GET /").body;
  return new Proxy(request, {
    get: (target, name) => (name === "body" ? stream : Reflect.get(target, name, target)),
  });
}
