import type { Identity } from "../../src/cli-exports/gate.ts";
import {
  type Alternative,
  defaultAuthority,
  listAlternatives,
  listAuthorities,
  listRequirements,
  type Requirement,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import { type DeclaredRoute, listRules } from "../project/gate-code.ts";
import { allTraits, traits, unnamed } from "../project/traits.ts";
import { admits, type Caller, findOwn, type Policy } from "./policy.ts";

/** Who may send a request, as one policy says. */
export interface Side {
  readonly policy: Policy;
  readonly route: DeclaredRoute;
}

/** More are most likely generated lists. */
const callersMaximum = 20_000;
/** One of the first alternatives often decides, so most need no caller. */
const alternativesMaximum = 5 * callersMaximum;

/**
 * Finds a caller whom one side admits, and the other does not.
 *
 * @returns `undefined` if there is none
 * @throws UsageError if the requirements have too many combinations
 */
export function findCaller(admitting: Side, refusing: Side): Caller | undefined {
  const named = [admitting, refusing].flatMap(listNamed);
  const audiences = new Set(admitting.policy.settings.authorities.flatMap((own) => [...own.audiences]));
  const revocations = refusing.policy.revokes ? [false, true] : [false];
  const tokens = [...audiences].flatMap((audience) => revocations.map((isRevoked) => ({ audience, isRevoked })));
  for (const identity of listLeastCallers([[], requirementsOf(admitting)], named, admitting.route.name)) {
    for (const token of tokens) {
      const caller = { identity, ...token };
      if (admits(admitting.policy, admitting.route, caller) && !admits(refusing.policy, refusing.route, caller)) {
        return caller;
      }
    }
  }
  return undefined;
}

/**
 * Lists callers that have just what requirements ask for. More scopes, roles, groups and contexts never hurt, so they
 * are enough to find out whether a caller exists who meets the requirements.
 *
 * @param choices lists of requirements, of which a caller meets one as a whole. An empty list asks only for a token
 * @param named rules whose authorities, clients, tenants and other names are tried
 * @param subject what has the requirements
 * @throws UsageError if there are too many combinations
 */
export function* listLeastCallers(
  choices: readonly (readonly Requirement[])[],
  named: readonly RuleOptions[],
  subject: string,
): Generator<Identity> {
  let tried = 0;
  for (const requirements of choices) {
    const alternatives =
      requirements.length === 0 ? listAny(named) : listAlternatives(requirements, alternativesMaximum);
    if (alternatives === undefined) throw tooMany(subject);
    for (const alternative of alternatives) {
      for (const parts of combine(allTraits.map(({ sample }) => sample(alternative, named)))) {
        tried += 1;
        if (tried > callersMaximum) throw tooMany(subject);
        yield { ...withoutTraits, ...parts };
      }
    }
  }
}

/** Callers with a token of an authority and nothing else: report mode admits them, and every `authenticated` route. */
function listAny(named: readonly RuleOptions[]): readonly Alternative[] {
  const from = [...new Set([defaultAuthority, ...named.flatMap(listAuthorities)])];
  return [
    { kind: "user", from },
    { kind: "app", from },
  ];
}

function tooMany(subject: string): UsageError {
  return new UsageError(`${subject} has too many alternatives to compare. Require fewer names`);
}

/** The requirements of a route that a caller must all meet. */
export function requirementsOf({ policy, route: { access } }: Side): readonly Requirement[] {
  return access === undefined ? [] : listRequirements(access, policy.settings.defaultRequirement);
}

/** The rules of a policy that decide about callers of a route. */
export function listNamed({ policy: { settings }, route }: Side): readonly RuleOptions[] {
  const { authorities, defaultRequirement } = settings;
  const lists = authorities.map(({ allowedClients, tenants }) => ({
    clients: [...(allowedClients ?? [])],
    tenants: tenants.decided === "by-list" ? [...tenants.allowed] : [],
  }));
  return [...lists, ...listRules([route], defaultRequirement)];
}

/** One of each list, with each of the others. */
function* combine([first, ...others]: readonly (readonly Partial<Identity>[])[]): Generator<Partial<Identity>> {
  if (first === undefined) return yield {};
  for (const part of first) for (const rest of combine(others)) yield { ...part, ...rest };
}

/** A caller whom no list names, with a token that has nothing. */
const withoutTraits: Identity = {
  authority: defaultAuthority,
  kind: "user",
  oid: unnamed,
  tid: unnamed,
  azp: unnamed,
  agent: undefined,
  scopes: [],
  roles: [],
  groups: [],
  groupsLack: undefined,
  contexts: [],
  capabilities: [],
  issuedAtSeconds: 0,
  untilSeconds: Number.POSITIVE_INFINITY,
};

/** A caller of one side as a phrase: `a user with scopes orders.read`. Tells what the other side decides too. */
export function describeCaller({ identity, audience, isRevoked }: Caller, own: Policy, other: Policy): string {
  const tenants = findOwn(own.settings, identity)?.tenants;
  const isOnlyTenant = tenants?.decided === "by-list" && tenants.allowed.size === 1;
  const shown = allTraits.filter((trait) => !isOnlyTenant || trait !== traits.tenants);
  const parts = [
    ...shown.flatMap(({ describe }) => describe(identity) ?? []),
    ...(findOwn(other.settings, identity)?.audiences.has(audience) !== false ? [] : [`audience ${audience}`]),
    ...(isRevoked ? ["a revoked token"] : []),
  ];
  return `${identity.kind === "user" ? "a user" : "an app"} with ${parts.length > 0 ? parts.join(", ") : "any valid token"}`;
}
