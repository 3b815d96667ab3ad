import { tenants } from "../../entra/directory/directory.ts";
import { createGate } from "../../src/index.ts";

/** Allows one tenant, returns another value than `true` for a second one, and throws for all others. */
export default createGate({
  async isTenantAllowed(tenant) {
    if (tenant === tenants.contoso.id) return true;
    if (tenant === tenants.fabrikam.id) return "yes" as unknown as boolean;
    throw new Error(`no record of ${tenant}`);
  },
});
