import { describe, expect, it } from "vitest";
import { readTarget } from "../../../src/base/http/call.ts";

const read = (request: { readonly url: string; readonly method?: string; readonly headers?: HeadersInit }) =>
  readTarget({ method: "GET", ...request, headers: new Headers(request.headers) }, {});

it.each([
  ["https://api.contoso.example/a%41?b#c", "/aA"],
  ["https://api.contoso.example/", "/"],
  ["http://127.0.0.1:8787/a", "/a"],
  ["http://localhost/a", "/a"],
])("accepts %s, and returns the normal form of its path", (url, path) => {
  expect(read({ url })).toEqual({ method: "GET", url, path, fault: undefined });
});

it.each([
  ["http://api.contoso.example/a", "GET", "plaintext_transport"],
  ["http://127.0.0.1.contoso.example/a", "GET", "plaintext_transport"],
  ["ws://api.contoso.example/a", "GET", "plaintext_transport"],
  ["https://api.contoso.example/a", "TRACE", "method_not_supported"],
  ["https://api.contoso.example/a", "CONNECT", "method_not_supported"],
  ["https://api.contoso.example/a", "TRACK", "method_not_supported"],
  ["https://api.contoso.example/a", "post", "method_not_supported"],
  ["https://api.contoso.example/a", "Get", "method_not_supported"],
  ["https://api.contoso.example/a", "patcH", "method_not_supported"],
  ["https://api.contoso.example/a/../b", "GET", "path_ambiguous"],
  ["https://api.contoso.example//a", "GET", "path_ambiguous"],
])("refuses %s by %s", (url, method, reason) => {
  expect(read({ method, url })).toEqual({ method, url, path: "", fault: { reason } });
});

it("says that two Host headers leave no address", () => {
  const { fault } = read({ url: "https://api.contoso.example, evil.example/a", headers: [["host", "a, b"]] });
  expect(fault).toEqual({ reason: "message_ambiguous" });
});

it.each([
  "api.contoso.example/pub",
  "api.contoso.example/pub?",
  "api.contoso.example?a",
  "api.contoso.example#",
  "api.contoso.example\\pub",
  "user@api.contoso.example",
  "api.contoso.example, evil.example",
  "api.contoso.example evil.example",
  "api.contoso.example%2fpub",
  "api.contoso.example:8443/pub",
  "api.contoso.example:8443:8443",
  "api.contoso.example:x",
  "[::1]/pub",
  "[::1]x",
  "::1",
  "[/pub]",
])("refuses a Host that is more than a host: %s", (host) => {
  for (const url of ["https://api.contoso.example/a", "/a"])
    expect(read({ url, headers: { host } }).fault).toEqual({ reason: "message_ambiguous" });
});

it.each([
  "api.contoso.example",
  "API.contoso.example.",
  "api.contoso.example:8443",
  "api.contoso.example:",
  "my_origin",
  "127.0.0.1:8787",
  "[2001:db8::1]",
  "[::ffff:192.0.2.1]:8787",
  "another.example",
])("reads nothing of a Host with the syntax of one: %s", (host) => {
  expect(read({ url: "https://api.contoso.example/a", headers: { host } }).fault).toBe(undefined);
});

it.each(["gzip, chunked", "x, chunked", "chunked, chunked", "gzip", "identity", "chunked,", ""])(
  "refuses the transfer coding %j",
  (coding) => {
    const { fault } = read({ url: "https://api.contoso.example/a", headers: { "transfer-encoding": coding } });
    expect(fault).toEqual({ reason: "message_ambiguous" });
  },
);

it("accepts the transfer coding chunked, in any letter case", () => {
  for (const coding of ["chunked", "Chunked"])
    expect(read({ url: "https://a.example/a", headers: { "transfer-encoding": coding } }).fault).toBe(undefined);
});

it("checks every address regardless of earlier requests", () => {
  const addresses = [
    ["https://api.contoso.example", undefined],
    ["http://api.contoso.example", "plaintext_transport"],
    ["http://localhost:8787", undefined],
    ["http://localhost.contoso.example", "plaintext_transport"],
    ["https://a b", "path_ambiguous"],
    ["*", "path_ambiguous"],
  ] as const;
  for (const [first] of addresses) {
    for (const [address, reason] of addresses) {
      read({ url: `${first}/a` });
      const { fault } = read({ url: `${address}/a` });
      expect([address, fault?.reason]).toEqual([address, reason]);
    }
  }
});

describe("an address", () => {
  const addresses = new Set([
    "https://api.contoso.example",
    "https://api.contoso.example:8443",
    "http://127.0.0.1:8787",
  ]);
  const check = (url: string, probePath?: string) => {
    const { path, fault } = readTarget({ method: "GET", url, headers: new Headers() }, { addresses }, probePath);
    return fault?.reason ?? path;
  };

  it.each([
    "https://api.contoso.example/a",
    "https://api.contoso.example:443/a",
    "https://API.Contoso.Example/a",
    "https://api.contoso.example:8443/a",
    "http://127.0.0.1:8787/a",
  ])("that is listed is served: %s", (url) => {
    expect(check(url)).toBe("/a");
  });

  it.each([
    "https://evil.example/a",
    "https://api.contoso.example./a",
    "https://api.contoso.example.evil.example/a",
    "https://api.contoso.example:8787/a",
    "https://127.0.0.1:8787/a",
    "http://127.0.0.1:8788/a",
    "http://localhost:8787/a",
    "https://192.0.2.1/health",
  ])("that is not listed is refused: %s", (url) => {
    expect(check(url)).toBe("host_not_served");
  });

  it("that is not listed is served only at the path of the health page", () => {
    expect(check("https://192.0.2.1/health", "/health")).toBe("/health");
    expect(check("https://192.0.2.1/health/x", "/health")).toBe("host_not_served");
  });

  it("that is not listed and unencrypted is refused as plain http", () => {
    expect(check("http://evil.example/a")).toBe("plaintext_transport");
  });
});
