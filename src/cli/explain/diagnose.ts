import type { Denial } from "../../denial.ts";
import { accessCauses } from "./causes/access.ts";
import { audienceCauses } from "./causes/audience.ts";
import { formCauses } from "./causes/form.ts";
import { issuerCauses } from "./causes/issuer.ts";
import { keyCauses } from "./causes/keys.ts";
import type { CauseRule } from "./causes/rule.ts";
import type { Cause } from "./explanation.ts";
import type { Facts } from "./facts.ts";
import { reasonTexts } from "./reasons.ts";

/** The most particular first: the first that fits is the cause. */
const rules: readonly CauseRule[] = [...formCauses, ...issuerCauses, ...audienceCauses, ...keyCauses, ...accessCauses];

/**
 * Says what lies behind a denial, in the words of Entra's portal.
 *
 * @param facts absent where there is no configuration to compare with
 * @returns the cause that fits best, or what the reason itself says
 */
export function diagnose(denial: Denial, facts: Facts | undefined): Cause {
  const rule = facts && rules.find(({ fits }) => fits(denial, facts));
  const link = linkOf(denial);
  if (rule !== undefined) return { id: rule.id, title: rule.title, fix: rule.fix, link: rule.link ?? link };
  const { meaning, fix } = reasonTexts[denial.reason];
  return { id: denial.reason, title: meaning, fix: [fix], link };
}

/** Where a reason is described. */
export function linkOf({ reason }: Pick<Denial, "reason">): string {
  return `docs/reference/reasons.md#${reason}`;
}
