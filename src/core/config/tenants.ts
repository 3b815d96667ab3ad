import { isGuid } from "./guid.ts";
import type { VariableReader } from "./variables.ts";

/** Which tenants may call: an allowlist, or a callback that decides for each token. */
export type TenantRule =
  | { readonly decided: "by-list"; readonly allowed: ReadonlySet<string> }
  | { readonly decided: "in-code" };

/** Reads ENTRA_TENANT_ID and ENTRA_ALLOWED_TENANTS. An allowlist applies even if a callback decides too. */
export function readTenants(reader: VariableReader, decidedInCode: boolean): TenantRule {
  const tenant = reader.text("ENTRA_TENANT_ID")?.toLowerCase();
  const listed = reader.guids("ENTRA_ALLOWED_TENANTS", "a tenant ID");

  if (tenant === undefined && !reader.isFaulty("ENTRA_TENANT_ID")) reader.fault("ENTRA_TENANT_ID", "is missing");
  else if (tenant !== undefined && tenant !== "organizations" && !isGuid(tenant)) {
    reader.fault("ENTRA_TENANT_ID", `is ${JSON.stringify(tenant)}, not a tenant ID (GUID) or "organizations"`);
  }

  if (listed !== undefined) return { decided: "by-list", allowed: new Set(listed) };
  if (tenant !== undefined && tenant !== "organizations") return { decided: "by-list", allowed: new Set([tenant]) };
  if (tenant === "organizations" && !decidedInCode && !reader.isFaulty("ENTRA_ALLOWED_TENANTS")) {
    reader.fault("ENTRA_ALLOWED_TENANTS", `is required when ${reader.nameOf("ENTRA_TENANT_ID")} is "organizations"`);
  }
  return { decided: "in-code" };
}
