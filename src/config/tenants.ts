import { isGuid } from "./guid.ts";
import type { VariableReader } from "./variables.ts";

/** Whose tokens are accepted: an allowlist, or a decision in the caller's code for each token. */
export type TenantRule =
  | { readonly decided: "by-list"; readonly allowed: ReadonlySet<string> }
  | { readonly decided: "in-code" };

const tenantExample = "ENTRA_TENANT_ID=11111111-2222-3333-4444-555555555555";
const allowedExample = "ENTRA_ALLOWED_TENANTS=11111111-2222-3333-4444-555555555555";

/** Reads ENTRA_TENANT_ID and ENTRA_ALLOWED_TENANTS. An allowlist always narrows, also beside a callback in code. */
export function readTenants(reader: VariableReader, decidedInCode: boolean): TenantRule {
  const tenant = reader.text("ENTRA_TENANT_ID", tenantExample)?.toLowerCase();
  const listed = reader
    .listOf(
      "ENTRA_ALLOWED_TENANTS",
      allowedExample,
      (item) => isGuid(item.toLowerCase()),
      "which is no tenant GUID; wildcards are not supported",
    )
    ?.map((item) => item.toLowerCase());

  const missing = !reader.faults.some(({ variable }) => variable === "ENTRA_TENANT_ID");
  if (tenant === undefined && missing) reader.fault("ENTRA_TENANT_ID", "is missing", tenantExample);
  else if (tenant !== undefined && tenant !== "organizations" && !isGuid(tenant)) {
    reader.fault("ENTRA_TENANT_ID", `is ${JSON.stringify(tenant)}, neither a GUID nor "organizations"`, tenantExample);
  }

  if (listed !== undefined) return { decided: "by-list", allowed: new Set(listed) };
  if (tenant !== undefined && tenant !== "organizations") return { decided: "by-list", allowed: new Set([tenant]) };
  const listFaulty = reader.faults.some(({ variable }) => variable === "ENTRA_ALLOWED_TENANTS");
  if (tenant === "organizations" && !decidedInCode && !listFaulty) {
    reader.fault("ENTRA_ALLOWED_TENANTS", 'is missing, and ENTRA_TENANT_ID is "organizations"', allowedExample);
  }
  return { decided: "in-code" };
}
