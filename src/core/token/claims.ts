import type { Denial, TimeClaim } from "../../base/common/denial.ts";
import * as limits from "../../base/common/limits.ts";
import { isTextList } from "../../base/common/objects.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { Authority } from "../authority/authority.ts";
import type { TokenVersion } from "../authority/version.ts";
import { isGuid } from "../config/guid.ts";
import type { TenantRule } from "../config/tenants.ts";
import type { JsonObject } from "./decode.ts";

/** The part of the configuration that applies to claims. */
export interface ClaimRules {
  readonly authority: Authority;
  readonly tenants: TenantRule;
  readonly audiences: ReadonlySet<string>;
  readonly clockSkewSeconds: number;
}

/** The results of the checks. */
export interface CheckedClaims {
  /** Name of the authority that issued the token. */
  readonly authority: string;
  readonly version: TokenVersion;
  readonly issuer: string;
  readonly tenant: string;
  readonly kind: PrincipalKind;
  readonly validity: Validity;
}

/** When the token is valid, in seconds since the epoch, including the clock skew. */
export interface Validity {
  readonly fromSeconds: number;
  /** The first second in which the token has expired. */
  readonly untilSeconds: number;
}

const listClaims = ["roles", "groups", "wids"] as const;

/**
 * Checks the claims. The checks need no I/O and no key, so a wrong token never causes a fetch. The signature covers the
 * same values, so they are not checked again.
 *
 * @param claims the decoded payload
 * @param rules from the configuration
 * @param nowSeconds since the epoch
 * @returns issuer, version, tenant and kind, or the first failed check
 * @see https://learn.microsoft.com/entra/identity-platform/claims-validation
 */
export function checkClaims(claims: JsonObject, rules: ClaimRules, nowSeconds: number): Result<CheckedClaims, Denial> {
  const { iss: issuer, tid: tenant, ver: version, aud: audience } = claims;
  if (!isGuid(tenant)) return fail({ reason: "tenant_invalid" });
  // Parsers that ignore case, as in .NET, could read the other claim (IdentityModel IDX40011).
  if (Object.keys(claims).some((name) => name !== "tid" && name.toLowerCase() === "tid"))
    return fail({ reason: "tenant_ambiguous" });
  const issuedVersion = typeof issuer === "string" ? rules.authority.versionOf(issuer, tenant) : undefined;
  if (issuedVersion === undefined) return fail({ reason: "issuer_mismatch" });
  if (version !== issuedVersion) return fail({ reason: "version_mismatch" });
  if (rules.tenants.decided === "by-list" && !rules.tenants.allowed.has(tenant)) {
    return fail({ reason: "tenant_not_allowed" });
  }
  if (typeof audience !== "string" || !rules.audiences.has(audience)) return fail({ reason: "audience_mismatch" });
  const validity = checkTimes(claims, rules.clockSkewSeconds, nowSeconds);
  if (!validity.ok) return validity;
  for (const claim of listClaims) {
    if (claims[claim] !== undefined && !isTextList(claims[claim])) return fail({ reason: "claim_invalid", claim });
  }
  const kind = readKind(claims, issuedVersion);
  if (!kind.ok) return kind;
  return succeed({
    authority: rules.authority.name,
    version: issuedVersion,
    issuer: issuer as string,
    tenant,
    kind: kind.value,
    validity: validity.value,
  });
}

const timeClaims: readonly TimeClaim[] = ["exp", "nbf", "iat"];

/**
 * Checks `exp`, `nbf` and `iat` (RFC 7519 section 4.1). All three must be present, whole seconds, in order, within the
 * maximum lifetime, and valid now.
 *
 * @param skewSeconds how far the clocks of the gate and of Entra may differ
 * @param nowSeconds since the epoch
 * @returns when the token is valid, or the failed check
 */
export function checkTimes(claims: JsonObject, skewSeconds: number, nowSeconds: number): Result<Validity, Denial> {
  for (const claim of timeClaims) {
    const value = claims[claim];
    // `Number.isFinite` is not sufficient: 1e300 is finite, and arithmetic with it is inexact.
    if (!Number.isSafeInteger(value) || (value as number) < 0) return fail({ reason: "time_invalid", claim });
  }
  const { exp, nbf, iat } = claims as Record<TimeClaim, number>;
  if (nbf >= exp || iat >= exp) return fail({ reason: "times_out_of_order" });
  if (exp - Math.min(nbf, iat) > limits.tokenLifetimeSeconds) return fail({ reason: "lifetime_too_long" });
  const validity = { fromSeconds: Math.max(nbf, iat) - skewSeconds, untilSeconds: exp + skewSeconds };
  if (nowSeconds >= validity.untilSeconds) return fail({ reason: "expired" });
  if (nowSeconds < validity.fromSeconds) return fail({ reason: "not_yet_valid" });
  return succeed(validity);
}

/** The kind of a token: `user` if an app acts for a user, or `app` if it acts for itself. */
export type PrincipalKind = "user" | "app";

/** Claims that only ID tokens have (Microsoft, "ID token claims reference"). */
const idTokenClaims = ["nonce", "c_hash", "at_hash"] as const;

/** Name of the claim with the client application's ID, by version. */
export const clientClaims: Readonly<Record<TokenVersion, "azp" | "appid">> = { "2.0": "azp", "1.0": "appid" };

/** Value of `scp` in a token without delegated permissions. Azure writes `/` for apps. */
const emptyScopes: readonly unknown[] = [undefined, "", "/"];

/**
 * Distinguishes delegated and app-only access tokens, and refuses other tokens. An ID token has the same signer and
 * issuer. If the client shares the API's registration, it has the same audience too. It can even contain roles.
 *
 * An agent that acts as itself (Entra Agent ID) is an app whose `oid` differs from `sub`. Only `idtyp` distinguishes
 * its token from an ID token.
 *
 * @param version selects `azp` or `appid`
 * @see https://learn.microsoft.com/entra/identity-platform/claims-validation
 * @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-token-claims
 */
export function readKind(claims: JsonObject, version: TokenVersion): Result<PrincipalKind, Denial> {
  if (idTokenClaims.some((claim) => Object.hasOwn(claims, claim))) return fail({ reason: "id_token" });
  // The token requires proof of possession, which a bearer token does not provide (RFC 7800).
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
