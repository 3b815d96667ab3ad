import { api, tenants } from "../../entra/directory/directory.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import type { GateOptions } from "../../src/app/gate-options.ts";
import { anyOf, requireAuth } from "../../src/app/types/auth.ts";
import type { RuleOptions } from "../../src/core/policy/rule.ts";
import type { Choice } from "../compare-tools/choice.ts";
import { clients, groups, otherClient } from "../compare-tools/tables.ts";

interface Route {
  readonly method: "GET" | "POST" | "DELETE" | "HEAD";
  readonly path: string;
  readonly access: "public" | readonly RuleOptions[];
  readonly mode?: "report";
}

/** A policy, as text that a worker can read. */
export interface PolicySpec {
  readonly routes: readonly Route[];
  readonly variables: Readonly<Record<string, string>>;
  readonly unlisted: "guard" | "reject";
}

const tenant = tenants.contoso.id;
const otherTenant = tenants.fabrikam.id;
const variables = {
  ENTRA_TENANT_ID: tenant,
  ENTRA_ALLOWED_TENANTS: `${tenant} ${otherTenant}`,
  ENTRA_API_AUDIENCE: api.clientId,
  ENTRA_REQUIRED_SCOPE: "standard",
};

/** A requirement with every member, so that each weakening removes something. */
export const full = {
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

type Weaken = (set: PolicySpec, at: number) => PolicySpec;

const replace = (set: PolicySpec, at: number, route: Partial<Route>): PolicySpec => {
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
export const weakenings: Readonly<Record<string, Weaken>> = {
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

export function createSet({ many, one }: Choice): PolicySpec {
  const routes = many(1, 6, () => one(["GET", "POST", "DELETE"] as const)).map(
    (method, index): Route => ({ method, path: `/area${index}/:id`, access: [full] }),
  );
  return { routes, variables, unlisted: "reject" };
}

/**
 * Declares the policy as options of a gate.
 *
 * @param isSplit whether each requirement is two, both of which a caller must meet
 */
export function declare({ routes, unlisted }: PolicySpec, isSplit: boolean): GateOptions {
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
  return { routes: app, unlisted };
}
