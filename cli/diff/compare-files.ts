import { createPolicy, isDocument, type Policy, type PolicySources, readRoutes } from "../decisions/policy.ts";
import type { GateCode } from "../project/gate-code.ts";
import { comparePolicies } from "./compare.ts";
import type { Comparison } from "./compare-projects.ts";
import { compareEntrances } from "./entrance.ts";
import { compareOptions } from "./options.ts";

/**
 * Compares two modules of routes, or documents, with the variables of one configuration.
 *
 * @throws UsageError that says why one cannot be read, or that there is too much to compare
 */
export async function compareFiles(before: string, after: string, sources: PolicySources): Promise<Comparison> {
  const was = await readRoutes(before, sources);
  const is = await readRoutes(after, sources);
  const [from, to] = [createPolicy(was, sources.environment), createPolicy(is, sources.environment)];
  return {
    changes: [
      ...comparePolicies(from, to),
      ...compareEntrances(was, is),
      ...([before, after].some(isDocument) ? [] : compareOwnOptions([was, from], [is, to])),
    ],
    notCompared: ["variables, bindings and other settings: to compare them too, name two folders"],
  };
}

type Read = readonly [code: GateCode, policy: Policy];

/** The requests show the tenants that code allows, and whether code revokes tokens at all. */
function compareOwnOptions([was, from]: Read, [is, to]: Read) {
  return compareOptions(was.options, is.options, (name) => {
    const isOfRevocation = name === "revokedAtSeconds" || name === "revocations";
    return name === "isTenantAllowed" || (isOfRevocation && from.revokes !== to.revokes);
  });
}
