import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passOn, relocate } from "../../src/origin/response.ts";
import { configFor, findAnswer, member, toZone } from "../support/origin.ts";

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
  const relocation = { from: new URL("https://origin.contoso.example"), to };
  const pass = (authenticated: boolean, moved: typeof relocation | undefined) =>
    Object.fromEntries(passOn(new Response("text", { headers }), authenticated, moved).headers);

  it("has no hop-by-hop header, and none that Connection names", () => {
    const { "content-type": _, ...rest } = pass(false, undefined);
    const { connection, "keep-alive": alive, "x-nominated": nominated, ...kept } = headers;
    expect(rest).toEqual(kept);
  });

  it("for one caller is not for shared caches, and has the gate's address", () => {
    const answer = pass(true, relocation);
    expect(answer).toMatchObject({ "cache-control": "private, max-age=60", location: `${to}/next`, "x-kept": "b" });
    expect(answer).not.toHaveProperty("cdn-cache-control");
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
      expect(move(`/base${rest}`, "http://127.0.0.1:9830/base")).toBe(to + rest);
    },
  );
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
    "///origin.contoso.example/base/next",
    "/\\origin.contoso.example/base/next",
    "https:\\\\origin.contoso.example\\base\\next",
    "https://origin.contoso.example\\base\\next",
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

  it("is never made from a path below the base path", () => {
    const piece = fc.constantFrom("/", "\\", "base", "//", "\t", "?", "#", "@", ":", "x.example", "https:", "..", "a");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const value = `/base${pieces.join("")}`;
        const moved = move(value, "https://origin.contoso.example/base");
        if (moved !== value) expect(URL.parse(moved, to)?.origin, value).toBe(to);
      }),
    );
  });
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
    for (const config of [toZone, { target: service, authorization: "forward" }] as const) {
      const { headers } = await findAnswer(answer(), { config });
      expect(all.map((name) => headers.get(name))).toEqual(all.map(() => address));
    }
  });
});
