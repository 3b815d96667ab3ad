import type { Identity } from "../../src/tools/gate.ts";
import type { Access, Requirement, Rule } from "../../src/tools/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import type { DeclaredRoute } from "../project/gate-code.ts";
import { admits, type Caller, type Policy } from "./policy.ts";

/** Who may send a request, as one policy says. */
export interface Side {
  readonly policy: Policy;
  readonly route: DeclaredRoute;
}

/** More are most likely generated lists. */
const callersMaximum = 20_000;

/** In no list of a policy: what a caller is who is not named. */
const unnamed = "00000000-0000-0000-0000-000000000000";

/**
 * Finds a caller whom one side admits, and the other does not. More scopes, roles, groups and contexts never hurt, so callers
 * that have just what the one side requires are enough to try.
 *
 * @returns `undefined` if there is none
 * @throws UsageError if the requirements have too many combinations
 */
export function findCaller(admitting: Side, refusing: Side): Caller | undefined {
  const sides = [admitting, refusing];
  const clients = listNames(sides, "clients", ({ allowedClients }) => allowedClients);
  const tenants = listNames(sides, "tenants", ({ tenants }) =>
    tenants.decided === "by-list" ? tenants.allowed : undefined,
  );
  const { audiences } = admitting.policy.settings;
  const revocations = refusing.policy.revokes ? [false, true] : [false];
  const tokens = [...audiences].flatMap((audience) => revocations.map((isRevoked) => ({ audience, isRevoked })));
  let tried = 0;
  for (const needs of listNeeds(admitting)) {
    for (const azp of clients) {
      for (const tid of tenants) {
        for (const isAgent of [false, true]) {
          const identity = createIdentity(needs, azp, tid, isAgent);
          for (const token of tokens) {
            tried += 1;
            if (tried > callersMaximum) {
              throw new UsageError(`${admitting.route.name} has too many alternatives to compare. Require fewer names`);
            }
            const caller = { identity, ...token };
            if (admits(admitting.policy, admitting.route, caller) && !admits(refusing.policy, refusing.route, caller)) {
              return caller;
            }
          }
        }
      }
    }
  }
  return undefined;
}

/** The least that a caller must have. */
interface Needs {
  readonly kind: Rule["kind"];
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly acrs: readonly string[];
}

/** Callers with a token and nothing else: report mode admits them, and every `authenticated` route. */
const nothing: readonly Needs[] = (["user", "app"] as const).map((kind) => ({
  kind,
  scopes: [],
  roles: [],
  groups: [],
  acrs: [],
}));

function* listNeeds({ policy, route: { access } }: Side): Generator<Needs> {
  yield* nothing;
  yield* listNeedsOf(requirementsOf(policy, access));
}

/** A caller must meet all requirements, each with one of its rules. */
function* listNeedsOf(requirements: readonly Requirement[]): Generator<Needs> {
  const [first, ...others] = requirements;
  if (first === undefined) return;
  for (const rule of first.anyOf) {
    for (const own of listNeedsOfRule(rule)) {
      if (others.length === 0) yield own;
      for (const more of listNeedsOf(others)) {
        if (more.kind !== own.kind) continue;
        yield {
          kind: own.kind,
          scopes: [...own.scopes, ...more.scopes],
          roles: [...own.roles, ...more.roles],
          groups: [...own.groups, ...more.groups],
          acrs: [...own.acrs, ...more.acrs],
        };
      }
    }
  }
}

function* listNeedsOfRule(rule: Rule): Generator<Needs> {
  const { kind, acrs = [] } = rule;
  for (const scopes of listChoices(rule.scopes, rule.anyScope)) {
    for (const roles of listChoices(rule.roles, rule.anyRole)) {
      for (const groups of listChoices(rule.groups, rule.anyGroup)) yield { kind, scopes, roles, groups, acrs };
    }
  }
}

/** All of one list, with each of the other. */
function listChoices(all: readonly string[] = [], any?: readonly string[]): readonly (readonly string[])[] {
  return any === undefined ? [all] : any.map((one) => [...all, one]);
}

function requirementsOf({ settings }: Policy, access: Access | undefined): readonly Requirement[] {
  if (access?.kind === "required") return access.requirements;
  return access?.kind === "default" && settings.defaultRequirement !== undefined ? [settings.defaultRequirement] : [];
}

/** All names of a list on both sides, and one that no list has. */
function listNames(
  sides: readonly Side[],
  list: "clients" | "tenants",
  configured: (settings: Policy["settings"]) => Iterable<string> | undefined,
): ReadonlySet<string> {
  return new Set([
    unnamed,
    ...sides.flatMap(({ policy, route }) => [
      ...(configured(policy.settings) ?? []),
      ...requirementsOf(policy, route.access).flatMap(({ anyOf }) => anyOf.flatMap((rule) => rule[list] ?? [])),
    ]),
  ]);
}

function createIdentity(
  { kind, scopes, roles, groups, acrs }: Needs,
  azp: string,
  tid: string,
  isAgent: boolean,
): Identity {
  const agent = isAgent ? ({ acts: kind === "app" ? "as-itself" : "for-user" } as const) : undefined;
  const times = { issuedAtSeconds: 0, untilSeconds: Number.POSITIVE_INFINITY };
  const lists = { scopes, roles, groups, groupsLack: undefined, contexts: acrs, capabilities: [] } as const;
  return { kind, oid: unnamed, tid, azp, agent, ...lists, ...times };
}

/** A caller of one side as a phrase: `a user with scopes orders.read`. Tells what the other side decides too. */
export function describeCaller({ identity, audience, isRevoked }: Caller, own: Policy, other: Policy): string {
  const { kind, scopes, roles, groups, contexts, azp, tid, agent } = identity;
  const { tenants } = own.settings;
  const isOnlyTenant = tenants.decided === "by-list" && tenants.allowed.size === 1;
  const parts = [
    ...list("scopes", scopes),
    ...list("roles", roles),
    ...list("groups", groups),
    ...list("contexts", contexts),
    ...(azp === unnamed ? [] : [`client ${azp}`]),
    ...(tid === unnamed || isOnlyTenant ? [] : [`tenant ${tid}`]),
    ...(agent === undefined ? [] : ["the mark of an agent"]),
    ...(other.settings.audiences.has(audience) ? [] : [`audience ${audience}`]),
    ...(isRevoked ? ["a revoked token"] : []),
  ];
  return `${kind === "user" ? "a user" : "an app"} with ${parts.length > 0 ? parts.join(", ") : "any valid token"}`;
}

function list(noun: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${noun} ${[...new Set(names)].join(" ")}`];
}
