import type { Denial, Reason } from "../common/denial.ts";
import type { Access } from "./requirement.ts";

/** Denials of authenticated callers by policy. Authentication failures and revoked tokens are refused in every mode. */
const reportable: ReadonlySet<Reason> = new Set<Reason>([
  "client_not_allowed",
  "agent_not_allowed",
  "tenant_not_allowed_here",
  "kind_not_allowed",
  "scope_missing",
  "role_missing",
  "authentication_context_missing",
]);

/** Whether report mode admits a denied caller. A path that resembles a route stays closed in every mode. */
export function isReportable({ reason }: Denial, access: Access): boolean {
  return reportable.has(reason) || (reason === "route_unlisted" && access.kind === "closed" && access.isReportable);
}
