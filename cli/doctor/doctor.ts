import type { Io } from "../../src/cli-exports/common.ts";
import { type Environment, readConfig } from "../../src/cli-exports/policy.ts";
import { findMeant, spellRepair } from "../common/spelling.ts";
import { type GateCode, tableOf } from "../project/gate-code.ts";
import { describeOtherEnvironments, type Settings } from "../project/settings.ts";
import type { ReadGraphToken } from "./azure-cli.ts";
import { examineConfiguration } from "./configuration.ts";
import { examineCredentials } from "./credentials.ts";
import { examineDeployment } from "./deployment.ts";
import { examineDrift } from "./drift.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { examineGroups } from "./groups.ts";
import { examineIssuers } from "./issuers.ts";
import { examineNode } from "./node.ts";
import { examineOrigin } from "./origin.ts";
import { findPlaceOf } from "./places.ts";
import { examineResources } from "./resources.ts";
import { examineRevocations } from "./revocations.ts";
import { examineProblem, examineRoutes } from "./routes.ts";
import type { DoctorSubject } from "./subject.ts";
import { examineTenants } from "./tenants.ts";

const { fault, skipped, warning } = findingsOf("configuration");

/** What to examine besides the configuration. */
export interface Examination {
  /** Whether to send no requests. */
  readonly offline?: boolean;
  /** Address or file of a document to compare the routes with. */
  readonly openapi?: string | undefined;
  /** Scopes that users need where a plain bearer scheme of the document has an empty list. */
  readonly scopes?: readonly string[] | undefined;
  /** Gets a token with which to read the API's registration. */
  readonly readGraphToken?: ReadGraphToken | undefined;
}

/**
 * Checks everything that a gate needs. If the gate itself reports faults, the other checks do not run.
 *
 * @param io network and clock
 */
export async function examine(
  settings: Settings,
  code: GateCode,
  io: Io,
  examination: Examination,
): Promise<readonly Finding[]> {
  const findings = [...(await examineAll(settings, code, io, examination)), ...examineOtherNames(settings)];
  return findings.map((finding) => {
    const place = findPlaceOf(finding, settings);
    const fix = finding.fix && spellRepair(finding.fix, settings.place);
    return { ...finding, ...(fix !== undefined && { fix }), ...(place !== undefined && { place }) };
  });
}

/** Reports names that look like variables of the gate but are not read by it. */
function examineOtherNames({ otherNames }: Settings): readonly Finding[] {
  return [...new Set(otherNames)].flatMap((name) => {
    const meant = findMeant(name);
    return meant === undefined ? [] : [warning(`the gate does not read ${name}`, `Did you mean ${meant}?`)];
  });
}

async function examineAll(
  settings: Settings,
  code: GateCode,
  io: Io,
  { offline, openapi, scopes, readGraphToken }: Examination,
): Promise<readonly Finding[]> {
  const table = tableOf(code);
  const environment = code.environment ?? settings.environment;
  const read = readConfig(environment, table.createContext(settings.onWorkers));
  const problem = examineProblem(code, findUndecided(read, environment, code, settings.onWorkers));
  if (!read.ok) {
    const others = code.environment === undefined ? describeOtherEnvironments(settings) : undefined;
    return [
      ...read.error.map(({ variable, problem, example }) => fault(`${variable} ${problem}`, example)),
      ...(others === undefined ? [] : [skipped(others)]),
      ...problem,
    ];
  }
  const subject: DoctorSubject = {
    settings,
    code,
    table,
    config: read.value,
    io: offline ? undefined : io,
    readGraphToken,
  };
  const [tenants, origin] = await Promise.all([examineTenants(subject), examineOrigin(subject)]);
  return [
    ...examineConfiguration(subject),
    ...examineDeployment(subject),
    ...examineNode(subject),
    ...tenants,
    ...origin,
    ...(await examineCredentials(subject, io.now())),
    ...(await examineGroups(subject)),
    ...(await examineIssuers(subject)),
    ...(await examineRevocations(subject)),
    ...problem,
    ...examineRoutes(subject),
    ...examineResources(subject),
    ...(openapi === undefined ? [] : await examineDrift(subject, openapi, scopes)),
  ];
}

/** Variables that are faulty without any routes and options, but perhaps not with those that could not be read. */
function findUndecided(
  read: ReturnType<typeof readConfig>,
  environment: Environment,
  { problem, table }: GateCode,
  onWorkers: boolean,
): readonly string[] {
  if (problem === undefined || table !== undefined) return [];
  const bare = readConfig(environment, tableOf({ options: {} }).createContext(onWorkers));
  const certain = read.ok ? [] : read.error.map(({ variable }) => variable);
  return bare.ok ? [] : bare.error.map(({ variable }) => variable).filter((name) => !certain.includes(name));
}
