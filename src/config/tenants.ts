import { isGuid } from "./guid.ts";
import type { VariableReader } from "./variables.ts";

/** Which tenants may call: an allowlist, or a callback that decides for each token. */
export type TenantRule =
  | { readonly decided: "by-list"; readonly allowed: ReadonlySet<string> }
  | { readonly decided: "in-code" };

const tenantExample = "ENTRA_TENANT_ID=11111111-2222-3333-4444-555555555555";
const allowedExample = "ENTRA_ALLOWED_TENANTS=11111111-2222-3333-4444-555555555555";

/** Reads ENTRA_TENANT_ID and ENTRA_ALLOWED_TENANTS. An allowlist applies even if a callback decides too. */
export function readTenants(reader: VariableReader, decidedInCode: boolean): TenantRule {
  const tenant = reader.text("ENTRA_TENANT_ID", tenantExample)?.toLowerCase();
  const listed = reader
    .listOf(
      "ENTRA_ALLOWED_TENANTS",
      allowedExample,
      (item) => isGuid(item.toLowerCase()),
      "which is not a tenant ID (GUID)",
    )
    ?.map((item) => item.toLowerCase());

  if (tenant === undefined && !reader.isFaulty("ENTRA_TENANT_ID"))
    reader.fault("ENTRA_TENANT_ID", "is missing", tenantExample);
  else if (tenant !== undefined && tenant !== "organizations" && !isGuid(tenant)) {
    reader.fault(
      "ENTRA_TENANT_ID",
      `is ${JSON.stringify(tenant)}, not a tenant ID (GUID) or "organizations"`,
      tenantExample,
    );
  }

  if (listed !== undefined) return { decided: "by-list", allowed: new Set(listed) };
  if (tenant !== undefined && tenant !== "organizations") return { decided: "by-list", allowed: new Set([tenant]) };
  if (tenant === "organizations" && !decidedInCode && !reader.isFaulty("ENTRA_ALLOWED_TENANTS")) {
    reader.fault("ENTRA_ALLOWED_TENANTS", 'is required when ENTRA_TENANT_ID is "organizations"', allowedExample);
  }
  return { decided: "in-code" };
}
