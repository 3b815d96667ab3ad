import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Address, readAddress } from "../../src/base/http/path.ts";
import { passOn, relocate } from "../../src/forwarding/response.ts";
import { configFor, findAnswer, member, toUrl, toZone } from "../support/origin.ts";
import { tries } from "../support/property.ts";

const to = "https://api.contoso.example";
const move = (value: string, from: string) => relocate(value, { from: new URL(from), to });

describe("the client's response", () => {
  const headers = {
    connection: "x-nominated",
    "keep-alive": "timeout=5",
    "x-nominated": "a",
    "cdn-cache-control": "max-age=60",
    "cache-control": "public, max-age=60",
    location: "https://origin.contoso.example/next",
    "x-kept": "b",
  };
  const address = readAddress(`${to}/orders`) as Address;
  const pass = (sent: HeadersInit, authenticated: boolean, config = toUrl) =>
    Object.fromEntries(passOn(new Response("text", { headers: sent }), config, address, authenticated).headers);

  it("has no hop-by-hop header, and none that Connection names", () => {
    const { "content-type": _, ...rest } = pass(headers, false, toZone);
    const { connection, "keep-alive": alive, "x-nominated": nominated, ...kept } = headers;
    expect(rest).toEqual(kept);
  });

  it("for one caller is not for shared caches, and has the gate's address", () => {
    const answer = pass(headers, true);
    expect(answer).toMatchObject({ "cache-control": "private, max-age=60", location: `${to}/next`, "x-kept": "b" });
    expect(answer).not.toHaveProperty("cdn-cache-control");
  });

  it("has no value of a header that Connection names, and is still for one caller", () => {
    const nominated = {
      connection: "location, cache-control, vary",
      location: headers.location,
      vary: "Authorization",
    };
    const answer = pass({ ...nominated, "cache-control": "no-store" }, true);
    expect(answer).toEqual({ "content-type": expect.anything(), "cache-control": "no-store", vary: "Authorization" });
  });
});

describe("an address at the origin's own origin", () => {
  it.each([
    ["http://127.0.0.1:9830/next", "http://127.0.0.1:9830", "/next"],
    ["http://127.0.0.1:9830/next", "http://127.0.0.1:9830/", "/next"],
    ["http://127.0.0.1:9830", "http://127.0.0.1:9830", ""],
    ["http://127.0.0.1:9830?a=/b", "http://127.0.0.1:9830", "?a=/b"],
    ["http://127.0.0.1:9830#a", "http://127.0.0.1:9830", "#a"],
    ["http://127.0.0.1:9830/a%2fb/../c;d?e=%zz#f", "http://127.0.0.1:9830", "/a%2fb/../c;d?e=%zz#f"],
    ["HTTP://Origin.Contoso.Example/next", "http://origin.contoso.example", "/next"],
    ["http://origin.contoso.example:80/next", "http://origin.contoso.example", "/next"],
    ["https://origin.contoso.example/next", "https://origin.contoso.example:443", "/next"],
    ["https://user:secret@origin.contoso.example/next", "https://origin.contoso.example", "/next"],
    ["//origin.contoso.example/next", "https://origin.contoso.example", "/next"],
    ["//origin.contoso.example:443/next", "https://origin.contoso.example", "/next"],
    ["http://origin.contoso.example//elsewhere.example/", "http://origin.contoso.example", "//elsewhere.example/"],
    ["///origin.contoso.example/next", "https://origin.contoso.example", "/next"],
    ["/\\origin.contoso.example/next", "https://origin.contoso.example", "/next"],
    ["/\t/origin.contoso.example/next", "https://origin.contoso.example", "/next"],
    ["https:\\\\origin.contoso.example\\next?a\\b", "https://origin.contoso.example", "/next?a\\b"],
    ["https://origin.contoso.example\\next", "https://origin.contoso.example", "/next"],
    ["http://0x7f.1:9830/next", "http://127.0.0.1:9830", "/next"],
  ])("becomes the gate's: %s, of %s", (value, from, rest) => {
    expect(move(value, from)).toBe(to + rest);
  });

  it.each([
    ["/base/next", "/next"],
    ["/base/", "/"],
    ["/base", "/"],
    ["/base?a", "/?a"],
    ["/base#a", "/#a"],
    ["/base/base/next", "/base/next"],
    ["/baseline", "/baseline"],
    ["/Base/next", "/Base/next"],
    ["/other", "/other"],
    ["/", "/"],
    ["", ""],
  ])("loses the base path in any spelling: %s", (path, expected) => {
    for (const base of ["/base", "/base/"]) {
      expect(move(`http://127.0.0.1:9830${path}`, `http://127.0.0.1:9830${base}`)).toBe(to + expected);
      expect(move(path, `http://127.0.0.1:9830${base}`)).toBe(expected);
    }
  });

  it.each(["//elsewhere.example/", "/\\elsewhere.example/", "/\t/elsewhere.example/"])(
    "never becomes the address of another host: /base%j",
    (rest) => {
      expect(move(`/base${rest}`, "http://127.0.0.1:9830/base")).toBe(`${to}//elsewhere.example/`);
    },
  );

  it("never becomes another path of the gate", () => {
    expect(move("/base//api.contoso.example/x", "http://127.0.0.1:9830/base")).toBe(`${to}//api.contoso.example/x`);
  });
});

describe("an address that is a path at the origin, and another host beside the scheme of the gate", () => {
  it.each([
    ["http:/evil.example/x", `${to}/evil.example/x`],
    ["HTTP:/evil.example/x", `${to}/evil.example/x`],
    ["http:\\evil.example\\x", `${to}/evil.example/x`],
    ["ht\ttp:/evil.example/x", `${to}/evil.example/x`],
    ["http:/base/next?a#b", `${to}/next?a#b`],
    ["http:/base//evil.example", `${to}//evil.example`],
    ["http:evil.example", "./evil.example"],
    ["http:javascript:alert(1)", "./javascript:alert(1)"],
    ["http:?a", "?a"],
    ["http:#a", "#a"],
    ["http:", "#"],
  ])("becomes that path of the gate: %j", (value, expected) => {
    expect(move(value, "http://127.0.0.1:9830/base")).toBe(expected);
    const reversed = { from: new URL("https://127.0.0.1:9830/base"), to: "http://127.0.0.1:8787" };
    expect(relocate(value.replace(/^h(.*)p:/i, "h$1ps:"), reversed)).toBe(expected.replace(to, reversed.to));
  });

  it("is unchanged if both have the same scheme", () => {
    for (const value of ["https:/evil.example/x", "https:evil.example", "https:"])
      expect(move(value, "https://origin.contoso.example")).toBe(value);
  });
});

describe("any other address", () => {
  it.each([
    "https://elsewhere.example/base/next",
    "https://origin.contoso.example:8443/base/next",
    "http://origin.contoso.example/base/next",
    "https://origin.contoso.example.elsewhere.example/base/next",
    "https://origin.contoso.example@elsewhere.example/base/next",
    "//elsewhere.example/base/next",
    "/\t/elsewhere.example/base/next",
    "http:/origin.contoso.example/base/next",
    "http:base/next",
    "blob:https://origin.contoso.example/base/next",
    "https:/origin.contoso.example/base/next",
    "https:base/next",
    "base/next",
    "./base/next",
    "../base/next",
    "?a=/base/next",
    "#/base/next",
    "mailto:orders@origin.contoso.example",
    "data:text/plain,/base/next",
    "ws://origin.contoso.example/base/next",
    "https://[/base/next",
    "https://",
    "//",
    "",
    "\0",
  ])("is unchanged: %j", (value) => {
    expect(move(value, "https://origin.contoso.example/base")).toBe(value);
  });
});

describe("any address", () => {
  const pieces = [
    "http:",
    "https:",
    "HtTp:",
    "/",
    "\\",
    "//",
    "@",
    ":",
    ":9830",
    ":443",
    "?",
    "#",
    "..",
    ".",
    "\t",
    " ",
    "%2f",
    "%",
  ];
  const names = [
    "origin.example",
    "gate.example",
    "evil.example",
    "base",
    "a",
    "é",
    "ｏ",
    "javascript:",
    "blob:",
    "0x7f.1",
    "[",
  ];
  const values = fc
    .array(fc.constantFrom(...pieces, ...pieces, ...names), { maxLength: 9 })
    .map((chosen) => chosen.join(""));
  const hosts = fc.record({
    origin: fc.constantFrom("http://origin.example", "https://origin.example", "http://127.0.0.1:9830"),
    base: fc.constantFrom("", "/base"),
    to: fc.constantFrom("http://gate.example", "https://gate.example", "http://127.0.0.1:8787"),
  });
  const lead = (value: string, at: string, host: string) => {
    const url = URL.parse(value, at);
    return url !== null && `${url.protocol}//${url.host}` === host ? url : undefined;
  };
  const targetOf = ({ pathname, search, hash }: URL) => pathname + search + hash;

  it("leads to the same place at the gate as at the origin, or is unchanged", { tags: "location" }, () => {
    fc.assert(
      fc.property(values, hosts, (value, { origin, base, to }) => {
        const moved = relocate(value, { from: new URL(origin + base), to });
        const there = lead(value, `${origin}${base}/x/y?z`, origin);
        const isForGate = lead(value, `${to}/x/y?z`, to) !== undefined;
        if (there === undefined || (isForGate && base === "")) return void expect(moved).toBe(value);
        const here = lead(moved, `${to}/x/y?z`, to);
        if (here === undefined) throw new Error(`${JSON.stringify(moved)} leads elsewhere`);
        const target = targetOf(there);
        // Of a path that leaves the base path by dot segments, and returns, the base path may remain.
        const withoutBase = removeStart(target, base);
        expect(base === "" ? [target] : [target, withoutBase]).toContain(targetOf(here));
      }),
      tries(20_000),
    );
  });

  const removeStart = (text: string, base: string) =>
    text.replace(new RegExp(`^${base}(?=[/?#]|$)`), "").replace(/^(?!\/)/, "/");
});

describe("of a response's headers", () => {
  const config = configFor("https://origin.contoso.example/base");
  const address = "https://origin.contoso.example/base/orders/1";
  const all = ["Location", "Content-Location", "Refresh", "Link", "X-Location"] as const;
  const answer = () => new Response("ok", { status: 201, headers: all.map((name) => [name, address]) });

  it("only Location and Content-Location are rewritten", async () => {
    for (const caller of [undefined, member]) {
      const { headers } = await findAnswer(answer(), { config, caller });
      expect(all.map((name) => headers.get(name))).toEqual([
        "https://api.contoso.example/orders/1",
        "https://api.contoso.example/orders/1",
        address,
        address,
        address,
      ]);
    }
  });

  it("all are unchanged from a zone's own origin and from a service", async () => {
    const service = { kind: "service", service: { fetch: async () => answer() } } as const;
    for (const config of [toZone, { target: service, authorization: "forward", cookies: "forward" }] as const) {
      const { headers } = await findAnswer(answer(), { config });
      expect(all.map((name) => headers.get(name))).toEqual(all.map(() => address));
    }
  });
});
