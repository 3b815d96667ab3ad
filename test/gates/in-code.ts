import { createGate } from "../../src/index.ts";
import { tenants } from "../../src/testing/directory/directory.ts";

/** Lets one tenant in, says something that is not `true` of another, and fails on all others. */
export default createGate({
  async isTenantAllowed(tenant) {
    if (tenant === tenants.contoso.id) return true;
    if (tenant === tenants.fabrikam.id) return "yes" as unknown as boolean;
    throw new Error(`no record of ${tenant}`);
  },
});
