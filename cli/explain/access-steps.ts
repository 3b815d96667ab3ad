import type { GroupsLack, Identity } from "../../src/cli-exports/gate.ts";
import { listAuthorities, type MemberName, type Rule } from "../../src/cli-exports/policy.ts";
import { type Facts, owning, type Step } from "./facts/facts.ts";

export const requestSteps: readonly Step[] = [
  {
    name: "request",
    owns: () => true,
    found: ({ question: { request } }) => request && `${request.method} ${request.url}`,
    expected: () => "https, a method that the gate forwards, and an unambiguous path",
  },
];

export const listSteps: readonly Step[] = [
  { name: "list of revocations", owns: () => true, claim: true, found: ({ identity }) => identity?.issuedAtSeconds },
];

export const revocationSteps: readonly Step[] = [
  { name: "revocation", owns: () => true, claim: true, found: ({ identity }) => identity?.issuedAtSeconds },
];

export const listedSteps: readonly Step[] = [
  {
    name: "route",
    owns: () => true,
    found: ({ route }) => route,
    expected: () => "a request that matches a route exactly",
    note: ({ routeNote }) => routeNote,
  },
];

/** Describes one part of each alternative of a requirement. */
const alternatives = (describe: (rule: Rule) => string | undefined) => (facts: Facts) => {
  const texts = facts.requirement?.anyOf.map((rule) => describe(rule) ?? `any token of ${kindNames[rule.kind]}`) ?? [];
  return texts.length === 0 ? "no caller: no requirement is configured" : [...new Set(texts)].join(", or ");
};

const kindNames = { user: "a user", app: "an app" } as const;

const all = (items: readonly string[] | undefined) => items && `all of ${items.join(" ")}`;
const one = (items: readonly string[] | undefined) => items && `one of ${items.join(" ")}`;
const both = (first: string | undefined, second: string | undefined) =>
  first && second ? `${first} and ${second}` : (first ?? second);

function describeAgent({ agent }: Identity): string {
  if (agent === undefined) return "not marked as an agent";
  return `agent ${agent.acts}${agent.blueprint === undefined ? "" : ` of blueprint ${agent.blueprint}`}`;
}

/** A token can have 200 groups. Those that no requirement names are only counted. */
function describeGroups({ groups, groupsLack }: Identity, claim: unknown): string {
  if (groupsLack !== undefined) return lacks[groupsLack];
  const count = Array.isArray(claim) ? claim.length : 0;
  return `${groups.join(" ") || "none of those that a route names"}, of ${count} in the token`;
}

const lacks: Readonly<Record<GroupsLack, string>> = {
  groups_absent: "no claim groups in the token",
  groups_overage: "too many groups for the token",
  groups_are_names: "names in the claim groups",
};

const allowedClient: Step = {
  name: "allowed client",
  claim: true,
  owns: ({ reason }, { config, identity }) =>
    reason === "client_not_allowed" &&
    config.allowedClients !== undefined &&
    !config.allowedClients.has(identity?.azp ?? ""),
  found: ({ identity }) => identity?.azp,
  expected: ({ config }) => (config.allowedClients ? [...config.allowedClients].join(", ") : "any"),
};

const scopes: Step = {
  name: "scopes",
  claim: true,
  owns: owning("scope_missing"),
  found: ({ identity }) => identity?.scopes.join(" "),
  expected: alternatives(({ scopes, anyScope }) => both(all(scopes), one(anyScope))),
};

const roles: Step = {
  name: "roles",
  claim: true,
  owns: owning("role_missing"),
  found: ({ identity }) => identity?.roles.join(" "),
  expected: alternatives(({ roles, anyRole }) => both(all(roles), one(anyRole))),
};

const groups: Step = {
  name: "groups",
  claim: true,
  owns: owning("group_missing", "groups_absent", "groups_overage", "groups_are_names"),
  found: ({ claims, identity }) => identity && describeGroups(identity, claims?.groups),
  expected: alternatives(({ groups, anyGroup }) => both(all(groups), one(anyGroup))),
  note: ({ requirement, identity, options, graph }) => {
    if (!requirement?.anyOf.some(({ groups, anyGroup }) => groups ?? anyGroup) || identity?.kind !== "user")
      return undefined;
    if (options.groups?.source === "graph") return "the list of the token counts as nothing";
    return graph || identity.groupsLack !== undefined ? undefined : "the token decides";
  },
  undecided: ({ graph, options }) => {
    if (graph === "spared")
      return "Microsoft Graph is not asked, because the caller is refused whatever the groups are";
    if (graph === undefined) return undefined;
    return `Microsoft Graph decides: the gate asks it for the user's groups (${options.groups?.permissions.join(", ")}), and explain does not`;
  },
};

/**
 * The step of each member, in the order of the checks. Members that one denial describes have the same step. A member
 * that is missing here does not compile.
 */
const stepsByMember: Readonly<Record<MemberName, Step>> = {
  from: {
    name: "authority of the route",
    owns: owning("authority_not_allowed"),
    found: ({ identity }) => identity?.authority,
    expected: alternatives((rule) => listAuthorities(rule).join(" or ")),
  },
  kind: {
    name: "user or app",
    claim: true,
    owns: owning("kind_not_allowed", "requirement_missing"),
    found: ({ identity }) =>
      identity && (identity.agent ? `${identity.kind}, ${describeAgent(identity)}` : identity.kind),
    expected: alternatives(({ kind }) => kind),
  },
  tenants: {
    name: "tenant of the route",
    claim: true,
    owns: owning("tenant_not_allowed_here"),
    found: ({ identity }) => identity?.tid,
    expected: alternatives(({ tenants }) => one(tenants)),
  },
  clients: {
    name: "client of the route",
    claim: true,
    owns: owning("client_not_allowed"),
    found: ({ identity }) => identity?.azp,
    expected: alternatives(({ clients }) => one(clients)),
  },
  agent: {
    name: "agent",
    claim: true,
    owns: owning("agent_not_allowed"),
    found: ({ identity }) => identity && describeAgent(identity),
    expected: alternatives(({ agent }) => agent && (agent === "only" ? "an agent" : "no agent")),
    note: ({ identity, requirement }) =>
      identity?.agent === undefined && requirement?.anyOf.some(({ agent }) => agent !== undefined)
        ? "the markers are optional claims: without them, an agent looks like any other client"
        : undefined,
  },
  scopes,
  anyScope: scopes,
  roles,
  anyRole: roles,
  groups,
  anyGroup: groups,
  acrs: {
    name: "authentication context",
    claim: true,
    owns: () => true,
    found: ({ identity }) => identity?.contexts,
    expected: alternatives(({ acrs }) => all(acrs)),
  },
};

const { from, ...others } = stepsByMember;
const accessSteps: readonly Step[] = [allowedClient, ...new Set(Object.values(others))];

/** Lists the steps of a caller. In a gate with one authority, nothing depends on it. */
export function listAccessSteps(hasAuthorities: boolean): readonly Step[] {
  return hasAuthorities ? [from, ...accessSteps] : accessSteps;
}
