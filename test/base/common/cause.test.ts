import { expect, it } from "vitest";
import { describeCause, nameNetworkError } from "../../../src/base/common/cause.ts";
import * as limits from "../../../src/base/common/limits.ts";

it("returns the text of an error, up to its bound", () => {
  expect(describeCause(new TypeError("refused"))).toBe("refused");
  expect(describeCause(new Error("x".repeat(limits.causeCharacters)))).toBe("x".repeat(limits.causeCharacters));
  expect(describeCause(new Error("x".repeat(limits.causeCharacters + 1)))).toBe("x".repeat(limits.causeCharacters));
});

it.each([undefined, null, "text", { message: "text" }])("returns unknown if %j was thrown", (thrown) => {
  expect(describeCause(thrown)).toBe("unknown");
});

const url = "http://origin.example/orders?access_token=eyJhbGci";

it.each([
  ["Bun", Object.assign(new TypeError(`ECONNREFUSED: ${url}`), { code: "ECONNREFUSED" }), "ECONNREFUSED"],
  [
    "Node",
    new TypeError("fetch failed", { cause: Object.assign(new Error(url), { code: "CERT_HAS_EXPIRED" }) }),
    "CERT_HAS_EXPIRED",
  ],
  [
    "Deno",
    new TypeError("fetch failed", {
      cause: new Error(`error sending request for url (${url}): client error (Connect): dns error: failed to lookup`),
    }),
    "dns_error",
  ],
  ["Workers", new Error("Network connection lost."), "Network_connection_lost"],
  ["a text of another runtime in the URL", new Error(url.replace("eyJhbGci", "ECONNREFUSED")), "Error"],
  ["another message", new Error(`cannot fetch ${url}`), "Error"],
  ["another code", Object.assign(new Error(url), { code: "eyJhbGci", name: "eyJhbGci" }), "Error"],
  ["a text as its cause", new Error(url, { cause: url }), "Error"],
  ["no error", url, "Error"],
  ["nothing", undefined, "Error"],
])("names an error of the network with one word: %s", (_, error, word) => {
  expect(nameNetworkError(error)).toBe(word);
});
