/**
 * Every reason why a request does not reach its handler or its origin server. The log gets `reason` and the other
 * members; the caller gets only the class, from `describeDenial`.
 */
export type Denial =
  | TransportDenial
  | DecodeDenial
  | ClaimsDenial
  | KeyDenial
  | PolicyDenial
  | ServingDenial
  | DownstreamDenial
  | GroupsDenial
  /** Failures of the gate itself: its configuration, a callback, or an exception. */
  | {
      readonly reason:
        | "misconfigured"
        | "tenant_check_failed"
        | "revocation_check_failed"
        | "revocation_in_milliseconds";
    }
  | { readonly reason: "internal_error"; readonly cause: string }
  /** The list of revocations was never read. */
  | { readonly reason: "revocations_unavailable"; readonly retryAfterSeconds: number }
  | VerifierDenial;

type TransportDenial =
  /** `send` says which spelling the router of DaloyJS and its `except` read in the same way. */
  | { readonly reason: "path_ambiguous"; readonly send?: "without_slash_at_end" | "percent_encoded" }
  /** `forwardedProto` says what is wrong with `X-Forwarded-Proto` behind a proxy that ends TLS. */
  | { readonly reason: "plaintext_transport"; readonly forwardedProto?: "absent" | "repeated" | "other" }
  | {
      readonly reason:
        | "message_ambiguous"
        | "method_not_supported"
        | "upgrade_not_supported"
        | "host_not_served"
        | "credential_missing"
        | "credential_other_scheme"
        | "credential_malformed"
        | "credential_repeated"
        | "credential_also_in_query";
    }
  | { readonly reason: "too_many_failures"; readonly retryAfterSeconds: number };

type DecodeDenial =
  | { readonly reason: "token_too_large" | "token_not_compact" | "token_encrypted" }
  | { readonly reason: "token_not_base64url"; readonly part: TokenPart }
  | { readonly reason: "token_not_json"; readonly part: "header" | "payload" }
  | { readonly reason: "algorithm_not_allowed" | "type_not_jwt" | "kid_invalid" | "graph_token" }
  | { readonly reason: "header_not_allowed"; readonly parameter: string };

type ClaimsDenial =
  | { readonly reason: "tenant_invalid" | "tenant_ambiguous" | "tenant_not_allowed" }
  | { readonly reason: "issuer_mismatch" | "version_mismatch" | "audience_mismatch" }
  | { readonly reason: "time_invalid"; readonly claim: TimeClaim }
  | { readonly reason: "times_out_of_order" | "lifetime_too_long" | "expired" | "not_yet_valid" }
  | { readonly reason: "claim_invalid"; readonly claim: string }
  | { readonly reason: "id_token" | "bound_token" | "kind_unknown" };

type KeyDenial =
  | { readonly reason: "tenant_unknown" | "key_unknown" | "key_issuer_mismatch" | "signature_invalid" }
  | { readonly reason: "keys_unavailable"; readonly retryAfterSeconds: number };

/** What the principal or its client lacks. */
export type ScopedReason =
  | "authority_not_allowed"
  | "client_not_allowed"
  | "tenant_not_allowed_here"
  | "agent_not_allowed"
  | "requirement_missing"
  | "kind_not_allowed"
  | "scope_missing"
  | "groups_absent"
  | "groups_overage"
  | "groups_are_names";

/** `scopes` are scopes that the route requires: if the caller lacks scopes, those. The challenge lists them. */
export type PolicyDenial =
  | { readonly reason: ScopedReason; readonly scopes: readonly string[] }
  | {
      readonly reason: "role_missing";
      readonly scopes: readonly string[];
      /** The required app roles, if the caller lacks one of them. */
      readonly roles?: readonly string[] | undefined;
      /** App roles of which one is required, if the caller has none of them. */
      readonly anyRole?: readonly string[] | undefined;
    }
  | {
      readonly reason: "group_missing";
      readonly scopes: readonly string[];
      /** The required groups, if the caller is not in one of them. */
      readonly groups?: readonly string[] | undefined;
      /** Groups of which one is required, if the caller is in none of them. */
      readonly anyGroup?: readonly string[] | undefined;
    }
  | {
      readonly reason: "authentication_context_missing";
      readonly scopes: readonly string[];
      readonly context: string;
      readonly challengeable: boolean;
    }
  | {
      readonly reason: "token_revoked";
      /** What the rule of a list names, and why it exists. Absent if `revokedAtSeconds` decided. */
      readonly rule?: string;
      readonly ruleReason?: string;
      readonly revokedAtSeconds: number;
      readonly challengeable: boolean;
    }
  | {
      readonly reason: "caller_blocked";
      readonly rule: string;
      readonly ruleReason?: string;
      readonly blockedUntilSeconds: number;
    };

/** Microsoft Graph did not say in which groups the user is. */
export type GroupsDenial =
  | { readonly reason: "groups_unavailable"; readonly retryAfterSeconds: number; readonly cause: string }
  | { readonly reason: "groups_throttled"; readonly retryAfterSeconds: number }
  /** `permission` is what the call needs. */
  | { readonly reason: "groups_denied"; readonly permission: string; readonly cause: string }
  | { readonly reason: "groups_too_many_pages" | "groups_too_many_groups" };

/**
 * Failures of a custom verifier in an adapter. Only the error's name is logged, because its message may contain the
 * token.
 */
type VerifierDenial =
  | { readonly reason: "verifier_refused"; readonly error: string }
  | { readonly reason: "verifier_failed" };

type ServingDenial =
  | { readonly reason: "route_unlisted" | "identity_too_large" | "origin_timeout" | "client_gone" }
  | { readonly reason: "origin_unreachable"; readonly cause: string }
  /** The gate cannot sign for the origin, or publish its keys. `variable` has the key. */
  | { readonly reason: "signing_key_unusable"; readonly variable: string; readonly problem: string };

/** Failures to acquire a token for another API. `scopes` are the requested scopes. */
type DownstreamDenial =
  /** The caller is an application, or there is none: no user to act on behalf of. */
  | { readonly reason: "downstream_user_missing" }
  /** `claims` is the claims request for the next sign-in, as JSON text. */
  | {
      readonly reason: "downstream_interaction_needed" | "downstream_consent_needed";
      readonly scopes: readonly string[];
      readonly claims: string;
      readonly challengeable: boolean;
      readonly entra: EntraResponse;
    }
  | { readonly reason: "downstream_refused"; readonly scopes: readonly string[]; readonly entra: EntraResponse }
  | { readonly reason: "downstream_assertion_refused"; readonly entra: EntraResponse }
  | { readonly reason: "downstream_throttled"; readonly retryAfterSeconds: number; readonly entra: EntraResponse }
  | { readonly reason: "downstream_unavailable"; readonly retryAfterSeconds: number; readonly cause: string }
  | {
      readonly reason: "downstream_misconfigured";
      readonly problem: string;
      /** The variable of the failed credential, and its expiry date if known. */
      readonly credential?: string;
      readonly credentialExpires?: string;
      readonly entra?: EntraResponse;
    };

/** The part of an error response from Entra's token endpoint that is logged: codes and IDs, never its text. */
export interface EntraResponse {
  readonly status: number;
  readonly error?: string;
  readonly suberror?: string;
  readonly codes?: readonly number[];
  readonly traceId?: string;
  readonly correlationId?: string;
}

export type Reason = Denial["reason"];
export type TokenPart = "header" | "payload" | "signature";
export type TimeClaim = "exp" | "nbf" | "iat";
