import type { GateOptions } from "../../src/cli-exports/gate.ts";
import { UsageError } from "../common/usage-error.ts";
import type { Policy } from "../decisions/policy.ts";
import { type PolicyContext, type PolicySettings, readPolicySettings } from "../project/policy-settings.ts";
import { redirection } from "../project/wrangler-config.ts";
import { type Change, comparePolicies } from "./compare.ts";
import { compareDeployments } from "./deployment.ts";
import { compareEntrances } from "./entrance.ts";
import { compareOptions, listOwnCode } from "./options.ts";
import { type Deployment, type Problem, type Project, shareVariables } from "./project.ts";
import { createChange, harmless, type ProjectChange } from "./project-change.ts";
import { compareVariables, listOthers, readStates, readTexts, type Variables } from "./variables.ts";

/** What differs, and what neither side shows. */
export interface Comparison {
  readonly changes: readonly (Change | ProjectChange)[];
  /** Phrases: `values of secrets: GATE_LOG_KEY`. */
  readonly notCompared: readonly string[];
}

/** What differs in one environment. */
export interface EnvironmentComparison extends Comparison {
  /** Empty for the top level. */
  readonly env: string;
}

/**
 * Compares two projects at the top level and in each environment of either. An environment that only the second one has
 * is compared with the top level of the first one.
 *
 * @param env the only environment to compare; empty for the top level
 * @throws UsageError if neither project has it, or there is too much to compare
 */
export async function compareProjects(
  before: Project,
  after: Project,
  env: string | undefined,
): Promise<readonly EnvironmentComparison[]> {
  const all = ["", ...new Set([...before.environments, ...after.environments])];
  if (env !== undefined && !all.includes(env))
    throw new UsageError(
      `--env ${env} is in neither folder: they have ${all.slice(1).join(", ") || "no environments"}`,
    );
  const compared: EnvironmentComparison[] = [];
  for (const each of env === undefined ? all : [env]) {
    compared.push({ env: each, ...(await compareEnvironment(before, after, each)) });
  }
  return compared;
}

async function compareEnvironment(before: Project, after: Project, env: string): Promise<Comparison> {
  const has = ({ environments }: Project) => env === "" || environments.includes(env);
  if (!has(after)) {
    return { changes: createChange("environment", "environment", ["gone"], "deployed", "removed"), notCompared: [] };
  }
  return compareSides(await before.load(has(before) ? env : ""), await after.load(env));
}

function compareSides(was: Deployment | Problem, is: Deployment | Problem): Comparison {
  const [first, second] = [was, is].map((side) => ("problem" in side ? side.problem : findFaults(side)));
  if (first !== undefined || second !== undefined || "problem" in was || "problem" in is)
    return { changes: describeProblems(first ?? "a gate", second ?? "a gate"), notCompared: [] };
  if ((was.wrangler === undefined) !== (is.wrangler === undefined)) {
    return { changes: describeProblems(describeRuntime(was), describeRuntime(is)), notCompared: [] };
  }
  const settings = readPolicySettings(
    shareVariables(readTexts(was.environment), readTexts(is.environment)),
    // What the code of one side makes unnecessary, the variables of the other need not have.
    { tenantsDecidedInCode: true, defaultRequirementUnused: true, authorities: joinAuthorities(was, is) },
  );
  const variables = compareVariables(readVariables(was), readVariables(is));
  const options = compareCode(was, is);
  const deployments = compareWranglers(was, is);
  return {
    changes: [
      ...comparePolicies(createSharedPolicy(was, settings), createSharedPolicy(is, settings)),
      ...variables.changes,
      ...options.changes,
      ...compareEntrances(was.code, is.code),
      ...deployments.changes,
      ...compareRedirections(was, is),
    ],
    notCompared: [
      ...listNames("values of secrets", variables.hidden),
      ...listNames("names that are no variables of a gate", variables.unclassified),
      ...options.notCompared,
      ...deployments.notCompared,
    ],
  };
}

/** Reads the authorities that one of the sides declares. */
function joinAuthorities(...sides: readonly Deployment[]): PolicyContext["authorities"] {
  const declared = sides.flatMap(({ table }) => table.createContext(true).authorities ?? []);
  return {
    read(reader, tenantsDecidedInCode) {
      const all = declared.flatMap(({ read }) => read(reader, tenantsDecidedInCode));
      return [...new Map(all.map((own) => [own.name, own])).values()];
    },
  };
}

/** Routes of both sides are compared under equal variables and options, so that each of those is one change. */
function createSharedPolicy({ table }: Deployment, settings: PolicySettings): Policy {
  return { table, settings, revokes: false };
}

const describeProblems = (before: string, after: string) =>
  createChange("worker", "worker", ["unknown"], before, after);

const describeRuntime = ({ wrangler }: Deployment) =>
  wrangler === undefined ? "a program for Node or Deno" : "a worker of Wrangler";

/** Says why a gate with these variables would refuse every request. */
function findFaults({ environment, table }: Deployment): string | undefined {
  const { authorities, tenantsDecidedInCode } = table.createContext(true);
  // A secret can have the list.
  const isDecided = tenantsDecidedInCode || typeof environment.ENTRA_ALLOWED_TENANTS === "object";
  const context = { authorities, tenantsDecidedInCode: isDecided, defaultRequirementUnused: true };
  try {
    readPolicySettings(shareVariables(readTexts(environment), {}), context);
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return `a faulty configuration: ${error.lines.join("; ")}`;
    throw error;
  }
}

function readVariables({ code, table, environment, wrangler }: Deployment): Variables {
  return {
    states: readStates(environment, code.environment === undefined ? wrangler : undefined),
    origins: new Set(table.routes.flatMap(({ origin }) => origin ?? [])),
    usesDefault: !table.createContext(true).defaultRequirementUnused || environment.GATE_HEALTH === "guarded",
  };
}

function compareCode(was: Deployment, is: Deployment): Comparison {
  if (was.isDocument || is.isDocument) {
    return { changes: [], notCompared: ["options of the gate, which no document names"] };
  }
  const [before, after]: readonly GateOptions[] = [was.code.options, is.code.options];
  return {
    changes: compareOptions(before!, after!, () => false),
    notCompared: listNames("what code decides in", listOwnCode(before!, after!)),
  };
}

function compareWranglers({ wrangler: was }: Deployment, { wrangler: is }: Deployment): Comparison {
  if (was === undefined || is === undefined) {
    const text = "variables and addresses: no file in Git has those of a program for Node or Deno";
    return { changes: [], notCompared: [text] };
  }
  const { changes, unclassified } = compareDeployments(was, is);
  return {
    changes,
    notCompared: [
      ...listNames("variables and bindings that are none of a gate", listOthers(was, is)),
      ...listNames("settings of Wrangler", unclassified),
      "variables, secrets and settings that only Cloudflare's dashboard has",
    ],
  };
}

/** Wrangler then deploys another configuration than the one that is compared. */
function compareRedirections(
  { redirected: was }: Deployment,
  { redirected: is }: Deployment,
): readonly ProjectChange[] {
  const effects = was === is ? harmless : (["unknown"] as const);
  return createChange("setting", redirection, effects, was ?? "not set", is ?? "not set");
}

function listNames(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}`];
}
