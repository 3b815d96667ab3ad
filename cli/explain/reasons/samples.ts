import type { Denial, EntraResponse, Reason } from "../../../src/tools/gate.ts";

/** One case of a reason: the other members of its denial, as the gate writes them. */
interface Sample<Members> {
  readonly members: Members;
  /** When the response differs from that of the last case. */
  readonly when?: string;
}

type DenialOf<R extends Reason> = Denial & { readonly reason: R };
type BareReason = { [R in Reason]: { readonly reason: R } extends Denial ? R : never }[Reason];
type Samples = {
  readonly [R in Exclude<Reason, BareReason>]: readonly Sample<Omit<DenialOf<R>, "reason">>[];
};

const scopes = ["orders.read"];
const retryAfterSeconds = 30;
const newToken = '{"access_token":{"nbf":{"essential":true,"value":"1795608000"}}}';
const secondFactor = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
const graphScopes = ["https://graph.microsoft.com/User.Read"];
const answer = (error: string, code: number, more: Partial<EntraResponse> = {}): EntraResponse => ({
  status: 400,
  error,
  ...more,
  codes: [code],
});

const byScopes = [
  { members: { scopes }, when: "the requirement of the route has scopes" },
  { members: { scopes: [] } },
] as const;
const byChallenge = <M extends object, N extends object>(members: M, last?: N) =>
  [
    { members: { ...members, challengeable: true, ...(last as N) }, when: "the client has `cp1`" },
    { members: { ...members, challengeable: false, ...(last as N) } },
  ] as const;

/** The cases of each reason that has other members. The response depends on some of them. */
export const samples: Samples = {
  too_many_failures: [{ members: { retryAfterSeconds } }],
  token_not_base64url: [{ members: { part: "payload" } }],
  token_not_json: [{ members: { part: "payload" } }],
  header_not_allowed: [{ members: { parameter: "jku" } }],
  time_invalid: [{ members: { claim: "nbf" } }],
  claim_invalid: [{ members: { claim: "azp" } }],
  keys_unavailable: [{ members: { retryAfterSeconds } }],
  verifier_refused: [{ members: { error: "TypeError" } }],
  client_not_allowed: [
    { members: { scopes }, when: "the route lists its clients and requires scopes" },
    { members: { scopes: [] } },
  ],
  tenant_not_allowed_here: byScopes,
  agent_not_allowed: byScopes,
  requirement_missing: [{ members: { scopes: [] } }],
  kind_not_allowed: [{ members: { scopes }, when: "users with a scope may call" }, { members: { scopes: [] } }],
  scope_missing: [{ members: { scopes } }],
  role_missing: [
    { members: { scopes: [], anyRole: ["Orders.Admin"] }, when: "the requirement of the route has no scopes" },
    { members: { scopes, roles: ["Orders.Admin"] } },
  ],
  group_missing: [{ members: { scopes, anyGroup: ["44444444-5555-6666-7777-888888888888"] } }],
  groups_absent: [{ members: { scopes } }],
  groups_overage: [{ members: { scopes } }],
  groups_are_names: [{ members: { scopes } }],
  groups_unavailable: [{ members: { cause: "status 503", retryAfterSeconds } }],
  groups_throttled: [{ members: { retryAfterSeconds } }],
  groups_denied: [{ members: { permission: "User.Read", cause: "status 403 Authorization_RequestDenied" } }],
  authentication_context_missing: byChallenge({ scopes, context: "c1" }),
  token_revoked: byChallenge({ revokedAtSeconds: 1_795_608_000 }),
  caller_blocked: [{ members: { rule: "user", ruleReason: "leaked secret", blockedUntilSeconds: 1_795_694_400 } }],
  revocations_unavailable: [{ members: { retryAfterSeconds } }],
  downstream_interaction_needed: byChallenge(
    { scopes: graphScopes, claims: secondFactor },
    { entra: answer("interaction_required", 50076, { suberror: "basic_action" }) },
  ),
  downstream_consent_needed: byChallenge(
    { scopes: graphScopes, claims: newToken },
    { entra: answer("invalid_grant", 65001, { suberror: "consent_required" }) },
  ),
  downstream_refused: [
    {
      members: {
        scopes: graphScopes,
        entra: answer("interaction_required", 53003, { suberror: "message_only" }),
      },
    },
  ],
  downstream_assertion_refused: [{ members: { entra: answer("invalid_grant", 50013) } }],
  downstream_throttled: [{ members: { retryAfterSeconds, entra: { status: 429 } } }],
  downstream_unavailable: [{ members: { retryAfterSeconds, cause: "timed out" } }],
  downstream_misconfigured: [
    {
      members: {
        problem: "Entra refused the request: invalid_scope",
        entra: answer("invalid_scope", 70011),
      },
    },
  ],
  internal_error: [{ members: { cause: "TypeError: total is not a function" } }],
  signing_key_unusable: [{ members: { variable: "GATE_SIGNING_KEY", problem: "cannot be read from its store" } }],
  origin_unreachable: [{ members: { cause: "ECONNREFUSED" } }],
};
