import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { describeFailure, isFinal, type TokenFailure } from "../../../src/extensions/downstream/failure.ts";
import { describeResponse, judgeResponse, readClaims } from "../../../src/extensions/downstream/token-response.ts";
import { frozenNowMs, frozenNowSeconds } from "../../support/io.ts";

const claims = '{"access_token":{"polids":{"essential":true,"values":["p"]}}}';

describe("judgeAnswer", () => {
  it.each<[string, number, Record<string, unknown>, string]>([
    ["interaction", 400, { error: "interaction_required", claims }, "interaction_needed"],
    ["interaction without claims", 400, { error: "interaction_required" }, "interaction_needed"],
    ["sign-in", 400, { error: "login_required" }, "interaction_needed"],
    ["a grant with claims", 400, { error: "invalid_grant", claims }, "interaction_needed"],
    ["a basic action", 400, { error: "invalid_grant", suberror: "basic_action" }, "interaction_needed"],
    ["a further action", 400, { error: "invalid_grant", suberror: "additional_action" }, "interaction_needed"],
    ["a password", 400, { error: "invalid_grant", suberror: "user_password_expired" }, "interaction_needed"],
    ["consent", 400, { error: "invalid_grant", suberror: "consent_required" }, "consent_needed"],
    ["consent, as the error itself", 400, { error: "consent_required" }, "consent_needed"],
    [
      "consent, among interactions",
      400,
      { error: "interaction_required", suberror: "consent_required" },
      "consent_needed",
    ],
    ["a message alone", 400, { error: "interaction_required", suberror: "message_only", claims }, "refused"],
    ["no access", 400, { error: "access_denied" }, "refused"],
    ["a bad assertion", 400, { error: "invalid_grant" }, "assertion_refused"],
    ["a bad assertion of a new kind", 400, { error: "invalid_grant", suberror: "never_heard_of" }, "assertion_refused"],
    ["429", 429, {}, "throttled"],
    ["429 with another error", 429, { error: "interaction_required" }, "throttled"],
    ["busy", 400, { error: "temporarily_unavailable" }, "throttled"],
    ["500", 500, {}, "unavailable"],
    ["503 without Retry-After", 503, {}, "unavailable"],
    ["a server's error", 400, { error: "server_error" }, "unavailable"],
    ["a redirect", 302, {}, "unavailable"],
    ["a wrong client", 400, { error: "unauthorized_client" }, "misconfigured"],
    ["a wrong scope", 400, { error: "invalid_scope" }, "misconfigured"],
    ["a wrong request", 400, { error: "invalid_request" }, "misconfigured"],
    ["an error of a new kind", 400, { error: "never_heard_of" }, "misconfigured"],
    ["no error at all", 404, {}, "misconfigured"],
  ])("classifies %s", (_, status, body, kind) => {
    expect(judgeResponse({ status, body })).toMatchObject({ kind });
  });

  it("treats 503 as throttling if it has Retry-After", () => {
    expect(judgeResponse({ status: 503, body: {}, retryAfterMs: 7_000 })).toMatchObject({
      kind: "throttled",
      retryAfterMs: 7_000,
    });
    expect(judgeResponse({ status: 429, body: {} })).toMatchObject({
      retryAfterMs: limits.downstreamThrottledMilliseconds,
    });
  });

  it("allows another credential if Entra refused the client", () => {
    expect(judgeResponse({ status: 401, body: { error: "invalid_client" } })).toBe("credential_refused");
  });

  it.each(["AADSTS50076: interaction_required", "AADSTS65001 consent_required"])(
    "ignores the text of an error: %s",
    (error_description) => {
      const body = { error: "invalid_request", error_description, error_codes: [50076, 65001] };
      expect(judgeResponse({ status: 400, body })).toMatchObject({ kind: "misconfigured" });
    },
  );
});

describe("describeAnswer", () => {
  const id = "11111111-2222-3333-4444-555555555555";

  it("keeps codes and ids", () => {
    const body = { error: "e", suberror: "s", error_codes: [1], trace_id: id, correlation_id: id };
    const described = { status: 400, error: "e", suberror: "s", codes: [1], traceId: id, correlationId: id };
    expect(describeResponse({ status: 400, body })).toEqual(described);
  });

  it("keeps nothing else", () => {
    const body = {
      error: "eyJhbGciOi.token",
      suberror: { a: 1 },
      error_codes: ["secret", 1.5, 2],
      trace_id: "secret",
      correlation_id: 3,
      error_description: "AADSTS1: user@contoso.example",
      access_token: "secret",
    };
    expect(describeResponse({ status: 400, body })).toEqual({ status: 400, codes: [2] });
  });
});

describe("readClaims", () => {
  it("keeps a claims request unchanged", () => {
    for (const text of [claims, ' { "access_token" : {} } ']) expect(readClaims(text)).toBe(text);
  });

  it.each([undefined, 1, "", "x", "[]", "null", '"text"', "{", '{"a":"é"}', '{"a":"\\u0000"}\n', "x".repeat(2_049)])(
    "returns nothing for %j",
    (value) => {
      expect(readClaims(value)).toBeUndefined();
    },
  );

  it("has a length limit", () => {
    const ofLength = (length: number) => `{"a":"${"x".repeat(length - 8)}"}`;
    const most = ofLength(limits.downstreamClaimsCharacters);
    expect(readClaims(most)).toBe(most);
    expect(readClaims(ofLength(limits.downstreamClaimsCharacters + 1))).toBeUndefined();
  });
});

describe("describeFailure", () => {
  const entra = { status: 400 };
  const times = { retryAtMs: frozenNowMs + 4_001, nowMs: frozenNowMs };
  const describeWithout = (failure: TokenFailure) => describeFailure(failure, ["s"], undefined, times);

  it("requests a token issued from now on if Entra named no claims", () => {
    expect(describeWithout({ kind: "consent_needed", claims: undefined, entra })).toMatchObject({
      reason: "downstream_consent_needed",
      claims: `{"access_token":{"nbf":{"essential":true,"value":"${frozenNowSeconds}"}}}`,
      challengeable: false,
    });
  });

  it("returns the claims that Entra named", () => {
    expect(describeWithout({ kind: "interaction_needed", claims, entra })).toMatchObject({ claims });
  });

  it("rounds the wait up to whole seconds, at least one", () => {
    expect(describeWithout({ kind: "unavailable", cause: "c" })).toMatchObject({ retryAfterSeconds: 5 });
    expect(
      describeFailure({ kind: "throttled", retryAfterMs: 1, entra }, [], undefined, { retryAtMs: 0, nowMs: 9 }),
    ).toMatchObject({ retryAfterSeconds: 1 });
  });

  it("recognizes failures that a retry cannot change", () => {
    const final = ["interaction_needed", "consent_needed", "refused", "assertion_refused"];
    const all = [...final, "throttled", "unavailable", "misconfigured"];
    expect(all.filter((kind) => isFinal({ kind } as TokenFailure))).toEqual(final);
  });
});
