import { fail, type Result, succeed } from "../../src/cli-exports/common.ts";
import {
  authorize,
  checkRevocation,
  createPrincipal,
  type Denial,
  type Identity,
  replaceGroups,
} from "../../src/cli-exports/gate.ts";
import {
  type Access,
  defaultAuthority,
  defaultRequirement,
  isAuthorityNamed,
  listRequirements,
  type Requirement,
} from "../../src/cli-exports/policy.ts";
import { compileRules, describeRule, documentKey, findRule, readDocument } from "../../src/cli-exports/revocations.ts";
import { nameGroupsOf } from "../project/gate-code.ts";
import { traits } from "../project/traits.ts";
import { listAccessSteps, listedSteps, listSteps, revocationSteps } from "./access-steps.ts";
import { type Facts, walk } from "./facts/facts.ts";
import type { CheckRecorder } from "./recorder.ts";
import { repairIdentity } from "./repairs.ts";
import type { ExplainTools } from "./tools.ts";

/**
 * Checks a caller against the route, in the order of `createAdmit` and the gate's own `findDenial`.
 *
 * @param requirements result of {@link findRequirements}
 * @param problem why the gate's code, and with it its routes, is unknown
 */
export async function walkAccess(
  recorder: CheckRecorder,
  access: Access | undefined,
  requirements: readonly (Requirement | undefined)[],
  tools: ExplainTools,
  problem?: string,
): Promise<void> {
  const { facts, record, skip } = recorder;
  const { options, question, identity, routeNote } = facts;
  [facts.requirement] = requirements;
  // Without a route, the app answers after these checks.
  // Only they name an authority, and only a gate with several has callers of another.
  const hasAuthorities =
    requirements.some((each) => each?.anyOf.some((rule) => rule.from !== undefined)) ||
    (identity !== undefined && identity.authority !== defaultAuthority);
  const accessSteps = listAccessSteps(hasAuthorities);
  const isAsked = question.request !== undefined && facts.noRoute === undefined;
  if (identity === undefined) {
    if (options.revocations) skip(listSteps, "not-reached");
    if (options.revokedAtSeconds) skip(revocationSteps, "not-reached");
    if (isAsked) skip(listedSteps, "not-reached", problem === undefined ? routeNote : undefined);
    return skip(accessSteps, "not-reached");
  }
  if (problem !== undefined) return skip(accessSteps, "unknown", "the gate's routes are unknown");
  if (options.revocations) walkList(recorder, identity, tools.list);
  if (options.revokedAtSeconds) {
    const principal = createPrincipal(identity, { claims: structuredClone(facts.claims ?? {}) });
    record(revocationSteps, toWalk(await checkRevocation(tools.io, { identity, principal }, options.revokedAtSeconds)));
  }
  if (access === undefined) return skip([...listedSteps, ...accessSteps], "unknown", routeNote);
  const isListed = access.kind !== "closed" && access.kind !== "absent";
  if (!isAsked && !isListed) return skip([...listedSteps, ...accessSteps], "unknown", routeNote);
  if (isAsked) record(listedSteps, toWalk(isListed ? undefined : { reason: "route_unlisted" }));
  // As in `authorize`, no requirement applies to a request that gets 404.
  if (!isListed) return skip(accessSteps, "not-reached");
  // All requirements must hold. The explanation shows the first one that does not.
  const { authority } = identity;
  const foreign = requirements.find((each) => !isAuthorityNamed(authority, each === undefined ? [] : [each]));
  // The gate checks the authority for all of them first.
  for (const requirement of foreign === undefined ? requirements : [foreign]) {
    facts.requirement = requirement;
    const start = askGraph(facts, identity);
    const walked = await walk(start, (caller) => decideAccess(facts, caller), repairIdentity);
    record(accessSteps, walked);
    if (walked.failures.length > 0) return;
  }
}

const listOfKv = `the list is in KV: npx wrangler kv key get ${documentKey} --binding REVOCATIONS --remote --preview=false > list.json copies it, and --revocations list.json explains with the copy`;

/** Checks a caller against the list of revocations, which may have changed since. */
function walkList({ facts, record, skip }: CheckRecorder, identity: Identity, list: ExplainTools["list"]): void {
  const read = list?.ok ? readDocument(list.value) : list;
  if (read?.ok) {
    const authorities = facts.config.authorities.map(({ name }) => name);
    const rule = findRule(compileRules(read.value, authorities), identity, facts.nowSeconds);
    record(listSteps, toWalk(rule && describeRule(rule, identity)));
  } else skip(listSteps, "unknown", read === undefined ? listOfKv : `the list of revocations ${read.error}`);
}

/**
 * Returns the caller in all groups of the requirement if the gate asks Microsoft Graph for them. What is then refused,
 * the gate refuses without a question.
 */
function askGraph(facts: Facts, identity: Identity): Identity {
  const { options, requirement } = facts;
  const asks = options.groups !== undefined && identity.kind === "user";
  const ignoresToken = asks && options.groups.source === "graph";
  const own = ignoresToken ? replaceGroups(identity, [], "groups_overage") : identity;
  const isUnknown = asks && own.groupsLack === "groups_overage" && !decideAccess(facts, own).ok;
  facts.graph = undefined;
  if (!isUnknown) return own;
  const named = (requirement?.anyOf ?? []).flatMap(traits.groups.listNames);
  const inAll = replaceGroups(own, named);
  facts.graph = decideAccess(facts, inAll).ok ? "asked" : "spared";
  return inAll;
}

function decideAccess({ config, requirement }: Facts, identity: Identity): Result<true, Denial> {
  const { authorities } = config;
  const denial = authorize({ authorities, defaultRequirement: requirement }, identity, { kind: "default" });
  return denial === undefined ? succeed(true) : fail(denial);
}

/**
 * Finds the requirements of a route, and names their groups. Call it before the token is read.
 *
 * @returns `undefined` for a requirement that is not configured, so that the gate refuses every caller
 */
export function findRequirements({ config }: Facts, access: Access | undefined): readonly (Requirement | undefined)[] {
  if (access === undefined) return [];
  const requirements = listRequirements(access, defaultRequirement(config));
  nameGroupsOf(requirements);
  return requirements.length === 0 ? [undefined] : requirements;
}

function toWalk(denial: Denial | undefined) {
  return {
    failures: denial === undefined ? [] : [denial],
    state: undefined,
    value: denial === undefined ? true : undefined,
  };
}
