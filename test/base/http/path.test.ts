import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizePath, readAddress, readPath } from "../../../src/base/http/path.ts";

const base = "https://api.contoso.com";
const pathOf = (url: string) => readPath(url, readAddress(url)?.pathStart ?? -1);
const normalOf = (path: string) => {
  return normalizePath(pathOf(new Request(base + path).url)) ?? "ambiguous";
};

describe("readPath", () => {
  it.each([
    ["https://api.contoso.com/", "/"],
    ["https://api.contoso.com/orders/7", "/orders/7"],
    ["https://api.contoso.com:8443/orders?x=/y#/z", "/orders"],
    ["https://api.contoso.com/orders?", "/orders"],
    ["https://api.contoso.com/orders#?", "/orders"],
    ["https://api.contoso.com/?a?b", "/"],
    ["https://api.contoso.com/a%2Fb", "/a%2Fb"],
    ["http://[::1]:8787/orders", "/orders"],
    ["https://api.contoso.com//orders", "//orders"],
    ["https://api.contoso.com/https://evil.example/x", "/https://evil.example/x"],
  ])("of %s is %s", (url, path) => {
    expect(pathOf(url)).toBe(path);
    expect(pathOf(url)).toBe(new URL(url).pathname);
  });
});

describe("readPath if there is no path", () => {
  it.each([
    "http://127.0.0.1:8787*",
    "https://api.contoso.com",
    "https://api.contoso.com?x=/y",
    "https://api.contoso.com#/y",
    "https://api.contoso.com\\x/y",
    " https://api.contoso.com/y",
  ])("of %s is empty", (url) => {
    expect(pathOf(url)).toBe("");
  });
});

describe("normalizePath", () => {
  it.each(["", "*", "orders", "@evil.example/orders", ".evil.example/", ":8080/"])("%j is not a path", (path) => {
    expect(normalizePath(path)).toBeUndefined();
  });

  it.each([
    ["/", "/"],
    ["/orders", "/orders"],
    ["/orders/", "/orders/"],
    ["/Orders/7", "/Orders/7"],
    ["/a-b._~c/!$&'()*+,=:@", "/a-b._~c/!$&'()*+,=:@"],
    ["/%61pi/x", "/api/x"],
    ["/%41pi", "/Api"],
    ["/a%2Db%2eC%5f%7e%30", "/a-b.C_~0"],
    ["/a%20b", "/a%20b"],
    ["/a b", "/a%20b"],
    ["/%c3%a4", "/%C3%A4"],
    ["/\u00e4", "/%C3%A4"],
    ["/\u{1f600}", "/%F0%9F%98%80"],
    ["/a%3fb%23c", "/a%3Fb%23c"],
    ["/a%zz".replace("%zz", "%25"), "/a%25"],
    ["/100%25/x", "/100%25/x"],
    ["/a|b", "/a|b"],
    // The platform resolves these before the gate gets them (WHATWG URL Standard).
    ["/public/%2e%2e/api/x", "/api/x"],
    ["/public/.%2e/api/x", "/api/x"],
    ["/public\\..\\api\\x", "/api/x"],
    ["/a/./b", "/a/b"],
    ["/a/%2e/b", "/a/b"],
    ["/a\t/b\n", "/a/b"],
  ])("of %j is %s", (path, normal) => {
    expect(normalOf(path)).toBe(normal);
  });

  it.each([
    ["an empty segment", "//api"],
    ["an empty segment within", "/api//x"],
    ["empty segments at the end", "/api//"],
    ["a path parameter", "/api;/x"],
    ["a path parameter with a value", "/api/x;a=1"],
    ["dots with a parameter", "/api/..;/x"],
    ["an encoded semicolon", "/api%3b/x"],
    ["an encoded slash", "/api%2fx"],
    ["an encoded slash, upper case", "/api%2Fx"],
    ["an encoded backslash", "/api%5cx"],
    ["a doubly encoded slash", "/api%252fx"],
    ["a doubly encoded letter", "/%2561pi"],
    ["a doubly encoded dot", "/%252e%252e/api"],
    ["a doubly encoded letter, as unescape decodes it", "/%25u0061pi"],
    ["the same in upper case", "/%25U0061pi"],
    ["a doubly encoded slash, as unescape decodes it", "/api%25u002Fx"],
    ["a doubly encoded letter with marks, as unescape decodes it", "/%25u0101pi"],
    ["a stream without a name", "/api/:$x"],
    ["a stream without a name and with a type", "/api/::$DATA"],
    ["a stream without a name, before a slash", "/api/::$x/y"],
    ["a stream after a dot", "/api/.:$x"],
    ["a stream after dots and a space", "/api/..%20::$x"],
    ["a stream after an invisible character", "/api/%e2%80%8b:$x"],
    ["a stream with an invisible character within", "/api/:%e2%80%8b:%e2%81%a0$x"],
    ["a stream after a variation selector", "/api/%ef%b8%8f::$x"],
    ["a stream after a filler", "/api/%e3%85%a4:$x"],
    ["a stream, encoded", "/api/%3a%24x"],
    ["a stream with a name, of nothing", "/api/:x:$DATA"],
    ["a stream with a name, after a space", "/api/%20:x:$DATA"],
    ["only a filler", "/api/%e3%85%a4"],
    ["dots and a variation selector", "/api/..%ef%b8%8f/x"],
    ["NUL", "/api%00"],
    ["a line feed", "/api%0ax"],
    ["a carriage return", "/api%0d%0ax"],
    ["a tab", "/api%09"],
    ["DEL", "/api%7f"],
    ["a C1 control character", "/api%c2%85"],
    ["an overlong slash", "/api%c0%afx"],
    ["a lone continuation", "/api%80"],
    ["a truncated sequence", "/api%c3"],
    ["a truncated triplet", "/api%4"],
    ["an invalid triplet", "/api%zz"],
    ["a percent sign at the end", "/api%"],
    ["a full-width slash", "/api\uff0fx"],
    ["an encoded full-width slash", "/api%ef%bc%8fx"],
    ["full-width dots", "/\uff0e\uff0e/api"],
    ["a full-width letter", "/\uff41pi"],
    ["the Kelvin sign", "/to\u212aen"],
    ["a long s", "/order\u017f"],
    ["a ligature", "/\ufb01les"],
    ["a one dot leader", "/\u2024\u2024/api"],
    ["a superscript", "/v\u00b2"],
  ])("refuses %s: %j", (_, path) => {
    expect(normalOf(path)).toBe("ambiguous");
  });
});

it.each([
  "/$metadata",
  "/orders/$count",
  "/orders/$batch",
  "/users/:id",
  "/v1/users:batchGet",
  "/v1/projects/p:$x",
  "/a/x::$DATA",
  "/:",
  "/::",
  "/a/::ffff:10.0.0.1",
  "/a/:8080",
  "/a/:x$",
  "/a/$:$",
  "/a/-:$x",
  "/.well-known/openid-configuration",
  "/a/.env:$x",
  "/a/...b",
  "/a/100%25/u0073",
  "/a/%25u",
  "/a/%25uber",
  "/a/50%25u00e",
])("%s stays open", (path) => {
  expect(normalOf(path)).toBe(path);
});

it.each(["/..", "/./a", "/a/../b", "/a/..", "/%20/../b", "/%20/.", "/%2e%2e/b", "/%20/%2E/b"])(
  "refuses %j, whose dot segments the platform did not remove",
  (path) => {
    expect(normalizePath(path)).toBeUndefined();
  },
);

describe("for any path", () => {
  const piece = fc.oneof(
    fc.constantFrom(..."/aZ0-._~;%\\ \t!$&'()*+,=:@?#|\u00e4\uff0f\u212a", "//", "..", "%2e", "%25", "%252f"),
    fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, "0")}`),
    fc.string({ maxLength: 3 }),
  );
  const anyPath = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join("")}`);

  it("the normal form is unique, and contains no needless, double or decodable encoding", () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyPath, (path) => {
        const sent = pathOf(new URL(base + path).href);
        const value = normalizePath(sent);
        if (value === undefined) return;
        accepted += 1;
        expect(value.startsWith("/")).toBe(true);
        expect(value).not.toMatch(/\/\/|;|\\|[\0-\x20\x7f-\u{10ffff}]/u);
        expect(value.split("/")).not.toContain("..");
        expect(value.split("/")).not.toContain(".");
        for (const [triplet] of value.matchAll(/%../g)) {
          const byte = Number.parseInt(triplet.slice(1), 16);
          expect(triplet).toBe(`%${byte.toString(16).toUpperCase().padStart(2, "0")}`);
          if (byte < 0x80) expect(String.fromCharCode(byte)).not.toMatch(/[A-Za-z0-9\-._~/\\;\p{Cc}]/u);
        }
        // The normal form is another spelling of the sent path.
        expect(decodeURIComponent(value)).toBe(decodeURIComponent(sent));
        expect(decodeURIComponent(value)).not.toMatch(/%[0-9a-f]{2}/i);
        expect(new URL(base + value).pathname).toBe(value);
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  it("the normal form does not change if it is normalized again", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const normal = normalizePath(pathOf(new URL(base + path).href));
        expect(normalizePath(normal ?? "")).toBe(normal);
      }),
      { numRuns: 1_000 },
    );
  });
});
