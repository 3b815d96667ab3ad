import type { Denial } from "../common/denial.ts";
import { isReportableReason } from "../common/refusal.ts";
import type { Access } from "./requirement.ts";

/** Whether report mode admits a denied caller. What resembles a route or a name stays closed in every mode. */
export function isReportable({ reason }: Denial, access: Access): boolean {
  return (
    isReportableReason(reason) || (access.kind === "closed" && access.denial.reason === reason && access.isReportable)
  );
}
