import type { Denial } from "./denial.ts";

/** `error` values of RFC 6750 section 3.1, and `insufficient_claims` of Microsoft's claims challenge. */
export type ChallengeError = "invalid_request" | "invalid_token" | "insufficient_scope" | "insufficient_claims";

/** What a caller is told: never which check failed, an expected value, or a part of the token. */
export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Present where the answer carries `WWW-Authenticate`; `{}` is a challenge without an error code. */
  readonly challenge?: {
    readonly error?: ChallengeError;
    readonly scopes?: readonly string[];
    /** Claims request, before base64 (Microsoft, "Claims challenges, claims requests and client capabilities"). */
    readonly claims?: string;
  };
  readonly retryAfterSeconds?: number;
}

const unauthenticated: Refusal = {
  status: 401,
  title: "Unauthorized",
  detail: "This resource needs a bearer access token in the Authorization header.",
  challenge: {},
};

const badCredential: Refusal = {
  status: 400,
  title: "Bad Request",
  detail: "The request must carry exactly one bearer access token, in the Authorization header.",
  challenge: { error: "invalid_request" },
};

const badToken: Refusal = {
  status: 401,
  title: "Unauthorized",
  detail: "The access token is not valid for this API.",
  challenge: { error: "invalid_token" },
};

/** Reasons that {@link badToken} answers: the compiler wants an answer for each. */
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

/** By the list of scopes that a rule wants, the same one with every request: what its answers share is made once. */
const forbiddenFor = new WeakMap<readonly string[], Refusal>();
const forbiddenAnyway = createForbidden();

function forbidden(scopes: readonly string[]): Refusal {
  if (scopes.length === 0) return forbiddenAnyway;
  const refusal = forbiddenFor.get(scopes) ?? createForbidden(scopes);
  forbiddenFor.set(scopes, refusal);
  return refusal;
}

function createForbidden(scopes?: readonly string[]): Refusal {
  return {
    status: 403,
    title: "Forbidden",
    detail: "The access token does not permit this request.",
    challenge: { error: "insufficient_scope", ...(scopes && { scopes }) },
  };
}

function claimsChallenge(claims: object): Refusal {
  return challengeWith(JSON.stringify({ access_token: claims }));
}

function challengeWith(claims: string): Refusal {
  return {
    status: 401,
    title: "Unauthorized",
    detail: "The access token must be renewed with the claims that the challenge names.",
    challenge: { error: "insufficient_claims", claims },
  };
}

/** Without a challenge: no token of this client would fit. */
function stepMissing(detail: string): Refusal {
  return { status: 403, title: "Forbidden", detail };
}

function unavailable(detail: string, retryAfterSeconds: number): Refusal {
  return { status: 503, title: "Service Unavailable", detail, retryAfterSeconds };
}

/**
 * Maps a denial to what its caller sees. The switch is exhaustive: a new reason does not compile without an answer.
 *
 * @param denial why the request was refused
 * @returns status, fixed text and challenge (RFC 6750 section 3, RFC 9457)
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
      return forbidden(denial.scopes);
    case "authentication_context_missing":
      return denial.challengeable
        ? claimsChallenge({ acrs: { essential: true, value: denial.context } })
        : forbidden(denial.scopes);
    case "token_revoked":
      return denial.challengeable
        ? claimsChallenge({ nbf: { essential: true, value: String(denial.revokedAtSeconds) } })
        : forbidden([]);
    case "keys_unavailable":
      return unavailable("Access tokens cannot be checked at the moment.", denial.retryAfterSeconds);
    case "too_many_failures":
      return {
        status: 429,
        title: "Too Many Requests",
        detail: "Too many access tokens from here were not valid.",
        retryAfterSeconds: denial.retryAfterSeconds,
      };
    case "plaintext_transport":
      return { status: 403, title: "Forbidden", detail: "This resource is served over HTTPS only." };
    case "method_not_supported":
      return { status: 501, title: "Not Implemented", detail: "This method is not supported here." };
    case "host_not_served":
      return { status: 421, title: "Misdirected Request", detail: "This host is not served here." };
    case "path_ambiguous":
    case "route_unlisted":
      return { status: 404, title: "Not Found", detail: "There is no such resource." };
    case "origin_unreachable":
      return { status: 502, title: "Bad Gateway", detail: "The service behind could not be reached." };
    case "origin_timeout":
      return { status: 504, title: "Gateway Timeout", detail: "The service behind did not answer in time." };
    case "client_gone":
      return { status: 499, title: "Client Closed Request", detail: "The client went away." };
    case "downstream_interaction_needed":
    case "downstream_consent_needed":
      if (denial.challengeable) return challengeWith(denial.claims);
      return stepMissing(
        denial.reason === "downstream_consent_needed"
          ? `Consent is missing: ${denial.scopes.join(" ")}`
          : `A further step of sign-in is needed: ${denial.claims}`,
      );
    case "downstream_user_missing":
    case "downstream_refused":
      return stepMissing("This is not open to this caller.");
    case "downstream_throttled":
    case "downstream_unavailable":
      return unavailable("This cannot be done at the moment.", denial.retryAfterSeconds);
    case "downstream_misconfigured":
    case "misconfigured":
      return { status: 500, title: "Internal Server Error", detail: "misconfigured" };
    case "tenant_check_failed":
    case "revocation_check_failed":
    case "verifier_failed":
    case "identity_too_large":
    case "internal_error":
      return { status: 500, title: "Internal Server Error", detail: "The request could not be handled." };
    default:
      denial.reason satisfies BadTokenReason;
      return badToken;
  }
}
