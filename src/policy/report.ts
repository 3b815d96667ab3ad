import type { Denial, PolicyDenial } from "../common/denial.ts";
import type { Access } from "./requirement.ts";

/**
 * Whether report mode admits a caller with this denial by policy. Other denials refuse in every mode. A reason that is missing
 * here does not compile.
 */
const reportable: Readonly<Record<PolicyDenial["reason"], boolean>> = {
  client_not_allowed: true,
  agent_not_allowed: true,
  tenant_not_allowed_here: true,
  kind_not_allowed: true,
  scope_missing: true,
  role_missing: true,
  group_missing: true,
  groups_absent: true,
  groups_overage: true,
  groups_are_names: true,
  authentication_context_missing: true,
  // Without any requirement, every caller would be admitted.
  requirement_missing: false,
  // A revoked token no longer proves who the caller is.
  token_revoked: false,
  caller_blocked: false,
};

/** Whether report mode admits a denied caller. What resembles a route or a name stays closed in every mode. */
export function isReportable({ reason }: Denial, access: Access): boolean {
  return (
    reportable[reason as PolicyDenial["reason"]] === true ||
    (access.kind === "closed" && access.denial.reason === reason && access.isReportable)
  );
}
