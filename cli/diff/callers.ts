import type { Identity } from "../../src/cli-exports/gate.ts";
import {
  type Alternative,
  defaultAuthority,
  listAlternatives,
  listRequirements,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import { type DeclaredRoute, listRules } from "../project/gate-code.ts";
import { allTraits, traits, unnamed } from "../project/traits.ts";
import { admits, type Caller, type Policy } from "./policy.ts";

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
 * Finds a caller whom one side admits, and the other does not. More scopes, roles, groups and contexts never hurt, so callers
 * that have just what the one side requires are enough to try.
 *
 * @returns `undefined` if there is none
 * @throws UsageError if the requirements have too many combinations
 */
export function findCaller(admitting: Side, refusing: Side): Caller | undefined {
  const rules = [admitting, refusing].flatMap(listNamed);
  const { audiences } = admitting.policy.settings;
  const revocations = refusing.policy.revokes ? [false, true] : [false];
  const tokens = [...audiences].flatMap((audience) => revocations.map((isRevoked) => ({ audience, isRevoked })));
  let tried = 0;
  for (const alternative of listOwn(admitting)) {
    for (const parts of combine(allTraits.map(({ sample }) => sample(alternative, rules)))) {
      const identity = { ...withoutTraits, ...parts };
      for (const token of tokens) {
        tried += 1;
        if (tried > callersMaximum) throw tooMany(admitting);
        const caller = { identity, ...token };
        if (admits(admitting.policy, admitting.route, caller) && !admits(refusing.policy, refusing.route, caller)) {
          return caller;
        }
      }
    }
  }
  return undefined;
}

function tooMany({ route }: Side): UsageError {
  return new UsageError(`${route.name} has too many alternatives to compare. Require fewer names`);
}

/** Callers with a token and nothing else come first: report mode admits them, and every `authenticated` route. */
function* listOwn(side: Side): Generator<Alternative> {
  yield { kind: "user" };
  yield { kind: "app" };
  const { policy, route } = side;
  if (route.access === undefined) return;
  const requirements = listRequirements(route.access, policy.settings.defaultRequirement);
  const alternatives = listAlternatives(requirements, alternativesMaximum);
  if (alternatives === undefined) throw tooMany(side);
  yield* alternatives;
}

/** The rules of a policy that decide about callers of a route. */
function listNamed({ policy: { settings }, route }: Side): readonly RuleOptions[] {
  const { allowedClients, tenants, defaultRequirement } = settings;
  return [
    { clients: [...(allowedClients ?? [])], tenants: tenants.decided === "by-list" ? [...tenants.allowed] : [] },
    ...listRules([route], defaultRequirement),
  ];
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
  const { tenants } = own.settings;
  const isOnlyTenant = tenants.decided === "by-list" && tenants.allowed.size === 1;
  const shown = allTraits.filter((trait) => !isOnlyTenant || trait !== traits.tenants);
  const parts = [
    ...shown.flatMap(({ describe }) => describe(identity) ?? []),
    ...(other.settings.audiences.has(audience) ? [] : [`audience ${audience}`]),
    ...(isRevoked ? ["a revoked token"] : []),
  ];
  return `${identity.kind === "user" ? "a user" : "an app"} with ${parts.length > 0 ? parts.join(", ") : "any valid token"}`;
}
