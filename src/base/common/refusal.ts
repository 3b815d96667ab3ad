import type { Denial, PolicyDenial, Reason } from "./denial.ts";

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

/** How soon an operator has to look at a log line: not at all, if there are many, or now. */
export type Level = "info" | "warn" | "error";

/** What follows from a reason. */
interface Row<Name extends Reason> {
  /**
   * `error`: the gate, its configuration, Entra or the origin failed. `info`: good callers meet it in normal operation.
   * `warn`: only a forged or broken request has it, or a setting in Entra is missing.
   */
  readonly level: Level;
  /** The response, or how to write it. */
  readonly respond: Refusal | ((denial: DenialOf<Name>) => Refusal);
}

/** Denials with one reason. */
type DenialOf<Name extends Reason, Each extends Denial = Denial> = Each extends unknown
  ? Name extends Each["reason"]
    ? Each
    : never
  : never;

/** For a reason of the policy, also whether report mode admits its callers. Other denials refuse in every mode. */
interface PolicyRow<Name extends Reason> extends Row<Name> {
  readonly isReportable: boolean;
}

const anonymous = { level: "info", respond: unauthenticated } as const;
const unusable = { level: "warn", respond: badCredential } as const;
/** Only a forged or broken token has such a fault, and so does a reason that the compiler does not know. */
const brokenToken: Row<Reason> = { level: "warn", respond: badToken };

/** Reasons with the row {@link brokenToken}. A reason that is missing here and in the table does not compile. */
type BrokenTokenReason =
  | "token_too_large"
  | "token_not_compact"
  | "token_encrypted"
  | "token_not_base64url"
  | "token_not_json"
  | "algorithm_not_allowed"
  | "type_not_jwt"
  | "kid_invalid"
  | "header_not_allowed"
  | "tenant_invalid"
  | "tenant_ambiguous"
  | "time_invalid"
  | "times_out_of_order"
  | "lifetime_too_long"
  | "claim_invalid"
  | "bound_token"
  | "kind_unknown"
  | "tenant_unknown"
  | "key_unknown"
  | "key_issuer_mismatch"
  | "signature_invalid"
  | "downstream_assertion_refused"
  | "verifier_refused";
/** A token of Entra that is for somebody else, or for another time. */
const wrongToken = { level: "info", respond: badToken } as const;
const lacking = {
  level: "info",
  isReportable: true,
  respond: ({ scopes }: { readonly scopes: readonly string[] }) => forbidden(scopes),
} as const;
/** The token does not list groups as the registration should. */
const groupless = { ...lacking, level: "warn" } as const;
const uncallable = refusal(403, "Forbidden", "This caller may not use this resource.");
const withheld = { level: "warn", respond: uncallable } as const;
const notFound = refusal(404, "Not Found", "The resource was not found.");
const misconfigured = {
  level: "error",
  respond: refusal(500, "Internal Server Error", "The server is misconfigured. Contact the operator."),
} as const;
const broken = {
  level: "error",
  respond: refusal(500, "Internal Server Error", "An internal error occurred. Contact the operator."),
} as const;

type Retryable = { readonly retryAfterSeconds: number };

function respondUnverifiable(denial: Retryable): Refusal {
  return retryable(503, "Service Unavailable", "Access tokens cannot be verified at the moment.", denial);
}

function respondDependent(denial: Retryable): Refusal {
  return retryable(503, "Service Unavailable", "An API that this request needs is unavailable.", denial);
}

/** What follows from each of the other reasons. */
const rows: {
  readonly [Name in Exclude<Reason, BrokenTokenReason>]: Name extends PolicyDenial["reason"]
    ? PolicyRow<Name>
    : Row<Name>;
} = {
  plaintext_transport: { level: "warn", respond: refusal(403, "Forbidden", "This resource requires HTTPS.") },
  message_ambiguous: {
    level: "warn",
    respond: refusal(400, "Bad Request", "The headers of the request are ambiguous."),
  },
  path_ambiguous: { level: "warn", respond: notFound },
  method_not_supported: {
    level: "info",
    respond: refusal(501, "Not Implemented", "This method is not supported."),
  },
  upgrade_not_supported: {
    level: "info",
    respond: refusal(501, "Not Implemented", "WebSockets are not supported."),
  },
  host_not_served: {
    level: "warn",
    respond: refusal(421, "Misdirected Request", "This server does not serve the requested host."),
  },
  credential_missing: anonymous,
  credential_other_scheme: anonymous,
  credential_malformed: { ...unusable, level: "info" },
  credential_repeated: unusable,
  credential_also_in_query: unusable,
  too_many_failures: {
    level: "warn",
    respond: (denial) =>
      retryable(429, "Too Many Requests", "Too many invalid access tokens came from your address.", denial),
  },
  graph_token: wrongToken,
  issuer_mismatch: wrongToken,
  version_mismatch: wrongToken,
  tenant_not_allowed: wrongToken,
  audience_mismatch: wrongToken,
  expired: wrongToken,
  not_yet_valid: wrongToken,
  id_token: wrongToken,
  keys_unavailable: { level: "error", respond: respondUnverifiable },
  // Report mode must not open a route to the callers of an authority that it does not name.
  authority_not_allowed: { ...lacking, isReportable: false },
  client_not_allowed: lacking,
  tenant_not_allowed_here: lacking,
  agent_not_allowed: lacking,
  kind_not_allowed: lacking,
  scope_missing: lacking,
  role_missing: lacking,
  group_missing: lacking,
  groups_absent: groupless,
  groups_overage: groupless,
  groups_are_names: groupless,
  // Without any requirement, report mode would admit every caller.
  requirement_missing: { ...lacking, level: "error", isReportable: false },
  authentication_context_missing: {
    level: "info",
    isReportable: true,
    respond: ({ challengeable, context, scopes }) =>
      challengeable ? claimsChallenge({ acrs: { essential: true, value: context } }) : forbidden(scopes),
  },
  token_revoked: {
    level: "warn",
    // A revoked token no longer proves who the caller is.
    isReportable: false,
    respond: ({ challengeable, revokedAtSeconds }) =>
      challengeable ? claimsChallenge({ nbf: { essential: true, value: String(revokedAtSeconds) } }) : forbidden([]),
  },
  // A new token would be refused too, so a challenge would be useless.
  caller_blocked: { level: "warn", isReportable: false, respond: forbiddenAnyway },
  groups_unavailable: { level: "error", respond: respondDependent },
  groups_throttled: { level: "warn", respond: respondDependent },
  groups_denied: withheld,
  groups_too_many_pages: withheld,
  groups_too_many_groups: withheld,
  route_unlisted: { level: "info", respond: notFound },
  origin_unreachable: {
    level: "error",
    respond: refusal(502, "Bad Gateway", "The origin server could not be reached. Retry later."),
  },
  origin_timeout: {
    level: "error",
    respond: refusal(
      504,
      "Gateway Timeout",
      "The origin server did not respond in time. It may have processed the request.",
    ),
  },
  client_gone: { level: "info", respond: refusal(499, "Client Closed Request", "The client closed the connection.") },
  identity_too_large: broken,
  signing_key_unusable: misconfigured,
  downstream_user_missing: { level: "info", respond: uncallable },
  // A client that does not declare `cp1` cannot handle a challenge.
  downstream_interaction_needed: {
    level: "info",
    respond: ({ challengeable, claims }) =>
      challengeable ? challengeWith(claims) : refusal(403, "Forbidden", `Sign in again with these claims: ${claims}`),
  },
  downstream_consent_needed: {
    level: "info",
    respond: ({ challengeable, claims, scopes }) =>
      challengeable ? challengeWith(claims) : refusal(403, "Forbidden", `Consent is required for ${scopes.join(" ")}`),
  },
  downstream_refused: withheld,
  downstream_throttled: { level: "warn", respond: respondDependent },
  downstream_unavailable: { level: "error", respond: respondDependent },
  downstream_misconfigured: misconfigured,
  verifier_failed: broken,
  revocations_unavailable: { level: "error", respond: respondUnverifiable },
  tenant_check_failed: broken,
  revocation_check_failed: broken,
  revocation_in_milliseconds: broken,
  misconfigured,
  internal_error: broken,
};

function rowOf(reason: Reason): Row<Reason> & { readonly isReportable?: boolean } {
  return (rows as Readonly<Partial<Record<Reason, Row<Reason>>>>)[reason] ?? brokenToken;
}

/**
 * Returns the response for the caller.
 *
 * @param denial why the request was refused
 * @returns status, text and challenge (RFC 6750 section 3, RFC 9457)
 */
export function describeDenial(denial: Denial): Refusal {
  const { respond } = rowOf(denial.reason);
  return typeof respond === "function" ? respond(denial) : respond;
}

/** Returns the level of a refusal in the log. */
export function levelOfRefusal(reason: Reason): Level {
  return rowOf(reason).level;
}

/** Whether report mode admits a caller with a denial of the policy. */
export function isReportableReason(reason: Reason): boolean {
  return rowOf(reason).isReportable === true;
}
