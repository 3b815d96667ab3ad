import type { EntraResponse } from "../../base/common/denial.ts";
import { readJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { isRecord } from "../../base/common/objects.ts";
import { isGuid } from "../../core/config/guid.ts";
import type { TokenFailure } from "./failure.ts";

/** A response of the token endpoint. */
export interface TokenResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

/** `suberror` values that the user can resolve. */
const interactiveSuberrors = ["basic_action", "additional_action", "user_password_expired", "interrupted_user"];

/**
 * Classifies a response without a token. It uses only `error`, `suberror` and `claims`, because codes and texts change.
 *
 * @returns `credential_refused` if another credential may be tried
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function judgeResponse(response: TokenResponse): TokenFailure | "credential_refused" {
  const { status, body, retryAfterMs } = response;
  const { error, suberror } = body;
  const entra = describeResponse(response);
  if (status === 429 || error === "temporarily_unavailable" || (status === 503 && retryAfterMs !== undefined)) {
    return { kind: "throttled", retryAfterMs: retryAfterMs ?? limits.downstreamThrottledMilliseconds, entra };
  }
  if (status < 400 || status >= 500 || error === "server_error")
    return { kind: "unavailable", cause: `Entra responded with status ${status}` };
  if (error === "invalid_client") return "credential_refused";
  if (suberror === "message_only" || error === "access_denied") return { kind: "refused", entra };
  const claims = readClaims(body.claims);
  if (suberror === "consent_required" || error === "consent_required") return { kind: "consent_needed", claims, entra };
  if (error === "interaction_required" || error === "login_required") {
    return { kind: "interaction_needed", claims, entra };
  }
  if (error === "invalid_grant") {
    const interactive = claims !== undefined || interactiveSuberrors.some((known) => known === suberror);
    return interactive ? { kind: "interaction_needed", claims, entra } : { kind: "assertion_refused", entra };
  }
  return { kind: "misconfigured", problem: `Entra refused the request: ${entra.error ?? "without an error"}`, entra };
}

/**
 * Refusals of a federated assertion: no matching credential (also for a while after its registration), or keys that
 * Entra could not fetch. Entra gives some of them `invalid_request`, which says nothing about the credential, so the
 * codes decide. A code that changes costs one retry, or the next credential.
 */
const federationCodes: ReadonlySet<unknown> = new Set([
  70021, 700211, 700212, 700213, 5002727, 70023, 50166, 501661, 90061,
]);

/** Whether Entra refused an assertion because of its issuer. */
export function isFederationRefusal(response: TokenResponse | undefined): boolean {
  const codes = response?.body.error_codes;
  return Array.isArray(codes) && codes.some((code) => federationCodes.has(code));
}

/** Returns the part of a response that is logged: only values in the form of a code or an ID. */
export function describeResponse({ status, body }: TokenResponse): EntraResponse {
  const { error, suberror, error_codes: codes, trace_id: traceId, correlation_id: correlationId } = body;
  return {
    status,
    ...(isWord(error) && { error }),
    ...(isWord(suberror) && { suberror }),
    ...(Array.isArray(codes) && { codes: codes.filter((code) => Number.isSafeInteger(code)).slice(0, 8) }),
    ...(isGuid(traceId) && { traceId }),
    ...(isGuid(correlationId) && { correlationId }),
  };
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[a-z_]{1,64}$/.test(value);
}

/**
 * Reads a claims request, which is passed on unchanged.
 *
 * @returns its text, if it is a JSON object that fits in a challenge, and to whose members MSAL can add claims
 */
export function readClaims(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > limits.downstreamClaimsCharacters) return undefined;
  if (!/^[\x20-\x7e]+$/.test(value)) return undefined;
  const claims = readJson(value);
  const isUsable = isRecord(claims) && extendedMembers.every((name) => !(name in claims) || isRecord(claims[name]));
  return isUsable ? value : undefined;
}

/** The members to which MSAL adds claims. It throws if one of them is no object. */
const extendedMembers = ["access_token", "id_token"] as const;
