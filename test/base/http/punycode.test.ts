import { describe, expect, it } from "vitest";
import { decodeLabels } from "../../../src/base/http/punycode.ts";

describe("the labels of a host name", () => {
  it.each([
    ["www.xn--bcher-kva.example", "www.b\u00fccher.example"],
    ["XN--MAANA-PTA.example", "MA\u00f1ANA.example"],
    ["xn--wgv71a119e.xn--fsqu00a", "\u65e5\u672c\u8a9e.\u4f8b\u5b50"],
    ["xn--80ak6aa92e.example:443", "\u0430\u0440\u0440\u04cf\u0435.example:443"],
    ["xn--28j2a3ar1p", "\u3053\u3093\u306b\u3061\u306f"],
    ["xn--n3h.example/xn--n3h", "\u2603.example/\u2603"],
    [
      "xn--4dbcagdahymbxekheh6e0a7fei0b",
      "\u05dc\u05de\u05d4\u05d4\u05dd\u05e4\u05e9\u05d5\u05d8\u05dc\u05d0\u05de\u05d3\u05d1\u05e8\u05d9\u05dd\u05e2\u05d1\u05e8\u05d9\u05ea",
    ],
    ["example.com", "example.com"],
  ])("%s are %s", (encoded, decoded) => {
    expect(decodeLabels(encoded)).toBe(decoded);
  });

  it.each([
    ["a digit that does not exist", "xn--a_b"],
    ["a digit too few", "xn--z"],
    ["a hyphen as the first digit", "xn---9ddt7pg"],
    ["a code point that does not exist", "xn--dn30h"],
    ["half a pair", "xn--ib9b"],
    ["more than 63 characters", `xn--${"a".repeat(60)}-kva`],
  ])("stay as they are with %s: %s", (_, label) => {
    expect(decodeLabels(label)).toBe(label);
  });
});
