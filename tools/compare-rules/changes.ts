import { createPolicy, type Policy } from "../../cli/decisions/policy.ts";
import type { PolicyRule } from "../../cli/decisions/rule.ts";
import { decideRules } from "../../cli/decisions/rules.ts";
import type { RuleOptions } from "../../src/core/policy/rule.ts";
import { type Choice, createChoice } from "../compare-tools/choice.ts";
import { createSet, declare, full, type PolicySpec, weakenings } from "./weakened.ts";
import type { RuleComparison } from "./workers.ts";

const shuffle = <T>({ below }: Choice, list: readonly T[]): readonly T[] => {
  const left = [...list];
  return list.map(() => left.splice(below(left.length), 1)[0]!);
};
const repeat = (rule: RuleOptions): RuleOptions => {
  const repeated = Object.entries(rule).map(([name, value]) => [
    name,
    // A list of groups has each once.
    Array.isArray(value) && name !== "groups" ? [...value, ...value].reverse() : value,
  ]);
  return Object.fromEntries(repeated);
};

/** Changes of a policy that admit the same callers. */
const rewrites: Readonly<Record<string, (set: PolicySpec, choice: Choice) => PolicySpec>> = {
  order: (set, choice) => ({ ...set, routes: shuffle(choice, set.routes) }),
  duplicates: (set) => ({
    ...set,
    routes: set.routes.map((route) => ({
      ...route,
      access: route.access === "public" ? route.access : [...route.access, ...route.access].map(repeat),
    })),
  }),
  names: (set) => ({
    ...set,
    routes: set.routes.map((route) => ({ ...route, path: route.path.replace(":id", ":other") })),
  }),
};

const toPolicy = (set: PolicySpec, isSplit: boolean): Policy =>
  createPolicy({ options: declare(set, isSplit) }, set.variables);

const code = { asksAboutTenants: false, asksGraph: false };

/** Decides a rule for each route of the unchanged set. A name or request that no route has any more is a mistake. */
function decide(policy: Policy, { routes }: PolicySpec): readonly string[] {
  const rules = routes.map(({ path }, index): PolicyRule => {
    const requests = [{ text: path, method: "*", path: path.replace(":id", "*"), message: undefined }];
    return { name: String(index), line: index, kind: "only", who: [full], requests };
  });
  return decideRules(policy, rules, code).map(({ verdict }) => verdict.outcome);
}

/** Weakens and rewrites random policies. Rules that say what the policies required must notice only the former. */
export function compareChanges(policies: number, seed: number): RuleComparison {
  const counts: Record<string, number> = {};
  const differences: object[] = [];
  const names = Object.keys(weakenings);
  for (let index = 0; index < policies; index += 1) {
    const choice = createChoice(seed * 1_000_003 + index);
    const set = createSet(choice);
    const name = names[index % names.length]!;
    const at = choice.below(set.routes.length);
    const weakened = weakenings[name]!(set, at);
    const isFound = decide(toPolicy(weakened, false), set).some(
      (outcome) => outcome === "broken" || outcome === "mistaken",
    );
    counts[name] = (counts[name] ?? 0) + 1;
    if (!isFound) differences.push({ index, name, weakened });
    const [kind, rewrite] = choice.one(Object.entries(rewrites));
    const rewritten = rewrite(set, choice);
    const outcomes = decide(toPolicy(rewritten, choice.chance(0.5)), set);
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (outcomes.some((outcome) => outcome !== "proved")) differences.push({ index, kind, rewritten, outcomes });
  }
  return { counts, differences };
}
