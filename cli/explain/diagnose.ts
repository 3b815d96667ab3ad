import type { Denial, Reason } from "../../src/cli-exports/gate.ts";
import { defaultAuthority } from "../../src/cli-exports/policy.ts";
import { spellForAuthority } from "../common/authority-variables.ts";
import type { NoRoute } from "../project/gate-code.ts";
import { accessCauses } from "./causes/access.ts";
import { audienceCauses } from "./causes/audience.ts";
import { formCauses } from "./causes/form.ts";
import { issuerCauses } from "./causes/issuer.ts";
import { keyCauses } from "./causes/keys.ts";
import type { CauseRule } from "./causes/rule.ts";
import type { Cause } from "./facts/explanation.ts";
import type { Facts } from "./facts/facts.ts";
import { reasonTexts } from "./reasons.ts";

/** Ordered from specific to general. The first rule that matches is the cause. */
const rules: readonly CauseRule[] = [...formCauses, ...issuerCauses, ...audienceCauses, ...keyCauses, ...accessCauses];

/**
 * Finds the cause of a denial, in the words of Entra's portal.
 *
 * @param facts absent if there is no configuration
 * @returns the cause that matches best, or the text of the reason
 */
export function diagnose(denial: Denial, facts: Facts | undefined): Cause {
  const rule = facts && rules.find(({ fits }) => fits(denial, facts));
  if (rule !== undefined) {
    const { id, title, fix, note } = rule;
    const spell = (text: string) => spellForAuthority(text, facts?.authority.name ?? defaultAuthority);
    return {
      id,
      title: spell(title),
      fix: fix.map(spell),
      ...(note !== undefined && { note }),
      link: rule.link ?? linkOf(denial),
    };
  }
  return describeReason(denial.reason);
}

/** The text of a reason, for a denial of which nothing else is known. */
export function describeReason(reason: Reason): Cause {
  const { meaning, fix } = reasonTexts[reason];
  return { id: reason, title: meaning, fix: [fix], link: linkOf({ reason }) };
}

/** The cause of an answer of an app that has no route for the request. */
export function describeNoRoute({ allow }: NoRoute): Cause {
  const link = "reference/routes";
  if (allow !== undefined) {
    const fix = `Use one of ${allow.join(", ")}, or declare a route for the method.`;
    return { id: "method-without-route", title: "The path has routes, but none for this method.", fix: [fix], link };
  }
  const fix = "Call the path as the route writes it, or declare a route.";
  return { id: "no-route", title: "The app has no route for this request.", fix: [fix], link };
}

/** Part of the documentation that describes the reason. */
export function linkOf({ reason }: Pick<Denial, "reason">): string {
  return `reference/reasons#${reason}`;
}
