import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { fail, succeed } from "../../../src/base/common/result.ts";
import { fetchDocument, readRetryAfter, withinFetchDeadline } from "../../../src/core/keys/document.ts";
import { createFakeIo } from "../../support/io.ts";

const url = "https://login.microsoftonline.com/keys";
const { signal } = new AbortController();
const answerWith = (answer: () => Response | Promise<Response>) => createFakeIo({ fetch: answer });

describe("a document", () => {
  it("is requested as JSON, without following redirects, with the caller's deadline", async () => {
    const io = answerWith(() => new Response("text"));
    expect(await fetchDocument(io, url, signal)).toEqual(succeed("text"));
    const [request] = io.requests;
    expect([request?.url, request?.redirect, request?.headers.get("accept")]).toEqual([
      url,
      "manual",
      "application/json",
    ]);
  });

  it.each([201, 204, 301, 302, 400, 404, 429, 500, 503])("fails with the status %i", async (status) => {
    const body = status === 204 ? null : "text";
    const io = answerWith(() => new Response(body, { status }));
    expect(await fetchDocument(io, url, signal)).toEqual(fail({ problem: `status ${status}` }));
  });

  it.each([
    [400, { error: "invalid_tenant", error_codes: [90002] }, true],
    [400, { error: "invalid_tenant", padding: "x".repeat(limits.authorityErrorBytes) }, undefined],
    [400, { error: "invalid_request", error_codes: [90002] }, undefined],
    [400, { error: ["invalid_tenant"] }, undefined],
    [400, null, undefined],
    [404, { error: "invalid_tenant" }, undefined],
    [500, { error: "invalid_tenant" }, undefined],
  ])("with the status %i and %j means that the tenant does not exist: %s", async (status, body, tenantUnknown) => {
    const io = answerWith(() => Response.json(body, { status }));
    const problem = `status ${status}`;
    expect(await fetchDocument(io, url, signal)).toEqual(fail({ problem, ...(tenantUnknown && { tenantUnknown }) }));
  });

  it("with a broken body fails with its status", async () => {
    const body = () => new ReadableStream({ start: (controller) => controller.error(new TypeError("reset")) });
    const io = answerWith(() => new Response(body(), { status: 400 }));
    expect(await fetchDocument(io, url, signal)).toEqual(fail({ problem: "status 400" }));
  });

  it("with an error status is canceled, and has a time for the next attempt", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      cancel() {
        cancelled = true;
      },
    });
    const io = answerWith(() => new Response(body, { status: 429, headers: { "retry-after": "7" } }));
    expect(await fetchDocument(io, url, signal)).toEqual(fail({ problem: "status 429", retryAfterMs: 7_000 }));
    expect(cancelled).toBe(true);
  });

  it("fails without a body, and with one that is too long", async () => {
    const long = answerWith(() => new Response("x".repeat(limits.keySetBytes + 1)));
    expect(await fetchDocument(long, url, signal)).toEqual(fail({ problem: "document exceeds the size limit" }));
    const empty = answerWith(() => new Response(null));
    expect(await fetchDocument(empty, url, signal)).toEqual(fail({ problem: "empty body" }));
  });

  it("fails if the network fails, or the caller aborts", async () => {
    const io = answerWith(() => {
      throw new TypeError("fetch failed", {
        cause: Object.assign(new Error(`no route to ${url}`), { code: "ENOTFOUND" }),
      });
    });
    expect(await fetchDocument(io, url, signal)).toEqual(fail({ problem: "unreachable: ENOTFOUND" }));
    expect(await fetchDocument(io, url, AbortSignal.abort())).toEqual(fail({ problem: "timed out" }));
  });
});

describe("Retry-After", () => {
  const read = (value?: string) =>
    readRetryAfter(new Response("", { headers: value === undefined ? {} : { "retry-after": value } }));

  it("is a number of seconds, bounded", () => {
    expect(read("0")).toEqual({ retryAfterMs: 0 });
    expect(read("12")).toEqual({ retryAfterMs: 12_000 });
    expect(read("999999999")).toEqual({ retryAfterMs: limits.keyRetryAfterMilliseconds });
  });

  it.each([undefined, "", "-1", "1.5", "1e3", "x1", "1x", "1234567890", "Wed, 25 Nov 2026 12:00:00 GMT"])(
    "is ignored in the form %j",
    (value) => {
      expect(read(value)).toEqual({});
    },
  );
});

describe("the deadline of a fetch", () => {
  it("returns a result that arrives in time, and leaves no timer", async () => {
    const io = createFakeIo();
    expect(await withinFetchDeadline(io, async () => succeed(1))).toEqual(succeed(1));
    expect(await withinFetchDeadline(io, async () => fail({ problem: "x" }))).toEqual(fail({ problem: "x" }));
    expect(io.timers()).toBe(0);
  });

  it("aborts a late fetch", async () => {
    const io = createFakeIo();
    let given: AbortSignal | undefined;
    const late = withinFetchDeadline(io, (own) => {
      given = own;
      return new Promise(() => {});
    });
    await io.advance(limits.keyFetchMilliseconds - 1);
    expect(given?.aborted).toBe(false);
    await io.advance(1);
    expect(await late).toEqual(fail({ problem: "timed out" }));
    expect(given?.aborted).toBe(true);
  });
});
