import { describe, expect, it } from "vitest";
import { createFakeIo, settle } from "../../support/io.ts";
import { findOutgoing, forward, limitMs, reasonOf, requestWith } from "../../support/origin.ts";
import { createClientBody, requestWithBody } from "../../support/origin-client.ts";
import { leaveWorkers } from "../../support/runtime.ts";

describe("a platform that decompresses fetched responses", () => {
  it.each([[{}], [{ "accept-encoding": "gzip, br" }]])("requests no compressed responses: %j", async (headers) => {
    expect((await findOutgoing(requestWith(headers))).headers.get("accept-encoding")).not.toBe("identity");
    leaveWorkers({ IdentityTransformStream: undefined });
    expect((await findOutgoing(requestWith(headers))).headers.get("accept-encoding")).toBe("identity");
  });

  it.each([0, 10, 300 * 1024])("sends streams without a length: %i bytes", async (bytes) => {
    leaveWorkers({ IdentityTransformStream: undefined });
    const io = createFakeIo({ fetch: async (request) => new Response(await request.text()) });
    const body = createClientBody();
    if (bytes > 0) body.write(bytes);
    body.end();
    const result = await forward(requestWithBody(body, { "content-length": String(bytes) }), { io });
    expect(result.ok && (await result.value.text())).toBe("a".repeat(bytes));
  });
});

describe("a platform whose fetch takes a part of the body before it is connected", () => {
  it.each([1, 1_024])("gives up an origin that it does not reach after %i pieces", async (taken) => {
    leaveWorkers({ IdentityTransformStream: undefined });
    const io = createFakeIo({
      async fetch({ body }) {
        const reader = body!.getReader();
        for (let pieces = 0; pieces < taken; pieces += 1) await reader.read();
        return new Promise(() => {});
      },
    });
    const body = createClientBody();
    for (let pieces = 0; pieces < taken + 10; pieces += 1) body.write(1);
    const pending = forward(requestWithBody(body), { io });
    await settle();
    await io.advance(limitMs);
    expect(reasonOf(await pending)).toBe("origin_timeout");
  });
});

describe("a platform whose fetch requests a whole answer for a conditional request", () => {
  it.each(["If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range"])(
    "gets the cache mode that revalidates instead: %s",
    async (name) => {
      leaveWorkers({ IdentityTransformStream: undefined });
      expect((await findOutgoing(requestWith({ [name]: '"a"' }))).cache).toBe("no-cache");
    },
  );

  it("gets no cache mode otherwise", async () => {
    leaveWorkers({ IdentityTransformStream: undefined });
    const outgoing = await findOutgoing(requestWith({ "if-odd": "1" }));
    expect([outgoing.cache, outgoing.cf]).toEqual([undefined, undefined]);
  });
});
