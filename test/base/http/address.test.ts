import fc from "fast-check";
import { expect, it } from "vitest";
import { readAddress } from "../../../src/base/http/path.ts";
import { tries } from "../../support/property.ts";

const api = { protocol: "https:", hostname: "api.contoso.example", host: "api.contoso.example", isLoopback: false };

it.each([
  ["https://api.contoso.example/a/../b?c#d", { ...api, origin: "https://api.contoso.example", pathStart: 27 }],
  ["https://API.contoso.example:443/", { ...api, origin: "https://api.contoso.example", pathStart: 31 }],
  [
    "http://127.0.0.1:8787/a",
    {
      protocol: "http:",
      hostname: "127.0.0.1",
      host: "127.0.0.1:8787",
      origin: "http://127.0.0.1:8787",
      isLoopback: true,
      pathStart: 21,
    },
  ],
  ["https://api.contoso.example", { ...api, origin: "https://api.contoso.example", pathStart: -1 }],
  ["https://api.contoso.example?a/b", { ...api, origin: "https://api.contoso.example", pathStart: -1 }],
])("reads the address of %s", (url, address) => {
  expect(readAddress(url)).toEqual(address);
});

it.each(["?a/b", "#a/b", "\\a/b", "?/"])(
  "finds no path in %j after an authority, regardless of earlier requests",
  (rest) => {
    readAddress(`https://api.contoso.example${rest}`);
    expect(readAddress(`https://api.contoso.example${rest}c`)?.pathStart).toBe(-1);
  },
);

it.each(["*", "", "/a", "https://", "https://a b/c"])(
  "finds no address in %j, regardless of earlier requests",
  (url) => {
    readAddress("https://api.contoso.example/a");
    expect(readAddress(url)).toBeUndefined();
  },
);

it("distinguishes all addresses", () => {
  expect(readAddress("https://one.contoso.example/a")?.host).toBe("one.contoso.example");
  expect(readAddress("https://two.contoso.example/a")?.host).toBe("two.contoso.example");
  expect(readAddress("https://one.contoso.example/a")?.host).toBe("one.contoso.example");
});

it("agrees with the whole URL, regardless of earlier requests", () => {
  const piece = fc.constantFrom(
    ..."/\\@:?#.%*[] \t",
    "://",
    "https://",
    "http://",
    "localhost",
    "127.1",
    "api.contoso.example",
    ":443",
    "user",
    "http:",
  );
  let read = 0;
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join("")),
      (url) => {
        const address = readAddress(url);
        if (address === undefined) return;
        read += 1;
        const { protocol, hostname, host, origin } = new URL(url);
        expect([url, address]).toMatchObject([url, { protocol, hostname, host, origin }]);
        if (address.pathStart === -1) return;
        // The parser finds the same path after the same address.
        const rest = new URL(`${url.slice(0, address.pathStart)}/p`);
        expect([url, rest.protocol, rest.host, rest.pathname]).toEqual([url, protocol, host, "/p"]);
      },
    ),
    tries(20_000),
  );
  expect(read).toBeGreaterThan(500);
});
