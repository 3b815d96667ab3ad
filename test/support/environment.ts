import { type Config, type ConfigContext, isOfGate, readConfig } from "../../src/core/config/config.ts";
import { type ConfigFault, describeFault } from "../../src/core/config/fault.ts";
import { namesOf, knownVariables as table } from "../../src/core/config/table.ts";
import type { Environment } from "../../src/core/config/variables.ts";
import { audience, tenant } from "./claims.ts";

/** The minimal environment of a gate. */
export const validEnvironment: Environment = Object.freeze({
  ENTRA_TENANT_ID: tenant,
  ENTRA_API_AUDIENCE: audience,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
});

/** Logs users unhashed, so that a log line exists as soon as its response. */
export const plainLog: Environment = Object.freeze({ GATE_LOG_SUBJECT: "plain" });

/** Every variable that the gate reads, without its bindings. */
export const knownVariables = namesOf(table).filter(isOfGate);

export const ordinaryContext: ConfigContext = {
  tenantsDecidedInCode: false,
  defaultRequirementUnused: false,
  tlsProxyObstacle: undefined,
};

/** The minimal environment with some variables changed; `undefined` removes one. */
export function environmentWith(changes: Environment): Environment {
  const entries = Object.entries({ ...validEnvironment, ...changes });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The configuration of the minimal environment with changes; throws if it is faulty. */
export function configWith(changes: Environment, context: Partial<ConfigContext> = {}): Config {
  const read = readConfig(environmentWith(changes), { ...ordinaryContext, ...context });
  if (!read.ok) throw new Error(read.error.map(describeFault).join("\n"));
  return read.value;
}

/** Faults of the minimal environment with changes. */
export function faultsWith(changes: Environment, context: Partial<ConfigContext> = {}): readonly ConfigFault[] {
  const read = readConfig(environmentWith(changes), { ...ordinaryContext, ...context });
  return read.ok ? [] : read.error;
}

/** Names of the faulty variables. */
export function faultyVariables(changes: Environment, context: Partial<ConfigContext> = {}): readonly string[] {
  return faultsWith(changes, context).map(({ variable }) => variable);
}
