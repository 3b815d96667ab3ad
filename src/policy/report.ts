import type { Denial, Reason } from "../denial.ts";

/** What policy decides of a caller who is known. Whatever authentication refuses, a revoked token too, stays refused. */
const reportable: ReadonlySet<Reason> = new Set<Reason>([
  "client_not_allowed",
  "tenant_not_allowed_here",
  "kind_not_allowed",
  "scope_missing",
  "role_missing",
  "authentication_context_missing",
]);

/** Whether report mode lets a caller through in spite of a denial. */
export function isReportable({ reason }: Denial): boolean {
  return reportable.has(reason);
}
