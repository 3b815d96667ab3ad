import type { Denial } from "../../base/common/denial.ts";
import { type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";

/**
 * Decides in code whether a tenant's tokens are accepted, for example by an allowlist in a database. Only `true`
 * accepts them.
 *
 * @param tenant the token's `tid`
 * @param authority name of the authority that issued it: `default`, or one of the option `authorities`
 */
export type TenantCheck = (tenant: string, authority: string) => boolean | Promise<boolean>;

/**
 * Asks the callback whether a tenant's tokens are accepted.
 *
 * @param io timers
 * @param token its `tid`, and the name of its authority
 * @returns the denial, or `undefined`. A callback that throws, is late or does not return `true` refuses the token.
 */
export async function checkTenant(
  io: Pick<Io, "after">,
  { tenant, authority }: { readonly tenant: string; readonly authority: string },
  isTenantAllowed: TenantCheck,
): Promise<Denial | undefined> {
  try {
    const decision = withDeadline(io, limits.callbackMilliseconds, Promise.resolve(isTenantAllowed(tenant, authority)));
    const allowed = await decision;
    if (allowed === undefined) return { reason: "tenant_check_failed" };
    return allowed === true ? undefined : { reason: "tenant_not_allowed" };
  } catch {
    return { reason: "tenant_check_failed" };
  }
}
