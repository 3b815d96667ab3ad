import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { fail } from "../../base/common/result.ts";
import type { Served } from "../../base/http/call.ts";
import { type Authority, createAuthority, type KeySource } from "../authority/authority.ts";
import type { TokenVersion } from "../authority/version.ts";
import type { AuthorityConfig } from "../config/authority.ts";
import { type Config, type ConfigContext, readConfig } from "../config/config.ts";
import { describeFault } from "../config/fault.ts";
import { type HealthConfig, type Mode, readDefaultObservation } from "../config/observation.ts";
import type { OriginConfig } from "../config/origin.ts";
import type { RateLimiter } from "../config/rate-limiter.ts";
import type { TlsProxyObstacle } from "../config/tls-proxy.ts";
import { type Environment, UnreadableError } from "../config/variables.ts";
import type { KeyStore } from "../keys/key-store.ts";
import { defaultRequirement } from "../policy/requirement.ts";
import type { Requirement } from "../policy/rule.ts";
import { type Authenticate, createAuthenticate, createTokenChecks } from "../token/authenticator.ts";
import type { TenantCheck } from "../token/tenant-check.ts";
import {
  type AuthoritiesFactory,
  type AuthoritySetup,
  type CheckingAuthority,
  readAuthoritiesProvider,
} from "./authorities.ts";
import { createBareLog, createDecisionLog, type RecordDecision } from "./decision-log.ts";
import { readProvider, type TokenService, type TokenServiceFactory } from "./downstream.ts";
import type { EntraPluginOptions } from "./entra-options.ts";
import { describeThrown } from "./exception.ts";
import { type GroupService, type GroupServiceFactory, readGroupsProvider } from "./groups.ts";
import { type IssuerFactory, type IssuerService, readIssuerProvider } from "./issuer.ts";
import { type RevocationList, type RevocationsFactory, readRevocationsProvider } from "./revocations.ts";

/** Everything that the gate derives from one environment. */
export interface GateSetup extends Served {
  /** `false` if the configuration is faulty. The gate then answers every request with 500. */
  readonly configured: boolean;
  /** The environment, from which optional parts read their own variables. */
  readonly environment?: Environment;
  readonly authenticate: Authenticate;
  /** All authorities, the default one first; empty if the configuration is faulty. */
  readonly authorities: readonly AuthoritySetup[];
  /** Requirement of routes without their own; `undefined` refuses every caller. */
  readonly defaultRequirement?: Requirement | undefined;
  /** The origin without a name. */
  readonly origin?: OriginConfig | undefined;
  /** The other origins of routes, by their names. */
  readonly origins?: ReadonlyMap<string, OriginConfig> | undefined;
  /** Counts failed authentications, if the binding RATE_LIMITER exists. */
  readonly limiter?: RateLimiter | undefined;
  /** Tokens for other APIs; `undefined` without the option `downstream`. */
  readonly downstream?: TokenService | undefined;
  /** Groups that the token does not list; `undefined` without the option `groups`. */
  readonly groups?: GroupService | undefined;
  /** The gate's own issuers; `undefined` without the option `issuer`. */
  readonly issuer?: IssuerService | undefined;
  /** The list of revoked callers; `undefined` without the option `revocations`. */
  readonly revocations?: RevocationList | undefined;
  /** Whether denied requests are refused or only reported. */
  readonly mode: Mode;
  readonly health: HealthConfig;
  /** Whether responses to admitted callers say where the keys came from. */
  readonly serverTiming?: boolean;
  readonly record: RecordDecision;
  /** Whether allowed requests are logged or counted. If not, they cost nothing. */
  readonly recordsAllowed: boolean;
}

/** What the code of a worker decides, beside the environment. */
export interface SetupContext extends ConfigContext {
  readonly authorities?: AuthoritiesFactory | undefined;
  readonly isTenantAllowed: TenantCheck | undefined;
  readonly downstream: TokenServiceFactory | undefined;
  readonly groups?: GroupServiceFactory | undefined;
  readonly issuer?: IssuerFactory | undefined;
  readonly revocations?: RevocationsFactory | undefined;
}

/**
 * Says what options in code change, for an app in which every route has its own requirement.
 *
 * @param tlsProxyObstacle to GATE_TLS_PROXY
 */
export function describeOptions(
  { authorities, isTenantAllowed, downstream, groups, issuer, revocations }: EntraPluginOptions,
  tlsProxyObstacle: TlsProxyObstacle | undefined,
): SetupContext {
  if (groups !== undefined && downstream === undefined) {
    throw new TypeError(
      "the option groups requires the option downstream: downstream(), of createGate or createEntraPlugin",
    );
  }
  return {
    authorities: readAuthoritiesProvider(authorities),
    isTenantAllowed,
    tenantsDecidedInCode: isTenantAllowed !== undefined,
    downstream: readProvider(downstream),
    groups: readGroupsProvider(groups),
    issuer: readIssuerProvider(issuer),
    revocations: readRevocationsProvider(revocations),
    defaultRequirementUnused: true,
    tlsProxyObstacle,
  };
}

/** What a setup consists of, beside the environment. */
export interface SetupOptions {
  readonly io: Io;
  /** Returns the signing keys of an authority, by its name. */
  readonly keysOf: (authority: string) => KeyStore;
  readonly context: SetupContext;
}

/**
 * Reads the configuration and builds a setup. It logs one line for each fault. Never throws.
 *
 * @returns a setup that refuses every call if the configuration is faulty or cannot be read
 */
export function createSetup(environment: Environment, options: SetupOptions): GateSetup {
  try {
    return buildSetup(environment, options);
  } catch (error) {
    const isUnread = error instanceof UnreadableError;
    const fault = isUnread ? error.message : `The gate cannot start: ${describeThrown(error)}`;
    options.io.log({ event: "misconfigured", level: "error", fault });
    return createClosedSetup(options.io);
  }
}

/**
 * Caches one setup for each environment. An isolate passes the same object with every request.
 *
 * @param options shared by all setups
 */
export function createSetups(options: SetupOptions): (environment: Environment) => GateSetup {
  const setups = new WeakMap<Environment, GateSetup>();
  return (environment) => {
    let setup = setups.get(environment);
    if (setup === undefined) {
      setup = createSetup(environment, options);
      setups.set(environment, setup);
    }
    return setup;
  };
}

function buildSetup(environment: Environment, options: SetupOptions): GateSetup {
  const { io, context } = options;
  const { downstream, groups, issuer, revocations } = context;
  const read = readConfig(environment, context);
  if (!read.ok) {
    for (const fault of read.error) io.log({ event: "misconfigured", level: "error", fault: describeFault(fault) });
    return createClosedSetup(io);
  }
  const config = read.value;
  const { clockSkewSeconds, addresses, tlsProxy, observation, limiter } = config;
  const authorities = config.authorities.map((each) => buildAuthority(each, config, options));
  const [authority] = authorities as [CheckingAuthority];
  const issuers = issuer?.create({ io, config, environment });
  const signClientAssertion = issuers?.signClientAssertion;
  const tokens = downstream?.create({ io, authority, config, environment, signClientAssertion });
  return {
    configured: true,
    environment,
    authenticate: createAuthenticate(context.authorities?.chooseBetween(authorities) ?? authority.checks),
    authorities,
    defaultRequirement: defaultRequirement(config),
    addresses,
    tlsProxy,
    origin: config.origin,
    origins: config.origins,
    downstream: tokens,
    groups: tokens && groups?.create({ io, authority, config, environment, tokens }),
    issuer: issuers,
    revocations: revocations?.createList({ io, environment, authorities: authorities.map(({ name }) => name) }),
    limiter,
    mode: observation.mode,
    health: observation.health,
    serverTiming: observation.serverTiming,
    record: createDecisionLog(io, observation, clockSkewSeconds, authorities.length > 1),
    recordsAllowed: observation.logAllowedShare > 0 || observation.decisions !== undefined,
  };
}

function buildAuthority(
  config: AuthorityConfig,
  { clockSkewSeconds, authorities: { length: authorities } }: Config,
  { io, keysOf, context: { isTenantAllowed, revocations } }: SetupOptions,
): CheckingAuthority {
  const authority = createAuthority(config);
  const keys = keysOf(config.name);
  const rules = { ...config, authority, clockSkewSeconds };
  const keepsIds = revocations !== undefined;
  return {
    ...config,
    ...authority,
    keys,
    listKeySources: () => listKeySources(authority, config).slice(0, limits.warmedKeySets / authorities),
    checks: createTokenChecks({ io, keys, rules, isTenantAllowed, authorities, keepsIds }),
  };
}

function listKeySources(authority: Authority, { tenants, acceptV1 }: AuthorityConfig): readonly KeySource[] {
  if (tenants.decided !== "by-list") return [];
  const versions: readonly TokenVersion[] = acceptV1 ? ["2.0", "1.0"] : ["2.0"];
  return [...tenants.allowed].flatMap((tenant) => versions.map((version) => authority.keySource(tenant, version)));
}

/** Creates a setup without a configuration: it serves public routes and refuses every token. */
export function createBareSetup(io: Io): GateSetup {
  return { ...createClosedSetup(io), configured: true };
}

function createClosedSetup(io: Io): GateSetup {
  const { mode, health } = readDefaultObservation();
  return {
    configured: false,
    authenticate: () => fail({ reason: "misconfigured" }),
    authorities: [],
    mode,
    health,
    record: createBareLog(io),
    recordsAllowed: false,
  };
}
