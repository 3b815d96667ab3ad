import { createPolicy } from "../../cli/decisions/policy.ts";
import type { PolicyRule, RuleKind } from "../../cli/decisions/rule.ts";
import { decideRules } from "../../cli/decisions/rules.ts";
import { startStack } from "../../test/support/stack.ts";
import { describeVariation } from "../../test/support/variation.ts";
import { type Choice, createChoice } from "../compare-tools/choice.ts";
import { createNeed, withoutCustomers } from "../compare-tools/tables.ts";
import { createSet, declare, full, type PolicySpec, weakenings } from "./weakened.ts";
import { describeToken, type RuleComparison } from "./workers.ts";

/**
 * Sends the counterexamples of broken rules about weakened policies to a gate in workerd, with tokens of the local
 * Entra.
 */
export async function compareWithWorkerd(replays: number, seed: number): Promise<RuleComparison> {
  const counts: Record<string, number> = { replays: 0 };
  const differences: object[] = [];
  const names = Object.keys(weakenings);
  const stack = await startStack({ gateEntry: "tools/compare-rules/isolate.ts", onGateLog: () => {} });
  const getToken = async (claims: Readonly<Record<string, unknown>>) => {
    const body = JSON.stringify(describeToken(claims));
    const answer = await fetch(`${stack.entraUrl}/local/access-token`, { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  };
  try {
    for (let index = 0; counts.replays! < replays; index += 1) {
      const choice = createChoice(seed * 1_000_003 + index);
      const made = createSet(choice);
      const set = weakenings[names[index % names.length]!]!(made, choice.below(made.routes.length));
      const policy = createPolicy({ options: declare(set, false) }, set.variables);
      const results = decideRules(policy, createRules(choice, made), { asksAboutTenants: false, asksGraph: false });
      const found = results.flatMap(({ rule, verdict }) =>
        verdict.outcome === "broken" ? verdict.counterexamples.map((counterexample) => ({ rule, counterexample })) : [],
      );
      for (const { rule, counterexample } of found) {
        const { method, path, claims, status } = counterexample;
        const { status: answered } = await fetch(stack.gateUrl + path, {
          method,
          headers: [
            describeVariation({ ...set.variables, POLICY: JSON.stringify(set) }),
            ...(claims ? [["authorization", `Bearer ${await getToken(claims)}`] as const] : []),
          ] as [string, string][],
        });
        for (const name of ["replays", `${rule.kind} ${status}`]) counts[name] = (counts[name] ?? 0) + 1;
        if (answered !== status) differences.push({ index, set, rule, counterexample, answered });
      }
    }
  } finally {
    await stack.stop();
  }
  return { counts, differences };
}

/** Rules of each kind. What they name is in the policy before it was weakened, or is random. */
function createRules(choice: Choice, { routes }: PolicySpec): readonly PolicyRule[] {
  const kinds: readonly RuleKind[] = ["only", "never", "always", "public"];
  return kinds.map((kind, line): PolicyRule => {
    const who = choice.one([[full], [{}], [{ kind: "app" as const }], withoutCustomers(createNeed(choice))]);
    const [method, path] = choice.one([
      ...routes.map((route) => [route.method, route.path] as const),
      ...routes.map((route) => ["*", route.path.replace(":id", "*")] as const),
      ["*", "/*"] as const,
    ]);
    const requests = [{ text: `${method} ${path}`, method, path, message: undefined }];
    return { name: kind, line, kind, who: kind === "public" ? [] : who, requests };
  });
}
