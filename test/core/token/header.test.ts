import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { checkHeader } from "../../../src/core/token/decode.ts";
import { change, tokenHeader } from "../../support/claims.ts";

const refusal = (changes: Record<string, unknown>) => {
  const checked = checkHeader(change(tokenHeader, changes));
  return checked.ok ? "accepted" : checked.error;
};

describe("checkHeader", () => {
  it("returns the kid of a v2.0 and of a v1.0 header", () => {
    const { kid } = tokenHeader;
    expect(checkHeader(tokenHeader)).toEqual({ ok: true, value: kid });
    expect(checkHeader(change(tokenHeader, { x5t: kid }))).toEqual({ ok: true, value: kid });
  });

  it.each([
    ...["none", "None", "NONE", "nOnE", " none", "", "rs256", "Rs256", "RS256 ", "RS256\0", "RS384", "RS512"],
    ...["PS256", "HS256", "HS384", "HS512", "ES256", "EdDSA", "RSA-OAEP", "dir", "constructor", "__proto__"],
    ...[undefined, null, 256, true, {}, [], ["RS256"]],
  ])("accepts only RS256, not %j", (alg) => {
    expect(refusal({ alg })).toEqual({ reason: "algorithm_not_allowed" });
  });

  it.each(["JWT", "jwt", "Jwt"])("accepts the type %s", (typ) => {
    expect(refusal({ typ })).toBe("accepted");
  });

  it.each([
    ...["at+jwt", "application/jwt", "JWS", "JWE", "dpop+jwt", "secevent+jwt", "id_token", "JWT ", "", "\u017fWT"],
    ...[undefined, null, 1, {}, ["JWT"]],
  ])("refuses any other type: %j", (typ) => {
    expect(refusal({ typ })).toEqual({ reason: "type_not_jwt" });
  });

  it.each(["crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c", "x5t#S256"])(
    "refuses %s with any value",
    (parameter) => {
      for (const value of [["b64"], [], ["exp"], true, false, null, "", {}, "https://evil.example/keys"]) {
        expect(refusal({ [parameter]: value })).toEqual({ reason: "header_not_allowed", parameter });
      }
    },
  );

  it.each(["", "AQABAAEAAAD", null])("recognizes a token of Microsoft Graph by its nonce %j", (nonce) => {
    expect(refusal({ nonce })).toEqual({ reason: "graph_token" });
  });

  it.each([
    ["one character", "a"],
    ["the maximum length", "a".repeat(limits.kidCharacters)],
    ["path traversal", "../../cli/dev/null"],
    ["a shell's pipe", "|whoami"],
    ["SQL", "' OR 1=1--"],
    ["a line break", "a\r\nb"],
    ["the name of a prototype's member", "__proto__"],
  ])("accepts any kid, which the key set then decides: %s", (_, kid) => {
    expect(checkHeader(change(tokenHeader, { kid }))).toEqual({ ok: true, value: kid });
  });

  it.each(["", "a".repeat(limits.kidCharacters + 1), undefined, null, 1, true, {}, [], ["kid"]])(
    "refuses the kid %j",
    (kid) => {
      expect(refusal({ kid })).toEqual({ reason: "kid_invalid" });
    },
  );

  it.each(["", "another", tokenHeader.kid?.toString().toLowerCase(), null, 1])(
    "refuses a thumbprint that names another key: %j",
    (x5t) => {
      expect(refusal({ x5t })).toEqual({ reason: "header_not_allowed", parameter: "x5t" });
    },
  );

  it("checks in a fixed order, the algorithm first", () => {
    const wrong = { alg: "none", typ: "JWS", crit: [], nonce: "", kid: "", x5t: "x" };
    const right = { alg: "RS256", typ: "JWT", crit: undefined, nonce: undefined, kid: "kid" };
    const reasons: unknown[] = [];
    let header: Record<string, unknown> = wrong;
    for (const [name, value] of Object.entries(right)) {
      reasons.push(refusal(header));
      header = { ...header, [name]: value };
    }
    reasons.push(refusal(header));
    expect(reasons).toEqual([
      { reason: "algorithm_not_allowed" },
      { reason: "type_not_jwt" },
      { reason: "header_not_allowed", parameter: "crit" },
      { reason: "graph_token" },
      { reason: "kid_invalid" },
      { reason: "header_not_allowed", parameter: "x5t" },
    ]);
  });
});
