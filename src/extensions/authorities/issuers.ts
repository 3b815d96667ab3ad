import { createAuthority } from "../../core/authority/authority.ts";
import type { AuthorityConfig } from "../../core/config/authority.ts";
import type { TenantRule } from "../../core/config/tenants.ts";

/** An issuer that two authorities have for a tenant. */
export interface SharedIssuer {
  readonly issuer: string;
  /** `undefined` if neither lists its tenants. */
  readonly tenant: string | undefined;
}

/** Stands for every tenant. */
const anyTenant = "{tenantid}";

/** Finds an issuer that two authorities have in common for a tenant. */
export function findSharedIssuer(one: AuthorityConfig, other: AuthorityConfig): SharedIssuer | undefined {
  const [ofOne, ofOther] = [createAuthority(one), createAuthority(other)];
  for (const tenant of listCommon(one.tenants, other.tenants)) {
    const issuers = ofOther.listIssuers(tenant);
    const issuer = ofOne.listIssuers(tenant).find((each) => issuers.includes(each));
    if (issuer !== undefined) return { issuer, tenant: tenant === anyTenant ? undefined : tenant };
  }
  return undefined;
}

function listCommon(one: TenantRule, other: TenantRule): readonly string[] {
  if (one.decided === "in-code") return other.decided === "in-code" ? [anyTenant] : [...other.allowed];
  return [...one.allowed].filter((tenant) => other.decided === "in-code" || other.allowed.has(tenant));
}
