import type { Denial, EntraResponse } from "../../base/common/denial.ts";
import { secondsUntil } from "../../base/common/period.ts";
import { isChallengeable } from "../../core/policy/decision.ts";
import type { Identity } from "../../core/token/identity.ts";

/** Why a token is unavailable. It is settled, and shared between requests for the same token. */
export type TokenFailure =
  | {
      readonly kind: "interaction_needed" | "consent_needed";
      /** Claims request as Entra sent it; `undefined` if it sent none. */
      readonly claims: string | undefined;
      readonly entra: EntraResponse;
    }
  | { readonly kind: "refused" | "assertion_refused"; readonly entra: EntraResponse }
  | { readonly kind: "throttled"; readonly retryAfterMs: number; readonly entra: EntraResponse }
  | { readonly kind: "unavailable"; readonly cause: string }
  | {
      readonly kind: "misconfigured";
      readonly problem: string;
      readonly credential?: string;
      readonly expires?: string;
      readonly entra?: EntraResponse;
    };

/** Whether a retry would have the same result. An earlier token is then invalid too. */
export function isFinal({ kind }: TokenFailure): boolean {
  return kind !== "throttled" && kind !== "unavailable" && kind !== "misconfigured";
}

/**
 * Converts a failure to the denial of one request.
 *
 * @param scopes that were requested
 * @param identity of the caller; `undefined` on public routes
 * @param retryAtMs time of the next request to Entra
 */
export function describeFailure(
  failure: TokenFailure,
  scopes: readonly string[],
  identity: Identity | undefined,
  { retryAtMs, nowMs }: { readonly retryAtMs: number; readonly nowMs: number },
): Denial {
  const retryAfterSeconds = secondsUntil(retryAtMs, nowMs);
  switch (failure.kind) {
    case "interaction_needed":
    case "consent_needed": {
      const claims = failure.claims ?? askForNewToken(nowMs);
      const challengeable = identity !== undefined && isChallengeable(identity);
      return { reason: `downstream_${failure.kind}`, scopes, claims, challengeable, entra: failure.entra };
    }
    case "refused":
      return { reason: "downstream_refused", scopes, entra: failure.entra };
    case "assertion_refused":
      return { reason: "downstream_assertion_refused", entra: failure.entra };
    case "throttled":
      return { reason: "downstream_throttled", retryAfterSeconds, entra: failure.entra };
    case "unavailable":
      return { reason: "downstream_unavailable", retryAfterSeconds, cause: failure.cause };
    case "misconfigured": {
      const { kind: _, expires, ...said } = failure;
      return { reason: "downstream_misconfigured", ...said, ...(expires && { credentialExpires: expires }) };
    }
  }
}

/**
 * A challenge must contain claims. This one requires a token that is issued from now on, so the client signs the user
 * in again.
 */
function askForNewToken(nowMs: number): string {
  return JSON.stringify({ access_token: { nbf: { essential: true, value: String(Math.floor(nowMs / 1_000)) } } });
}
