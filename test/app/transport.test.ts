import { expect, it } from "vitest";
import { checkTransport } from "../../src/app/transport.ts";

/** A request as a runtime hands it over: its URL is not always one that `new Request` would leave alone. */
const check = (url: string, method = "GET") => checkTransport({ url, method } as Request);

it.each([
  ["https://api.contoso.example/a%41?b#c", "/aA"],
  ["https://api.contoso.example/", "/"],
  ["http://127.0.0.1:8787/a", "/a"],
  ["http://localhost/a", "/a"],
])("takes %s, and gives its path's one form", (url, path) => {
  expect(check(url)).toEqual({ ok: true, value: path });
});

it.each([
  ["http://api.contoso.example/a", "GET", "plaintext_transport"],
  ["http://127.0.0.1.contoso.example/a", "GET", "plaintext_transport"],
  ["ws://api.contoso.example/a", "GET", "plaintext_transport"],
  ["https://api.contoso.example/a", "TRACE", "method_not_supported"],
  ["https://api.contoso.example/a", "CONNECT", "method_not_supported"],
  ["https://api.contoso.example/a", "TRACK", "method_not_supported"],
  ["https://api.contoso.example/a/../b", "GET", "path_ambiguous"],
  ["https://api.contoso.example//a", "GET", "path_ambiguous"],
])("refuses %s by %s", (url, method, reason) => {
  expect(check(url, method)).toEqual({ ok: false, error: { reason } });
});
