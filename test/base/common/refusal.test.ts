import { describe, expect, it } from "vitest";
import type { Denial, Reason } from "../../../src/base/common/denial.ts";
import { describeDenial, isReportableReason, levelOfRefusal, type Refusal } from "../../../src/base/common/refusal.ts";

/** The responses of refusals that callers cannot distinguish. */
const classes = {
  unauthenticated: { status: 401, challenge: {} },
  badCredential: { status: 400, challenge: { error: "invalid_request" } },
  badToken: { status: 401, challenge: { error: "invalid_token" } },
  forbidden: { status: 403, challenge: { error: "insufficient_scope", scopes: ["orders.read"] } },
  forbiddenWithoutScopes: { status: 403, challenge: { error: "insufficient_scope" } },
  plaintext: { status: 403 },
  ambiguous: { status: 400, detail: "The headers of the request are ambiguous." },
  notFound: { status: 404 },
  gone: { status: 499 },
  internal: { status: 500, detail: "An internal error occurred. Contact the operator." },
  misconfigured: { status: 500, detail: "The server is misconfigured. Contact the operator." },
  tooMany: {
    status: 429,
    retryAfterSeconds: 7,
    detail: "Too many invalid access tokens came from your address. Retry later.",
  },
  method: { status: 501 },
  upgrade: { status: 501, detail: "WebSockets are not supported." },
  misdirected: { status: 421 },
  badGateway: { status: 502 },
  unavailable: {
    status: 503,
    retryAfterSeconds: 7,
    detail: "Access tokens cannot be verified at the moment. Retry later.",
  },
  downstreamUnavailable: {
    status: 503,
    retryAfterSeconds: 7,
    detail: "An API that this request needs is unavailable. Retry later.",
  },
  stepMissing: {
    status: 403,
    detail: "Sign in again with these claims: {}",
  },
  consentMissing: { status: 403, detail: "Consent is required for orders.read" },
  closed: { status: 403, detail: "This caller may not use this resource." },
  timeout: { status: 504 },
} as const satisfies Record<string, Partial<Refusal>>;

type Class = keyof typeof classes;

/** Text that no caller may get. */
const secret = "never-told";
const scopes = ["orders.read"];
const entra = { status: 400, error: secret, traceId: secret };

/** The other members of a denial. Several reasons share one form, so the type finds the form, not the reason. */
type MembersOf<R extends Reason> = Denial extends infer D
  ? D extends { readonly reason: Reason }
    ? R extends D["reason"]
      ? Omit<D, "reason">
      : never
    : never
  : never;

/** Each reason with its members and its class. A reason that is missing here does not compile. */
const reasons: { readonly [R in Reason]: readonly [MembersOf<R>, Class] } = {
  plaintext_transport: [{}, "plaintext"],
  message_ambiguous: [{}, "ambiguous"],
  path_ambiguous: [{}, "notFound"],
  method_not_supported: [{}, "method"],
  upgrade_not_supported: [{}, "upgrade"],
  host_not_served: [{}, "misdirected"],
  credential_missing: [{}, "unauthenticated"],
  credential_other_scheme: [{}, "unauthenticated"],
  credential_malformed: [{}, "badCredential"],
  credential_also_in_query: [{}, "badCredential"],
  credential_repeated: [{}, "badCredential"],
  too_many_failures: [{ retryAfterSeconds: 7 }, "tooMany"],
  token_too_large: [{}, "badToken"],
  token_not_compact: [{}, "badToken"],
  token_encrypted: [{}, "badToken"],
  token_not_base64url: [{ part: "signature" }, "badToken"],
  token_not_json: [{ part: "payload" }, "badToken"],
  algorithm_not_allowed: [{}, "badToken"],
  type_not_jwt: [{}, "badToken"],
  kid_invalid: [{}, "badToken"],
  header_not_allowed: [{ parameter: secret }, "badToken"],
  graph_token: [{}, "badToken"],
  tenant_invalid: [{}, "badToken"],
  tenant_ambiguous: [{}, "badToken"],
  issuer_mismatch: [{}, "badToken"],
  version_mismatch: [{}, "badToken"],
  tenant_not_allowed: [{}, "badToken"],
  tenant_check_failed: [{}, "internal"],
  audience_mismatch: [{}, "badToken"],
  time_invalid: [{ claim: "nbf" }, "badToken"],
  times_out_of_order: [{}, "badToken"],
  lifetime_too_long: [{}, "badToken"],
  expired: [{}, "badToken"],
  not_yet_valid: [{}, "badToken"],
  claim_invalid: [{ claim: secret }, "badToken"],
  id_token: [{}, "badToken"],
  bound_token: [{}, "badToken"],
  kind_unknown: [{}, "badToken"],
  tenant_unknown: [{}, "badToken"],
  key_unknown: [{}, "badToken"],
  key_issuer_mismatch: [{}, "badToken"],
  keys_unavailable: [{ retryAfterSeconds: 7 }, "unavailable"],
  signature_invalid: [{}, "badToken"],
  verifier_refused: [{ error: secret }, "badToken"],
  verifier_failed: [{}, "internal"],
  authority_not_allowed: [{ scopes }, "forbidden"],
  client_not_allowed: [{ scopes }, "forbidden"],
  tenant_not_allowed_here: [{ scopes }, "forbidden"],
  agent_not_allowed: [{ scopes }, "forbidden"],
  requirement_missing: [{ scopes }, "forbidden"],
  kind_not_allowed: [{ scopes }, "forbidden"],
  scope_missing: [{ scopes }, "forbidden"],
  role_missing: [{ scopes, roles: [secret], anyRole: [secret] }, "forbidden"],
  group_missing: [{ scopes, groups: [secret], anyGroup: [secret] }, "forbidden"],
  groups_absent: [{ scopes }, "forbidden"],
  groups_overage: [{ scopes }, "forbidden"],
  groups_are_names: [{ scopes }, "forbidden"],
  groups_unavailable: [{ cause: secret, retryAfterSeconds: 7 }, "downstreamUnavailable"],
  groups_throttled: [{ retryAfterSeconds: 7 }, "downstreamUnavailable"],
  groups_denied: [{ permission: secret, cause: secret }, "closed"],
  groups_too_many_pages: [{}, "closed"],
  groups_too_many_groups: [{}, "closed"],
  authentication_context_missing: [{ scopes, context: "c1", challengeable: false }, "forbidden"],
  token_revoked: [{ revokedAtSeconds: 1_604_106_651, challengeable: false }, "forbiddenWithoutScopes"],
  caller_blocked: [{ rule: secret, ruleReason: secret, blockedUntilSeconds: 1_604_106_651 }, "forbiddenWithoutScopes"],
  revocations_unavailable: [{ retryAfterSeconds: 7 }, "unavailable"],
  revocation_check_failed: [{}, "internal"],
  revocation_in_milliseconds: [{}, "internal"],
  route_unlisted: [{}, "notFound"],
  origin_unreachable: [{ cause: secret }, "badGateway"],
  identity_too_large: [{}, "internal"],
  origin_timeout: [{}, "timeout"],
  client_gone: [{}, "gone"],
  downstream_user_missing: [{}, "closed"],
  downstream_interaction_needed: [{ scopes, claims: "{}", challengeable: false, entra }, "stepMissing"],
  downstream_consent_needed: [{ scopes, claims: "{}", challengeable: false, entra }, "consentMissing"],
  downstream_refused: [{ scopes, entra }, "closed"],
  downstream_assertion_refused: [{ entra }, "badToken"],
  downstream_throttled: [{ retryAfterSeconds: 7, entra }, "downstreamUnavailable"],
  downstream_unavailable: [{ retryAfterSeconds: 7, cause: secret }, "downstreamUnavailable"],
  downstream_misconfigured: [
    { problem: secret, credential: secret, credentialExpires: secret, entra },
    "misconfigured",
  ],
  signing_key_unusable: [{ variable: secret, problem: secret }, "misconfigured"],
  misconfigured: [{}, "misconfigured"],
  internal_error: [{ cause: secret }, "internal"],
};

const denials = Object.entries(reasons).map(([reason, [members, name]]) => ({
  reason,
  name,
  denial: { reason, ...members } as Denial,
}));

describe("describeDenial", () => {
  it.each(denials)("answers $reason with the class $name", ({ denial, name }) => {
    const refusal = describeDenial(denial);
    const expected: Partial<Refusal> = classes[name];
    expect(refusal).toMatchObject(expected);
    expect(refusal.challenge).toEqual(expected.challenge);
    expect(refusal.retryAfterSeconds).toBe(expected.retryAfterSeconds);
    expect(refusal.title).toMatch(/^[A-Z][A-Za-z ]+$/);
    expect(refusal.detail).not.toBe("");
    expect(JSON.stringify(refusal)).not.toContain(secret);
  });

  it.each(Object.keys(classes))("has one response for every reason in %s", (name) => {
    const answers = denials.filter((each) => each.name === name).map(({ denial }) => describeDenial(denial));
    expect(answers).not.toEqual([]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it("has a different response for every class", () => {
    expect(new Set(denials.map(({ denial }) => JSON.stringify(describeDenial(denial)))).size).toBe(
      Object.keys(classes).length,
    );
  });

  it("names no scope if a scope would not help", () => {
    const refusal = describeDenial({ reason: "role_missing", scopes: [], roles: ["Read"] });
    expect(refusal.challenge).toEqual({ error: "insufficient_scope" });
  });
});

const reasonNames = Object.keys(reasons) as readonly Reason[];

describe("levelOfRefusal", () => {
  const of = (level: string) => reasonNames.filter((reason) => levelOfRefusal(reason) === level);

  it("is info for what happens in a sound system", () => {
    expect(of("info").sort()).toEqual([
      "agent_not_allowed",
      "audience_mismatch",
      "authentication_context_missing",
      "authority_not_allowed",
      "client_gone",
      "client_not_allowed",
      "credential_malformed",
      "credential_missing",
      "credential_other_scheme",
      "downstream_consent_needed",
      "downstream_interaction_needed",
      "downstream_user_missing",
      "expired",
      "graph_token",
      "group_missing",
      "id_token",
      "issuer_mismatch",
      "kind_not_allowed",
      "method_not_supported",
      "not_yet_valid",
      "role_missing",
      "route_unlisted",
      "scope_missing",
      "tenant_not_allowed",
      "tenant_not_allowed_here",
      "upgrade_not_supported",
      "version_mismatch",
    ]);
  });

  it("is error for faults of the operator and of servers", () => {
    expect(of("error").sort()).toEqual([
      "downstream_misconfigured",
      "downstream_unavailable",
      "groups_unavailable",
      "identity_too_large",
      "internal_error",
      "keys_unavailable",
      "misconfigured",
      "origin_timeout",
      "origin_unreachable",
      "requirement_missing",
      "revocation_check_failed",
      "revocation_in_milliseconds",
      "revocations_unavailable",
      "signing_key_unusable",
      "tenant_check_failed",
      "verifier_failed",
    ]);
  });

  it("is warn for all others", () => {
    expect(of("warn")).toHaveLength(reasonNames.length - of("info").length - of("error").length);
  });
});

describe("isReportableReason", () => {
  it("is true if another requirement would admit the caller", () => {
    expect(reasonNames.filter(isReportableReason).sort()).toEqual([
      "agent_not_allowed",
      "authentication_context_missing",
      "client_not_allowed",
      "group_missing",
      "groups_absent",
      "groups_are_names",
      "groups_overage",
      "kind_not_allowed",
      "role_missing",
      "scope_missing",
      "tenant_not_allowed_here",
    ]);
  });
});

describe("a claims challenge", () => {
  it("requests the authentication context", () => {
    const denial = { reason: "authentication_context_missing", scopes, context: "c1", challengeable: true } as const;
    expect(describeDenial(denial)).toEqual({
      status: 401,
      title: "Unauthorized",
      detail: "Request a new access token with the claims in the WWW-Authenticate header.",
      challenge: {
        error: "insufficient_claims",
        claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}',
      },
    });
  });

  it.each(["downstream_interaction_needed", "downstream_consent_needed"] as const)(
    "passes on Entra's claims unchanged: %s",
    (reason) => {
      const claims = '{ "access_token": {"polids":{"essential":true,"values":["p"]}} }';
      expect(describeDenial({ reason, scopes, claims, challengeable: true, entra })).toMatchObject({
        status: 401,
        challenge: { error: "insufficient_claims", claims },
      });
    },
  );

  it("requests a token that was issued later", () => {
    expect(
      describeDenial({ reason: "token_revoked", revokedAtSeconds: 1_604_106_651, challengeable: true }),
    ).toMatchObject({
      status: 401,
      challenge: {
        error: "insufficient_claims",
        claims: '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}',
      },
    });
  });

  it("is a text about each scope that needs consent, if the client cannot handle it", () => {
    const wanted = ["orders.read", "bills.read"];
    expect(
      describeDenial({
        reason: "downstream_consent_needed",
        scopes: wanted,
        claims: "{}",
        challengeable: false,
        entra,
      }),
    ).toMatchObject({ status: 403, detail: "Consent is required for orders.read bills.read" });
  });

  it("is the same object for the same list of scopes only", () => {
    const refuseFor = (wanted: readonly string[]) => describeDenial({ reason: "scope_missing", scopes: wanted });
    const [orders, bills] = [["orders.read"], ["bills.read"]];
    expect(refuseFor(orders)).toBe(refuseFor(orders));
    expect([orders, bills, [], orders].map((wanted) => refuseFor(wanted).challenge?.scopes)).toEqual([
      orders,
      bills,
      undefined,
      orders,
    ]);
    expect(refuseFor([])).toBe(refuseFor([]));
  });
});
