import type { Denial, Reason } from "./denial.ts";

/** `error` values of RFC 6750 section 3.1, and `insufficient_claims` of Microsoft's claims challenge. */
export type ChallengeError = "invalid_request" | "invalid_token" | "insufficient_scope" | "insufficient_claims";

/**
 * The response to a refused request. It shows the class of the refusal, and never the failed check, an expected value
 * or a part of the token.
 */
export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Present if the response has a `WWW-Authenticate` header; `{}` is a challenge without an error code. */
  readonly challenge?: {
    readonly error?: ChallengeError;
    readonly scopes?: readonly string[];
    /** Claims request as JSON text (Microsoft, "Claims challenges, claims requests and client capabilities"). */
    readonly claims?: string;
  };
  readonly retryAfterSeconds?: number;
}

function refusal(status: number, title: string, detail: string, challenge?: Refusal["challenge"]): Refusal {
  return { status, title, detail, ...(challenge && { challenge }) };
}

function retryable(status: number, title: string, detail: string, denial: { retryAfterSeconds: number }): Refusal {
  return { ...refusal(status, title, `${detail} Retry later.`), retryAfterSeconds: denial.retryAfterSeconds };
}

const unauthenticated = refusal(
  401,
  "Unauthorized",
  "This resource requires a bearer access token in the Authorization header.",
  {},
);

const badCredential = refusal(
  400,
  "Bad Request",
  "Send exactly one bearer access token, in the Authorization header.",
  {
    error: "invalid_request",
  },
);

const badToken = refusal(401, "Unauthorized", "The access token is not valid for this API. Request a new one.", {
  error: "invalid_token",
});

/** Reasons that share the response {@link badToken}. A reason that is missing here does not compile. */
type BadTokenReason =
  | "token_too_large"
  | "token_not_compact"
  | "token_encrypted"
  | "token_not_base64url"
  | "token_not_json"
  | "algorithm_not_allowed"
  | "type_not_jwt"
  | "kid_invalid"
  | "header_not_allowed"
  | "graph_token"
  | "tenant_invalid"
  | "tenant_ambiguous"
  | "issuer_mismatch"
  | "version_mismatch"
  | "tenant_not_allowed"
  | "audience_mismatch"
  | "time_invalid"
  | "times_out_of_order"
  | "lifetime_too_long"
  | "expired"
  | "not_yet_valid"
  | "claim_invalid"
  | "id_token"
  | "bound_token"
  | "kind_unknown"
  | "tenant_unknown"
  | "key_unknown"
  | "key_issuer_mismatch"
  | "signature_invalid"
  | "verifier_refused"
  | "downstream_assertion_refused";

/** Refusals by the list of scopes. A requirement always passes the same list, so its refusal is created once. */
const forbiddenFor = new WeakMap<readonly string[], Refusal>();
const forbiddenAnyway = createForbidden();

function forbidden(scopes: readonly string[]): Refusal {
  if (scopes.length === 0) return forbiddenAnyway;
  const refusal = forbiddenFor.get(scopes) ?? createForbidden(scopes);
  forbiddenFor.set(scopes, refusal);
  return refusal;
}

function createForbidden(scopes?: readonly string[]): Refusal {
  return refusal(403, "Forbidden", "The access token does not permit this request.", {
    error: "insufficient_scope",
    ...(scopes && { scopes }),
  });
}

function claimsChallenge(claims: object): Refusal {
  return challengeWith(JSON.stringify({ access_token: claims }));
}

function challengeWith(claims: string): Refusal {
  return refusal(401, "Unauthorized", "Request a new access token with the claims in the WWW-Authenticate header.", {
    error: "insufficient_claims",
    claims,
  });
}

/**
 * Maps a denial to the response for the caller. The switch is exhaustive: a reason without a response does not compile.
 *
 * @param denial why the request was refused
 * @returns status, text and challenge (RFC 6750 section 3, RFC 9457)
 */
export function describeDenial(denial: Denial): Refusal {
  switch (denial.reason) {
    case "credential_missing":
    case "credential_other_scheme":
      return unauthenticated;
    case "credential_malformed":
    case "credential_repeated":
    case "credential_also_in_query":
      return badCredential;
    case "client_not_allowed":
    case "tenant_not_allowed_here":
    case "agent_not_allowed":
    case "requirement_missing":
    case "kind_not_allowed":
    case "scope_missing":
    case "role_missing":
    case "group_missing":
    case "groups_absent":
    case "groups_overage":
    case "groups_are_names":
      return forbidden(denial.scopes);
    case "authentication_context_missing":
      return denial.challengeable
        ? claimsChallenge({ acrs: { essential: true, value: denial.context } })
        : forbidden(denial.scopes);
    case "token_revoked":
      return denial.challengeable
        ? claimsChallenge({ nbf: { essential: true, value: String(denial.revokedAtSeconds) } })
        : forbidden([]);
    case "caller_blocked":
      // A new token would be refused too, so a challenge would be useless.
      return forbidden([]);
    case "keys_unavailable":
    case "revocations_unavailable":
      return retryable(503, "Service Unavailable", "Access tokens cannot be verified at the moment.", denial);
    case "too_many_failures":
      return retryable(429, "Too Many Requests", "Too many invalid access tokens came from your address.", denial);
    case "plaintext_transport":
      return refusal(403, "Forbidden", "This resource requires HTTPS.");
    case "message_ambiguous":
      return refusal(400, "Bad Request", "The headers of the request are ambiguous.");
    case "method_not_supported":
      return refusal(501, "Not Implemented", "This method is not supported.");
    case "host_not_served":
      return refusal(421, "Misdirected Request", "This server does not serve the requested host.");
    case "path_ambiguous":
    case "route_unlisted":
      return refusal(404, "Not Found", "The resource was not found.");
    case "origin_unreachable":
      return refusal(502, "Bad Gateway", "The origin server could not be reached. Retry later.");
    case "origin_timeout":
      return refusal(
        504,
        "Gateway Timeout",
        "The origin server did not respond in time. It may have processed the request.",
      );
    case "client_gone":
      return refusal(499, "Client Closed Request", "The client closed the connection.");
    case "downstream_interaction_needed":
    case "downstream_consent_needed":
      if (denial.challengeable) return challengeWith(denial.claims);
      // The client does not declare `cp1`, so it cannot handle a challenge.
      return refusal(
        403,
        "Forbidden",
        denial.reason === "downstream_consent_needed"
          ? `Consent is required for ${denial.scopes.join(" ")}`
          : `Sign in again with these claims: ${denial.claims}`,
      );
    case "downstream_user_missing":
    case "downstream_refused":
    case "groups_denied":
    case "groups_too_many_pages":
    case "groups_too_many_groups":
      return refusal(403, "Forbidden", "This caller may not use this resource.");
    case "downstream_throttled":
    case "downstream_unavailable":
    case "groups_throttled":
    case "groups_unavailable":
      return retryable(503, "Service Unavailable", "An API that this request needs is unavailable.", denial);
    case "downstream_misconfigured":
    case "signing_key_unusable":
    case "misconfigured":
      return refusal(500, "Internal Server Error", "The server is misconfigured. Contact the operator.");
    case "tenant_check_failed":
    case "revocation_check_failed":
    case "revocation_in_milliseconds":
    case "verifier_failed":
    case "identity_too_large":
    case "internal_error":
      return refusal(500, "Internal Server Error", "An internal error occurred. Contact the operator.");
    default:
      denial.reason satisfies BadTokenReason;
      return badToken;
  }
}

/** How soon an operator has to look at a log line: not at all, if there are many, or now. */
export type Level = "info" | "warn" | "error";

/** Reasons with the level `warn`, beside those of {@link BadTokenReason}. */
type WarnReason =
  | BadTokenReason
  | "plaintext_transport"
  | "message_ambiguous"
  | "path_ambiguous"
  | "host_not_served"
  | "credential_repeated"
  | "credential_also_in_query"
  | "too_many_failures"
  | "token_revoked"
  | "caller_blocked"
  | "groups_absent"
  | "groups_overage"
  | "groups_are_names"
  | "groups_throttled"
  | "groups_denied"
  | "groups_too_many_pages"
  | "groups_too_many_groups"
  | "downstream_refused"
  | "downstream_throttled";

/**
 * Returns the level of a refusal in the log. `error`: the gate, its configuration, Entra or the origin failed. `info`: good
 * callers meet it in normal operation. `warn`: only a forged or broken request has it, or a setting in Entra is missing. A
 * reason without a level does not compile.
 */
export function levelOfRefusal(reason: Reason): Level {
  switch (reason) {
    case "credential_missing":
    case "credential_other_scheme":
    case "credential_malformed":
    case "client_not_allowed":
    case "tenant_not_allowed_here":
    case "agent_not_allowed":
    case "kind_not_allowed":
    case "scope_missing":
    case "role_missing":
    case "group_missing":
    case "authentication_context_missing":
    case "method_not_supported":
    case "route_unlisted":
    case "client_gone":
    case "downstream_interaction_needed":
    case "downstream_consent_needed":
    case "downstream_user_missing":
    case "graph_token":
    case "tenant_not_allowed":
    case "issuer_mismatch":
    case "version_mismatch":
    case "audience_mismatch":
    case "expired":
    case "not_yet_valid":
    case "id_token":
      return "info";
    case "requirement_missing":
    case "keys_unavailable":
    case "revocations_unavailable":
    case "origin_unreachable":
    case "origin_timeout":
    case "groups_unavailable":
    case "downstream_unavailable":
    case "downstream_misconfigured":
    case "signing_key_unusable":
    case "misconfigured":
    case "tenant_check_failed":
    case "revocation_check_failed":
    case "revocation_in_milliseconds":
    case "verifier_failed":
    case "identity_too_large":
    case "internal_error":
      return "error";
    default:
      reason satisfies WarnReason;
      return "warn";
  }
}
