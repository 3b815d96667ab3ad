import type { Authority } from "../authority/authority.ts";
import type { TokenVersion } from "../authority/version.ts";
import { isGuid } from "../config/guid.ts";
import type { TenantRule } from "../config/tenants.ts";
import type { Denial } from "../denial.ts";
import { fail, type Result, succeed } from "../result.ts";
import type { JsonObject } from "./json.ts";
import { type PrincipalKind, readKind } from "./kind.ts";
import { checkTimes } from "./times.ts";

/** What the configuration says of claims. */
export interface ClaimRules {
  readonly authority: Authority;
  readonly tenants: TenantRule;
  readonly audiences: ReadonlySet<string>;
  readonly clockSkewSeconds: number;
}

/** What the checks found out on the way. */
export interface CheckedClaims {
  readonly version: TokenVersion;
  readonly issuer: string;
  readonly tenant: string;
  readonly kind: PrincipalKind;
}

const listClaims = ["roles", "groups", "wids"] as const;

/**
 * The checks of claims that need no I/O and no key: a wrong token never causes a fetch. The signature covers the same
 * values, so nothing is checked twice.
 *
 * @param claims the decoded payload
 * @param rules from the configuration
 * @param nowSeconds since the epoch
 * @returns issuer, version, tenant and kind, or the first check that failed
 * @see https://learn.microsoft.com/entra/identity-platform/claims-validation
 */
export function checkClaims(claims: JsonObject, rules: ClaimRules, nowSeconds: number): Result<CheckedClaims, Denial> {
  const { iss: issuer, tid: tenant, ver: version, aud: audience } = claims;
  if (!isGuid(tenant)) return fail({ reason: "tenant_invalid" });
  if (hasSecondTenant(claims)) return fail({ reason: "tenant_ambiguous" });
  const issuedVersion = typeof issuer === "string" ? rules.authority.versionOf(issuer, tenant) : undefined;
  if (issuedVersion === undefined) return fail({ reason: "issuer_mismatch" });
  if (version !== issuedVersion) return fail({ reason: "version_mismatch" });
  if (rules.tenants.decided === "by-list" && !rules.tenants.allowed.has(tenant)) {
    return fail({ reason: "tenant_not_allowed" });
  }
  if (typeof audience !== "string" || !rules.audiences.has(audience)) return fail({ reason: "audience_mismatch" });
  const untimely = checkTimes(claims, rules.clockSkewSeconds, nowSeconds);
  if (untimely !== undefined) return fail(untimely);
  for (const claim of listClaims) {
    if (claims[claim] !== undefined && !isStringArray(claims[claim])) return fail({ reason: "claim_invalid", claim });
  }
  const kind = readKind(claims, issuedVersion);
  if (!kind.ok) return kind;
  return succeed({ version: issuedVersion, issuer: issuer as string, tenant, kind: kind.value });
}

/** Parsers that ignore case, as in .NET, could take the other one (IdentityModel IDX40011). */
function hasSecondTenant(claims: JsonObject): boolean {
  return Object.keys(claims).some((name) => name !== "tid" && name.length === 3 && name.toLowerCase() === "tid");
}

function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
