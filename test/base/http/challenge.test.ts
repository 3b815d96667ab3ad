import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeChallenge } from "../../../src/base/http/problem.ts";
import { createRequirement } from "../../../src/core/policy/requirement.ts";

const authorizationUri = "https://login.microsoftonline.com/common/oauth2/authorize";
const prefix = `Bearer realm="", authorization_uri="${authorizationUri}"`;

/** Reads a challenge by the grammar of RFC 9110 section 11: one scheme, parameters in quoted strings, each once. */
function readChallenge(value: string): Record<string, string> {
  const parameter = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)="([\x20\x21\x23-\x5b\x5d-\x7e]*)"(?:, (?=\w)|$)/y;
  const parameters: Record<string, string> = {};
  expect(value.startsWith("Bearer ")).toBe(true);
  parameter.lastIndex = "Bearer ".length;
  while (parameter.lastIndex < value.length) {
    const match = parameter.exec(value);
    if (match === null) throw new SyntaxError(`no challenge: ${value}`);
    const [, name = "", text = ""] = match;
    expect(parameters).not.toHaveProperty(name);
    parameters[name] = text;
  }
  return parameters;
}

describe("writeChallenge", () => {
  it("contains only the sign-in page if there is no credential", () => {
    expect(writeChallenge(authorizationUri, {})).toBe(prefix);
  });

  it("names no sign-in page if none is known", () => {
    expect(writeChallenge("", { error: "invalid_token" })).toBe('Bearer realm="", error="invalid_token"');
  });

  it.each(["invalid_request", "invalid_token", "insufficient_scope"] as const)("has %s", (error) => {
    expect(writeChallenge(authorizationUri, { error })).toBe(`${prefix}, error="${error}"`);
  });

  it("names the required scopes", () => {
    expect(writeChallenge(authorizationUri, { error: "insufficient_scope", scopes: ["read", "orders.write"] })).toBe(
      `${prefix}, error="insufficient_scope", scope="read orders.write"`,
    );
  });

  it("has the claims request in plain base64, with padding", () => {
    // The example in Microsoft's "Claims challenges, claims requests and client capabilities".
    const claims = '{"access_token":{"nbf":{"essential":true, "value":"1604106651"}}}';
    const base64 = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTYwNDEwNjY1MSJ9fX0=";
    expect(writeChallenge(authorizationUri, { error: "insufficient_claims", claims })).toBe(
      `${prefix}, error="insufficient_claims", claims="${base64}"`,
    );
  });

  it("survives a client that splits it at commas and equal signs", () => {
    const challenge = writeChallenge(authorizationUri, { error: "insufficient_scope", scopes: ["read", "write"] });
    const naive = challenge
      .slice("Bearer ".length)
      .split(",")
      .map((parameter) => parameter.trim().split("="));
    expect(naive).toEqual([
      ["realm", '""'],
      ["authorization_uri", `"${authorizationUri}"`],
      ["error", '"insufficient_scope"'],
      ["scope", '"read write"'],
    ]);
  });

  it("can be parsed for any scopes of a requirement", () => {
    const scope = fc.string({ unit: fc.constantFrom(...'ab.:/"\\, =\t\r\n\u00e4\0~!'), minLength: 1, maxLength: 6 });
    let taken = 0;
    fc.assert(
      fc.property(fc.array(scope, { minLength: 1, maxLength: 3 }), (scopes) => {
        try {
          createRequirement({ scopes });
        } catch {
          return;
        }
        taken += 1;
        const challenge = writeChallenge(authorizationUri, { error: "insufficient_scope", scopes });
        expect(readChallenge(challenge)).toEqual({
          realm: "",
          authorization_uri: authorizationUri,
          error: "insufficient_scope",
          scope: scopes.join(" "),
        });
        expect(new Headers({ "www-authenticate": challenge }).get("www-authenticate")).toBe(challenge);
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(10);
  });

  it("can be parsed for any claims request", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (value) => {
        const claims = JSON.stringify({ access_token: { acrs: { essential: true, value } } });
        const read = readChallenge(writeChallenge(authorizationUri, { error: "insufficient_claims", claims }));
        expect(atob(read.claims ?? "")).toBe(claims);
      }),
    );
  });
});
