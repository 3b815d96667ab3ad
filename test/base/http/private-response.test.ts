import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyPrivate, makePrivate } from "../../../src/base/http/outgoing-response.ts";
import { copyResponse } from "../../../src/base/http/response-copy.ts";

const withHeaders = (headers: HeadersInit) => copyPrivate(new Response("ok", { headers })).headers;
const cacheControlOf = (...values: readonly string[]) =>
  withHeaders(values.map((value) => ["cache-control", value])).get("cache-control");

describe("Cache-Control of an answer to an authenticated request", () => {
  it("is no-store if the origin sends none", () => {
    expect(cacheControlOf()).toBe("no-store");
    expect(cacheControlOf("")).toBe("no-store");
    expect(cacheControlOf(" \t ")).toBe("no-store");
    expect(withHeaders({ expires: "Thu, 01 Jan 2099 00:00:00 GMT" }).get("cache-control")).toBe("no-store");
  });

  it.each([
    ["public", "private"],
    ["Public", "private"],
    ["PUBLIC , MAX-AGE = 60", "private, max-age=60"],
    ["public=1, max-age=60", "private, max-age=60"],
    ["s-maxage=60", "private"],
    ["S-MaxAge=60, max-age=5", "private, max-age=5"],
    ['max-age="60", s-maxage="60"', 'private, max-age="60"'],
    ["max-age=60, must-revalidate", "private, max-age=60, must-revalidate"],
    ["private, max-age=60", "private, max-age=60"],
    ['private="set-cookie", max-age=60', "private, max-age=60"],
    ['private="x, public, y", max-age=60', "private, max-age=60"],
    ['no-cache="set-cookie, x-a", max-age=60', "private, no-cache, max-age=60"],
    ["no-cache", "private, no-cache"],
    ["max-age=60,,  ,immutable", "private, max-age=60, immutable"],
    [
      "stale-while-revalidate=5, stale-if-error=9, no-transform",
      "private, stale-while-revalidate=5, stale-if-error=9, no-transform",
    ],
    ["max-age=60; public", "private"],
    ["max-age=-1, max-age=x", "private"],
    ['community="UCI, public"', "private"],
    ['max-age=60, x="unbalanced, public', "private, max-age=60"],
    ["proxy-revalidate, public", "private, proxy-revalidate"],
    ["must-understand, max-age=60", "private, max-age=60"],
    [",", "private"],
  ])("allows no shared cache: %j becomes %j", (value, expected) => {
    expect(cacheControlOf(value)).toBe(expected);
  });

  it.each([
    ["no-store", "no-store"],
    ["No-Store", "no-store"],
    ["no-cache, no-store, must-revalidate", "no-store, no-cache, must-revalidate"],
    ["public, no-store", "no-store"],
    // A cache that understands the status may store it (RFC 9111 section 5.2.2.3).
    ["must-understand, no-store", "no-store"],
    ['x="unbalanced, no-store', "no-store"],
    ["max-age=60; no-store", "no-store"],
  ])("keeps no-store: %j becomes %j", (value, expected) => {
    expect(cacheControlOf(value)).toBe(expected);
  });

  it("combines all its headers", () => {
    expect(cacheControlOf("max-age=60", "public")).toBe("private, max-age=60");
    expect(cacheControlOf("max-age=60", "no-store")).toBe("no-store, max-age=60");
  });

  it("is never shareable, for any header of an origin", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "public",
        "s-maxage",
        "private",
        "no-store",
        "max-age",
        "must-revalidate",
        "no-cache",
        "max-age=60",
      ),
      fc.constantFrom(
        "must-understand",
        "PUBLIC",
        "s-maxage=60",
        'private="a"',
        ",",
        ", ",
        '"',
        "=",
        " ",
        "\t",
        ";",
        "\\",
      ),
      fc.string({ unit: "grapheme-ascii", maxLength: 5 }),
    );
    const value = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("").replace(/[^\t\x20-\x7e]/g, ""));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), (values) => {
        const [first, ...others] = cacheControlOf(...values)!.split(", ");
        expect(["private", "no-store"]).toContain(first);
        for (const directive of others) {
          expect(directive).toMatch(
            /^(?:no-cache|no-transform|must-revalidate|proxy-revalidate|immutable|max-age=.*|stale-.*)$/,
          );
          expect(directive).toMatch(/^[a-z-]+(?:="?\d+"?)?$/);
        }
        if (values.some((text) => /no-store/i.test(text))) expect(first).toBe("no-store");
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("an answer to an authenticated request", () => {
  it.each([
    "CDN-Cache-Control",
    "Cloudflare-CDN-Cache-Control",
    "Netlify-CDN-Cache-Control",
    "Fastly-Cache-Control",
    "Surrogate-Control",
    "Edge-Control",
    "X-Accel-Expires",
  ])("has no rule for shared caches: %s", (name) => {
    expect(withHeaders({ [name]: "max-age=60" }).has(name)).toBe(false);
  });

  it.each([
    [[], "Authorization"],
    [[""], "Authorization"],
    [["Accept"], "Accept, Authorization"],
    [["Accept", "Origin"], "Accept, Origin, Authorization"],
    [["authorization"], "authorization"],
    [["Accept ,AUTHORIZATION"], "Accept ,AUTHORIZATION"],
    [["X-Authorization"], "X-Authorization, Authorization"],
    [["Authorization-Info"], "Authorization-Info, Authorization"],
    [["*"], "*"],
    [["Accept", " * "], "Accept, *"],
    [["X-*"], "X-*, Authorization"],
  ])("varies by its caller: %j becomes %j", (values, expected) => {
    const vary = withHeaders(values.map((value) => ["vary", value])).get("vary");
    expect(vary?.replace(/^, /, "")).toBe(expected);
  });

  it.each([
    "X-Cache-Control-Info",
    "X-Surrogate-Control",
    "X-Edge-Control",
    "X-X-Accel-Expires",
    "Surrogate-Control-Note",
  ])("keeps headers that only resemble such a rule: %s", (name) => {
    expect(withHeaders({ [name]: "kept" }).get(name)).toBe("kept");
  });

  it("keeps status, text, body and other headers, including several cookies", async () => {
    const headers: HeadersInit = [
      ["set-cookie", "a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT"],
      ["set-cookie", "b=2"],
      ["etag", '"x"'],
    ];
    const answer = copyPrivate(new Response("body", { status: 418, statusText: "Teapot", headers }));
    expect([answer.status, answer.statusText, answer.headers.get("etag")]).toEqual([418, "Teapot", '"x"']);
    expect(answer.headers.getSetCookie()).toEqual(["a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "b=2"]);
    expect(await answer.text()).toBe("body");
  });

  it("is a copy, also of a response whose headers are immutable", () => {
    const response = new Response("body", { headers: { "cache-control": "public" } });
    expect(copyPrivate(response)).not.toBe(response);
    const immutable = Response.redirect("https://api.contoso.example/");
    expect(() => immutable.headers.set("x", "y")).toThrow(TypeError);
    const copy = copyPrivate(immutable);
    expect([copy.status, copy.headers.get("cache-control")]).toEqual([302, "no-store"]);
    expect(immutable.headers.has("cache-control")).toBe(false);
  });

  it("refuses a response whose body was read", async () => {
    const response = new Response("body");
    await response.text();
    expect(() => copyPrivate(response)).toThrow(TypeError);
  });

  it.skipIf(typeof WebSocketPair === "undefined")("is returned unchanged for a WebSocket", () => {
    const { 0: webSocket } = new WebSocketPair();
    const response = new Response(null, { status: 101, webSocket });
    expect(copyPrivate(response)).toBe(response);
  });

  it("keeps its own headers if it is for a WebSocket", () => {
    const headers = { "cache-control": "public", "cdn-cache-control": "max-age=60" };
    const response = Object.defineProperty(new Response(null, { headers }), "status", { value: 101 });
    makePrivate(response.headers, response.status);
    for (const step of [copyPrivate, copyResponse]) expect(step(response)).toBe(response);
    expect(Object.fromEntries(response.headers)).toEqual(headers);
  });
});

describe("a 304, whose headers replace those of the stored response,", () => {
  const notModified = (headers: HeadersInit) => copyPrivate(new Response(null, { status: 304, headers })).headers;

  it.each([{}, { "cache-control": "" }, { "cache-control": " " }])(
    "has no Cache-Control if it had none: %j",
    (headers) => {
      expect(notModified({ ...headers, etag: '"a"' }).has("cache-control")).toBe(false);
    },
  );

  it("is private otherwise, like every response", () => {
    expect(notModified({ "cache-control": "public, max-age=60" }).get("cache-control")).toBe("private, max-age=60");
    const headers = notModified({ "cdn-cache-control": "max-age=60", vary: "Accept" });
    expect([headers.has("cdn-cache-control"), headers.get("vary")]).toEqual([false, "Accept, Authorization"]);
  });
});
