import { describe, expect, it } from "vitest";
import { readClaimsChallenge } from "../../../src/extensions/downstream/challenge.ts";

const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
const uri = 'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"';
const challenge = `Bearer realm="", ${uri}, error="insufficient_claims", claims="${btoa(claims)}"`;
const answer = (header: string | undefined, status = 401) =>
  new Response(null, { status, ...(header !== undefined && { headers: { "www-authenticate": header } }) });

describe("readClaimsChallenge", () => {
  it.each([
    ["as Microsoft writes it", challenge],
    ["with its parameters in another order", `Bearer claims="${btoa(claims)}", error="insufficient_claims"`],
    ["in the URL-safe alphabet, without padding", challenge.replace(/=+"$/, '"').replaceAll("+", "-")],
    ["after another challenge", `Basic realm="x", ${challenge}`],
  ])("reads the claims: %s", (_, header) => {
    expect(readClaimsChallenge(answer(header))).toBe(claims);
  });

  it.each([
    ["no header", undefined, 401],
    ["another status", challenge, 403],
    ["another error", challenge.replace("insufficient_claims", "invalid_token"), 401],
    ["no claims", 'Bearer error="insufficient_claims"', 401],
    ["claims that are not base64", 'Bearer error="insufficient_claims", claims="a"', 401],
    ["claims that are not JSON", `Bearer error="insufficient_claims", claims="${btoa("x")}"`, 401],
    ["claims that are not an object", `Bearer error="insufficient_claims", claims="${btoa("[]")}"`, 401],
    ...['{"access_token":null}', '{"access_token":"x"}', '{"id_token":null}', '{"id_token":[]}'].map(
      (text): [string, string, number] => [
        `claims that MSAL cannot extend: ${text}`,
        `Bearer error="insufficient_claims", claims="${btoa(text)}"`,
        401,
      ],
    ),
  ])("finds no claims: %s", (_, header, status) => {
    expect(readClaimsChallenge(answer(header, status))).toBeUndefined();
  });
});
