import type { TokenVersion } from "../authority/version.ts";
import { isGuid } from "../config/guid.ts";
import type { Denial } from "../denial.ts";
import { fail, type Result, succeed } from "../result.ts";
import type { JsonObject } from "./json.ts";

/** Who is behind a token: a user for whom an app acts, or an app for itself. */
export type PrincipalKind = "user" | "app";

/** Claims that only ID tokens carry (Microsoft, "ID token claims reference"). */
const idTokenClaims = ["nonce", "c_hash", "at_hash"] as const;

/** Name of the claim that holds the client application's id, by version. */
export const clientClaims: Readonly<Record<TokenVersion, "azp" | "appid">> = { "2.0": "azp", "1.0": "appid" };

/** What `scp` says of a token without delegated permissions: Azure writes `/` for those of apps. */
const emptyScopes: readonly unknown[] = [undefined, "", "/"];

/**
 * Tells delegated from app-only access tokens, and refuses what is neither. An ID token has the same signer, issuer
 * and, for a client that shares the API's registration, the same audience; it may even carry roles.
 *
 * An agent that acts as itself (Entra Agent ID) is an app whose `oid` differs from `sub`: only `idtyp` tells it from an ID token.
 *
 * @param version chooses between `azp` and `appid`
 * @see https://learn.microsoft.com/entra/identity-platform/claims-validation
 * @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-token-claims
 */
export function readKind(claims: JsonObject, version: TokenVersion): Result<PrincipalKind, Denial> {
  if (idTokenClaims.some((claim) => Object.hasOwn(claims, claim))) return fail({ reason: "id_token" });
  // Proof of possession was asked for, and a bearer proves nothing (RFC 7800).
  if (Object.hasOwn(claims, "cnf")) return fail({ reason: "bound_token" });
  const { scp, idtyp, oid, sub } = claims;
  const clientClaim = clientClaims[version];
  if (!isGuid(claims[clientClaim])) return fail({ reason: "claim_invalid", claim: clientClaim });
  if (!isGuid(oid)) return fail({ reason: "claim_invalid", claim: "oid" });
  if (typeof sub !== "string" || sub === "") return fail({ reason: "claim_invalid", claim: "sub" });
  if (scp !== undefined && typeof scp !== "string") return fail({ reason: "claim_invalid", claim: "scp" });

  const hasScopes = !emptyScopes.includes(scp);
  if (hasScopes && (idtyp === undefined || idtyp === "user")) return succeed("user");
  if (!hasScopes && idtyp === "app") return succeed("app");
  if (scp === undefined && idtyp === undefined && oid === sub) return succeed("app");
  return fail({ reason: "kind_unknown" });
}
