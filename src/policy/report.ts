import type { Denial, Reason } from "../denial.ts";
import type { Access } from "./requirement.ts";

/** What policy decides of a caller who is known. Whatever authentication refuses, a revoked token too, stays refused. */
const reportable: ReadonlySet<Reason> = new Set<Reason>([
  "client_not_allowed",
  "agent_not_allowed",
  "tenant_not_allowed_here",
  "kind_not_allowed",
  "scope_missing",
  "role_missing",
  "authentication_context_missing",
]);

/** Whether report mode lets a caller in despite a denial. A path that resembles a route stays closed in every mode. */
export function isReportable({ reason }: Denial, access: Access): boolean {
  return reportable.has(reason) || (reason === "route_unlisted" && access.kind === "closed" && access.isReportable);
}
