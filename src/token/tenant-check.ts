import type { Denial } from "../denial.ts";
import { type Io, withDeadline } from "../io.ts";
import * as limits from "../limits.ts";

/** Decides in the caller's code whether a tenant's tokens count, for allowlists in a database. Only `true` lets in. */
export type TenantCheck = (tenant: string) => boolean | Promise<boolean>;

/**
 * Asks the caller's code whether a tenant's tokens count.
 *
 * @param io timers
 * @param tenant the token's `tid`
 * @returns why the token is refused, or `undefined`; an answer that throws, is late or is not `true` refuses
 */
export async function checkTenant(
  io: Pick<Io, "after">,
  tenant: string,
  isTenantAllowed: TenantCheck,
): Promise<Denial | undefined> {
  try {
    const decision = withDeadline(io, limits.callbackMilliseconds, Promise.resolve(isTenantAllowed(tenant)));
    const allowed = await decision;
    if (allowed === undefined) return { reason: "tenant_check_failed" };
    return allowed === true ? undefined : { reason: "tenant_not_allowed" };
  } catch {
    return { reason: "tenant_check_failed" };
  }
}
