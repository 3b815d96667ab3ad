import { createPolicy, type Policy } from "../../cli/decisions/policy.ts";
import type { PolicyRule } from "../../cli/decisions/rule.ts";
import { decideRules } from "../../cli/decisions/rules.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import { anyOf, requireAuth } from "../../src/app/types/auth.ts";
import type { RuleOptions } from "../../src/policy/rule.ts";
import { type Choice, createChoice } from "../compare-tools/choice.ts";
import { clients, groups, otherClient } from "../compare-tools/tables.ts";
import type { RuleComparison } from "./workers.ts";

interface Route {
  readonly method: "GET" | "POST" | "DELETE" | "HEAD";
  readonly path: string;
  readonly access: "public" | readonly RuleOptions[];
  readonly mode?: "report";
}

interface Set {
  readonly routes: readonly Route[];
  readonly variables: Readonly<Record<string, string>>;
  readonly unlisted: "guard" | "reject";
}

const tenant = "c0c0c0c0-0000-4000-8000-000000000001";
const otherTenant = "c0c0c0c0-0000-4000-8000-000000000002";
const variables = {
  ENTRA_TENANT_ID: tenant,
  ENTRA_ALLOWED_TENANTS: `${tenant} ${otherTenant}`,
  ENTRA_API_AUDIENCE: "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",
  ENTRA_REQUIRED_SCOPE: "standard",
};

/** A requirement with every member, so that each weakening removes something. */
const full = {
  kind: "user",
  scopes: ["a", "b"],
  roles: ["R", "S"],
  groups: [groups[0]],
  clients: [clients[0]],
  tenants: [tenant],
  acrs: ["c1"],
  agent: "never",
} as const satisfies RuleOptions;

const omit = (name: keyof typeof full): RuleOptions => {
  const { [name]: _, ...others } = full;
  return others;
};

type Weaken = (set: Set, at: number) => Set;

const replace = (set: Set, at: number, route: Partial<Route>): Set => {
  return { ...set, routes: set.routes.map((each, index) => (index === at ? { ...each, ...route } : each)) };
};
const require =
  (rule: RuleOptions): Weaken =>
  (set, at) =>
    replace(set, at, { access: [rule] });
const add =
  (create: (path: string) => Route): Weaken =>
  (set, at) => ({ ...set, routes: [...set.routes, create(set.routes[at]!.path)] });

/** The ways in which a policy becomes weaker. */
const weakenings: Readonly<Record<string, Weaken>> = {
  "no scopes": require(omit("scopes")),
  "one scope fewer": require({ ...full, scopes: ["a"] }),
  "any scope": require({ ...omit("scopes"), anyScope: ["a", "b"] }),
  "no roles": require(omit("roles")),
  "one role fewer": require({ ...full, roles: ["R"] }),
  "any role": require({ ...omit("roles"), anyRole: ["R", "S"] }),
  "no groups": require(omit("groups")),
  "any group": require({ ...omit("groups"), anyGroup: [...groups] }),
  "no clients": require(omit("clients")),
  "one client more": require({ ...full, clients: [clients[0], otherClient] }),
  "no tenants": require(omit("tenants")),
  "one tenant more": require({ ...full, tenants: [tenant, otherTenant] }),
  "no contexts": require(omit("acrs")),
  "agents too": require(omit("agent")),
  "apps too": (set, at) => replace(set, at, { access: [full, { kind: "app", roles: ["R"] }] }),
  public: (set, at) => replace(set, at, { access: "public" }),
  "report mode": (set, at) => replace(set, at, { mode: "report" }),
  "report mode everywhere": (set) => ({ ...set, variables: { ...set.variables, GATE_MODE: "report" } }),
  "a literal below": add((path) => ({ method: "GET", path: path.replace(":id", "mine"), access: [{ scopes: ["a"] }] })),
  "unlisted requests": (set, at) => ({
    ...set,
    unlisted: "guard",
    routes: set.routes.filter((_, index) => index !== at || set.routes.length === 1),
  }),
};

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
const rewrites: Readonly<Record<string, (set: Set, choice: Choice) => Set>> = {
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

/** Creates the policy. @param isSplit whether each requirement is two, both of which a caller must meet */
function toPolicy({ routes, variables: own, unlisted }: Set, isSplit: boolean): Policy {
  const app = new App();
  for (const { method, path, access, mode } of routes) {
    const open =
      access === "public" ? ({ public: true } as const) : { hooks: anyOf(...access.map((rule) => requireAuth(rule))) };
    const route = { method, ...open, ...(mode && { mode }), handler: origin() };
    if (isSplit) {
      const prefix = path.slice(0, path.lastIndexOf("/")) as "/";
      const below = path.slice(prefix.length) as "/";
      app.group(prefix, { hooks: requireAuth({ kind: "user", scopes: ["a"] }) }, (group) =>
        group.route({ ...route, path: below }),
      );
    } else app.route({ ...route, path: path as "/" });
  }
  return createPolicy({ options: { routes: app, unlisted } }, own);
}

function createSet({ many, one }: Choice): Set {
  const routes = many(1, 6, () => one(["GET", "POST", "DELETE"] as const)).map(
    (method, index): Route => ({ method, path: `/area${index}/:id`, access: [full] }),
  );
  return { routes, variables, unlisted: "reject" };
}

const code = { asksAboutTenants: false, asksGraph: false };

/** Decides a rule for each route of the unchanged set. A name or request that no route has any more is a mistake. */
function decide(policy: Policy, { routes }: Set): readonly string[] {
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
