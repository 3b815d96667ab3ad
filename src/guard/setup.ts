import { type Authority, createAuthority, type KeySource } from "../authority/authority.ts";
import type { TokenVersion } from "../authority/version.ts";
import { type Config, readConfig } from "../config/config.ts";
import { describeFault } from "../config/fault.ts";
import { defaultObservation, type HealthConfig, type Mode } from "../config/observation.ts";
import type { OriginConfig } from "../config/origin.ts";
import type { RateLimiter } from "../config/rate-limiter.ts";
import type { Serving } from "../config/serving.ts";
import type { Environment } from "../config/variables.ts";
import type { Io } from "../io.ts";
import type { KeyStore } from "../keys/key-store.ts";
import * as limits from "../limits.ts";
import { defaultRequirement, type Requirement } from "../policy/requirement.ts";
import { fail } from "../result.ts";
import { type Authenticate, createAuthenticator } from "../token/authenticator.ts";
import type { TenantCheck } from "../token/tenant-check.ts";
import { createBareLog, createDecisionLog, type RecordDecision } from "./decision-log.ts";
import type { DownstreamFactory, DownstreamService } from "./downstream.ts";
import type { GuardFacts } from "./facts.ts";

/** What one environment makes of a gate. */
export interface GateSetup {
  /** A faulty configuration answers every request with 500. */
  readonly configured: boolean;
  /** Sign-in page, for challenges. */
  readonly authorizationUri: string;
  readonly authenticate: Authenticate;
  /** Client applications that may call at all; `undefined` is any. */
  readonly allowedClients: ReadonlySet<string> | undefined;
  /** Of routes that name none; `undefined` refuses everybody there. */
  readonly defaultRequirement?: Requirement | undefined;
  /** What a description of the API may say of it; `undefined` where the configuration is faulty. */
  readonly facts?: GuardFacts | undefined;
  /** Origins that requests may be addressed to; `undefined` is any. */
  readonly addresses?: ReadonlySet<string> | undefined;
  readonly origin?: OriginConfig | undefined;
  /** How far this clock and Entra's may differ. */
  readonly clockSkewSeconds: number;
  /** Counts failed authentications, where the platform has the binding RATE_LIMITER. */
  readonly limiter?: RateLimiter | undefined;
  /** Where the keys of the tenants are that the configuration names, as many as may be fetched ahead of need. */
  readonly keySources: readonly KeySource[];
  /** Tokens for other APIs; `undefined` where the gate was given no `downstream`. */
  readonly downstream?: DownstreamService | undefined;
  /** Whether policy refuses, or reports. */
  readonly mode: Mode;
  readonly health: HealthConfig;
  readonly record: RecordDecision;
  /** Whether allowed requests are logged, or counted: else nothing is done for them. */
  readonly recordsAllowed: boolean;
}

/** What a setup is made of beside its environment. */
export interface SetupParts {
  readonly io: Io;
  readonly keys: KeyStore;
  readonly isTenantAllowed: TenantCheck | undefined;
  readonly defaultRequirementUnused: boolean;
  readonly downstream?: DownstreamFactory | undefined;
  /** `undefined` in an adapter. */
  readonly serving: Serving | undefined;
}

/**
 * Reads the configuration and builds what depends on it. Faults are logged, one line each.
 *
 * @returns a setup that refuses everybody where the configuration is faulty, or where reading it throws; never throws
 */
export function createSetup(environment: Environment, parts: SetupParts): GateSetup {
  try {
    return buildSetup(environment, parts);
  } catch {
    // A binding can throw when it is read, and what it says may be a secret.
    parts.io.log({ event: "misconfigured", fault: "the environment could not be read" });
    return createClosedSetup(parts.io);
  }
}

/**
 * Makes setups of environments, one for each: an isolate hands over the same object with every request.
 *
 * @param parts that all of them share
 */
export function createSetups(parts: SetupParts): (environment: Environment) => GateSetup {
  const setups = new WeakMap<Environment, GateSetup>();
  return (environment) => {
    let setup = setups.get(environment);
    if (setup === undefined) {
      setup = createSetup(environment, parts);
      setups.set(environment, setup);
    }
    return setup;
  };
}

function buildSetup(environment: Environment, parts: SetupParts): GateSetup {
  const { io, keys, isTenantAllowed, downstream } = parts;
  const read = readConfig(environment, { ...parts, tenantsDecidedInCode: isTenantAllowed !== undefined });
  if (!read.ok) {
    for (const fault of read.error) io.log({ event: "misconfigured", fault: describeFault(fault) });
    return createClosedSetup(io);
  }
  const config = read.value;
  const { tenants, audiences, clockSkewSeconds, allowedClients, addresses, origin, observation, limiter } = config;
  const authority = createAuthority(config);
  const byDefault = defaultRequirement(config.requiredScopes, config.requiredRoles);
  const rules = { authority, tenants, audiences, clockSkewSeconds };
  return {
    configured: true,
    authorizationUri: authority.authorizationUri,
    authenticate: createAuthenticator({ io, keys, rules, isTenantAllowed }),
    defaultRequirement: byDefault,
    facts: { login: authority.login, tenants, audiences, defaultRequirement: byDefault },
    addresses,
    origin,
    clockSkewSeconds,
    downstream: downstream?.create({ io, authority, config, environment }),
    limiter,
    allowedClients,
    keySources: listKeySources(authority, config),
    mode: observation.mode,
    health: observation.health,
    record: createDecisionLog(io, observation),
    recordsAllowed: observation.logAllowedShare > 0 || observation.decisions !== undefined,
  };
}

function listKeySources(authority: Authority, { tenants, acceptV1 }: Config): readonly KeySource[] {
  if (tenants.decided !== "by-list") return [];
  const versions: readonly TokenVersion[] = acceptV1 ? ["2.0", "1.0"] : ["2.0"];
  return [...tenants.allowed]
    .flatMap((tenant) => versions.map((version) => authority.keySource(tenant, version)))
    .slice(0, limits.warmedKeySets);
}

/** Where no configuration is needed: public routes are served, and every token is refused. */
export function createBareSetup(io: Io): GateSetup {
  return { ...createClosedSetup(io), configured: true };
}

function createClosedSetup(io: Io): GateSetup {
  return {
    configured: false,
    authorizationUri: "",
    authenticate: () => fail({ reason: "misconfigured" }),
    clockSkewSeconds: 0,
    allowedClients: new Set(),
    keySources: [],
    mode: defaultObservation.mode,
    health: defaultObservation.health,
    record: createBareLog(io),
    recordsAllowed: false,
  };
}
