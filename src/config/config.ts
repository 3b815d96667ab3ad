import { fail, type Result, succeed } from "../result.ts";
import { readAccess } from "./access.ts";
import { readAddresses } from "./addresses.ts";
import { readAuthority } from "./authority.ts";
import type { CloudName } from "./cloud.ts";
import { type Credentials, credentialVariables, readCredentials } from "./credentials.ts";
import type { Fault } from "./fault.ts";
import type { GateVariables } from "./gate-variables.ts";
import { type ObservationConfig, readObservation } from "./observation.ts";
import { type OriginConfig, readOrigin, requireOrigin } from "./origin.ts";
import { type RateLimiter, readRateLimiter } from "./rate-limiter.ts";
import type { Serving } from "./serving.ts";
import { readTenants, type TenantRule } from "./tenants.ts";
import { createReader, type Environment, type VariableReader } from "./variables.ts";

/** The gate's configuration, validated and frozen. Made once for each environment; see design of each variable in README. */
export interface Config {
  readonly cloud: CloudName;
  /** Origin of an authority that stands in for the cloud's: External ID, or a local Entra. */
  readonly authority: string | undefined;
  readonly acceptV1: boolean;
  readonly clockSkewSeconds: number;
  readonly tenants: TenantRule;
  /** Accepted `aud` values, compared exactly. */
  readonly audiences: ReadonlySet<string>;
  /** Scopes that a delegated token must all have on routes that name no requirement; empty refuses delegated tokens. */
  readonly requiredScopes: readonly string[];
  /** App roles of which an app-only token must have one on routes that name no requirement; empty refuses them. */
  readonly requiredRoles: readonly string[];
  /** Client applications (`azp`) that may call at all; `undefined` is any. */
  readonly allowedClients: ReadonlySet<string> | undefined;
  /** Origins that requests may be addressed to; `undefined` is any. */
  readonly addresses: ReadonlySet<string> | undefined;
  readonly origin: OriginConfig;
  readonly observation: ObservationConfig;
  readonly credentials: Credentials | undefined;
  /** Counts failed authentications. */
  readonly limiter: RateLimiter | undefined;
}

/** What the caller's code says beside the environment, where it changes which variables are needed. */
export interface ConfigContext {
  /** `isTenantAllowed` was passed in code, so an allowlist of tenants need not be configured. */
  readonly tenantsDecidedInCode: boolean;
  /** No request can meet the default requirement: every route names its own and unlisted paths are rejected. */
  readonly defaultRequirementUnused: boolean;
  /** What the gate exchanges tokens with, where it was given something: it checks its own part of the environment. */
  readonly downstream?: ConfigChecker | undefined;
  /** Absent in an adapter, which another framework serves and which sends nothing on. */
  readonly serving?: Serving | undefined;
}

/** Checks variables that only a part of the gate needs which is not always there. */
export interface ConfigChecker {
  check(reader: VariableReader, read: Pick<Config, "origin" | "credentials">): void;
}

/** Every variable that the gate reads. */
export const variableNames = [
  "ENTRA_TENANT_ID",
  "ENTRA_ALLOWED_TENANTS",
  "ENTRA_API_AUDIENCE",
  "ENTRA_REQUIRED_SCOPE",
  "ENTRA_REQUIRED_ROLE",
  "ENTRA_ALLOWED_CLIENTS",
  "ENTRA_CLOUD",
  "ENTRA_AUTHORITY",
  "ENTRA_ACCEPT_V1",
  "ENTRA_CLOCK_SKEW_SECONDS",
  "ENTRA_CLIENT_ID",
  ...credentialVariables,
  "GATE_HEALTH",
  "GATE_HEALTH_PATH",
  "GATE_LOG_ALLOWED",
  "GATE_LOG_KEY",
  "GATE_LOG_SUBJECT",
  "GATE_MODE",
  "GATE_URL",
  "ORIGIN_URL",
  "ORIGIN_AUTHORIZATION",
  "ORIGIN_PLAINTEXT",
  "ORIGIN_SCOPE",
] as const satisfies readonly (keyof GateVariables)[];

export type VariableName = (typeof variableNames)[number];

const knownVariables: ReadonlySet<string> = new Set(variableNames);

/** Whether a name can only be meant for the gate. */
export function isOfGate(name: string): boolean {
  return /^(entra|gate|origin)[_-]/i.test(name);
}

/**
 * Reads and checks the whole configuration.
 *
 * @param environment variables, secrets and bindings, as the platform hands them over
 * @param context what the caller's code decides beside the environment
 * @returns the frozen configuration, or every fault; never throws
 *
 * @example
 * readConfig(
 *   { ENTRA_TENANT_ID: "11111111-…", ENTRA_API_AUDIENCE: "22222222-…", ENTRA_REQUIRED_SCOPE: "access_as_user" },
 *   { tenantsDecidedInCode: false, defaultRequirementUnused: false },
 * );
 */
export function readConfig(environment: Environment, context: ConfigContext): Result<Config, readonly Fault[]> {
  const reader = createReader(environment);
  for (const variable of reader.names) {
    // A misspelt allowlist would otherwise be no allowlist.
    if (isOfGate(variable) && !knownVariables.has(variable)) {
      reader.fault(variable, "is no variable of the gate: misspelt?", [...knownVariables].join(", "));
    }
  }
  const authority = readAuthority(reader);
  const tenants = readTenants(reader, context.tenantsDecidedInCode);
  const access = readAccess(reader, context.defaultRequirementUnused);
  const addresses = readAddresses(reader, authority.authority, context.serving);
  const origin = readOrigin(reader, context.downstream !== undefined);
  const credentials = readCredentials(reader);
  const limiter = readRateLimiter(reader);
  context.downstream?.check(reader, { origin, credentials });
  const observation = readObservation(reader);
  const { serving } = context;
  if (serving?.onWorkers === false && serving.forwards(observation.mode)) requireOrigin(reader, origin);
  if (reader.faults.length > 0) return fail(reader.faults);
  for (const part of [tenants, origin, origin.target, credentials, observation, observation.health])
    Object.freeze(part);
  return succeed(
    Object.freeze({
      ...authority,
      tenants,
      ...access,
      addresses,
      origin,
      credentials,
      observation,
      limiter,
    }),
  );
}
