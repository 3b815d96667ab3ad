import { defaultAuthority } from "../../base/common/authority-name.ts";
import type { Denial } from "../../base/common/denial.ts";
import { isReportableReason } from "../../base/common/refusal.ts";
import type { Identity } from "../token/identity.ts";
import type { Access } from "./rule.ts";

/**
 * Whether report mode admits a denied caller. What resembles a route or a name stays closed in every mode. What no
 * requirement covers stays closed to callers of other authorities than `default`.
 */
export function isReportable({ reason }: Denial, access: Access, { authority }: Pick<Identity, "authority">): boolean {
  if (isReportableReason(reason)) return true;
  return (
    access.kind === "closed" && access.denial.reason === reason && access.isReportable && authority === defaultAuthority
  );
}
