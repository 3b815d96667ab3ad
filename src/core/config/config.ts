import { defaultAuthority } from "../../base/common/authority-name.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { TlsProxy } from "../../base/http/tls-proxy.ts";
import { readAccess } from "./access.ts";
import { readAddresses } from "./addresses.ts";
import { type AuthorityConfig, readAuthorityConfig, readClockSkew } from "./authority.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import type { ConfigFault } from "./fault.ts";
import type { AuthorityVariables, GateVariables, IssuerVariables, McpVariables } from "./gate-variables.ts";
import { type ObservationConfig, readObservation } from "./observation.ts";
import {
  isOfNamedOrigin,
  listOriginVariables,
  type OriginConfig,
  readOrigin,
  readOrigins,
  requireTarget,
  zone,
} from "./origin.ts";
import { type RateLimiter, readRateLimiter } from "./rate-limiter.ts";
import type { Serving } from "./serving.ts";
import { isNamed, issuerNames, knownVariables, namesOf, revocationNames } from "./table.ts";
import { readTlsProxy, type TlsProxyObstacle } from "./tls-proxy.ts";
import { createReader, type Environment, type VariableReader } from "./variables.ts";

/**
 * The validated, frozen configuration. It is created once for each environment. docs/reference/variables.md describes
 * each variable. It has the members of the default authority.
 */
export interface Config extends AuthorityConfig {
  /** All authorities, the default one first. */
  readonly authorities: readonly AuthorityConfig[];
  readonly clockSkewSeconds: number;
  /** Default scopes. A delegated token needs all of them; if the list is empty, delegated tokens are refused. */
  readonly requiredScopes: readonly string[];
  /** Default app roles. An app-only token needs one of them; if the list is empty, app-only tokens are refused. */
  readonly requiredRoles: readonly string[];
  /** Default groups, object IDs. A delegated token needs one of them; if the list is empty, groups do not matter. */
  readonly requiredGroups: readonly string[];
  /** Origins that the gate serves; `undefined` allows any. */
  readonly addresses: ReadonlySet<string> | undefined;
  /** The proxy that ends TLS in front of the process; `undefined` if there is none. */
  readonly tlsProxy: TlsProxy | undefined;
  /** The origin without a name. */
  readonly origin: OriginConfig;
  /** The other origins to which routes forward, by their names. */
  readonly origins: ReadonlyMap<string, OriginConfig>;
  readonly observation: ObservationConfig;
  readonly credentials: Credentials | undefined;
  /** Counts failed authentications. */
  readonly limiter: RateLimiter | undefined;
}

/** Options in code that change which variables are required. */
export interface ConfigContext {
  /** The code passes `isTenantAllowed`, so the configuration needs no allowlist of tenants. */
  readonly tenantsDecidedInCode: boolean;
  /** The default requirement never applies: every route has its own, and unlisted paths are rejected. */
  readonly defaultRequirementUnused: boolean;
  /** Why GATE_TLS_PROXY cannot be used; `undefined` if it can. */
  readonly tlsProxyObstacle: TlsProxyObstacle | undefined;
  /** The authorities with a name, if there are any. */
  readonly authorities?: NamedAuthorities | undefined;
  /** The service that acquires tokens for other APIs, if there is one. It checks its own variables. */
  readonly downstream?: ConfigChecker | undefined;
  /** The gate's own issuers, if there are any. They check their own variables. */
  readonly issuer?: ConfigChecker | undefined;
  /** The list of revoked callers, if there is one. It checks its own variables. */
  readonly revocations?: ConfigChecker | undefined;
  /** Optional parts of the app, such as protected resources. */
  readonly parts?: readonly ConfigChecker[] | undefined;
  /** Absent in an adapter: its framework serves the requests, and nothing is forwarded. */
  readonly serving?: Serving | undefined;
}

/** Checks the variables of an optional part of the gate. */
export interface ConfigChecker {
  /** Names of those that nothing else reads. */
  readonly variables?: readonly (
    | keyof GateVariables
    | keyof McpVariables
    | keyof IssuerVariables
    | keyof AuthorityVariables
  )[];
  /** @param config what was read, which may be faulty */
  check(reader: VariableReader, config: Config, context: ConfigContext): void;
}

/** Reads and checks the authorities with a name. */
export interface NamedAuthorities extends ConfigChecker {
  /** Lists their variables that correspond to one of the default authority. */
  listVariables(variable: string): readonly string[];
  read(reader: VariableReader, tenantsDecidedInCode: boolean): readonly AuthorityConfig[];
}

/**
 * Characters that no editor shows. Node and Deno take the byte order mark of an `.env` file for the start of its first
 * name.
 */
const invisibleStart = /^[\s\p{Cf}]+/u;

/** Whether a name has a prefix that is reserved for the gate. */
export function isOfGate(name: string): boolean {
  // To compile the other expression takes a cold isolate longer than all else that is done with names.
  return /^(entra|gate|origin)[_-]/i.test(/^[!-~]/.test(name) ? name : name.replace(invisibleStart, ""));
}

/** Finds the name that has the most characters in common with another, counted from its start and from its end. */
export function findClosest(wanted: string, names: readonly string[]): string {
  function likeness(known: string): number {
    let start = 0;
    while (start < known.length && known[start] === wanted[start]) start += 1;
    let end = 0;
    while (end < known.length - start && known.at(-1 - end) === wanted.at(-1 - end)) end += 1;
    return start + end;
  }
  return names.reduce((best, known) => (likeness(known) > likeness(best) ? known : best));
}

const ofRevocations: readonly string[] = revocationNames;

/** What is known about the names of variables. */
interface KnownNames {
  readonly reader: VariableReader;
  /** Names of the variables that the gate reads. */
  readonly known: readonly string[];
  /** Names of those of the option `issuer`. */
  readonly ofIssuer: readonly string[];
}

/** Reports a variable that has a prefix of the gate, and that the gate does not read. */
function reportUnknown(
  variable: string,
  environment: Environment,
  { serving }: ConfigContext,
  { reader, known, ofIssuer }: KnownNames,
): void {
  const isOfIssuer = ofIssuer.includes(variable);
  const isOfOrigin = isOfNamedOrigin(variable, environment);
  if (invisibleStart.test(variable)) {
    const name = variable.replace(invisibleStart, "");
    reader.fault(name, "has an invisible character before it, such as the byte order mark of a file", `${name}=…`);
  } else if (serving === undefined && (isOfOrigin || isOfIssuer)) {
    reader.fault(variable, "is not used with Hono or DaloyJS, where the gate forwards nothing. Remove it");
  } else if (isOfIssuer) {
    const problem = "requires the option issuer of createGate or createEntraPlugin";
    reader.fault(variable, problem, "createGate({ issuer: issuer() })");
  } else if (!isOfOrigin || serving?.origins) {
    // Routes that are declared later may name other origins.
    const others = isOfOrigin ? " or of a route's origin" : "";
    // Without the option of a variable, the next fault of the correct name says that it is required.
    const ofOptions = [...ofRevocations, ...(serving === undefined ? [] : ofIssuer)];
    const wanted = variable.toUpperCase().replaceAll("-", "_");
    // All origins share ORIGIN_ASSERTION.
    const meant = /^ORIGIN_.*_ASSERTION$/.test(variable)
      ? "ORIGIN_ASSERTION"
      : findClosest(wanted, [...known, ...ofOptions].filter(isOfGate));
    reader.fault(variable, `is not a variable of entra-gate${others}. Did you mean ${meant}?`);
  }
}

/**
 * Reads and checks the whole configuration. Never throws.
 *
 * @param environment variables, secrets and bindings of the platform
 * @param context options in code that change which variables are required
 * @returns the frozen configuration, or every fault
 *
 * @example
 * readConfig(
 *   { ENTRA_TENANT_ID: "11111111-…", ENTRA_API_AUDIENCE: "22222222-…", ENTRA_REQUIRED_SCOPE: "access_as_user" },
 *   { tenantsDecidedInCode: false, defaultRequirementUnused: false, tlsProxyObstacle: undefined },
 * );
 */
export function readConfig(environment: Environment, context: ConfigContext): Result<Config, readonly ConfigFault[]> {
  const reader = createReader(environment);
  const { authorities } = context;
  const checkers = [authorities, context.downstream, context.issuer, context.revocations, ...(context.parts ?? [])];
  const ofParts = checkers.flatMap((checker) => checker?.variables ?? []);
  const { serving, tenantsDecidedInCode } = context;
  const named = [...(serving?.origins?.() ?? [])].filter((name) => name !== undefined);
  const expand = (name: string) => [
    ...listOriginVariables(name, named, reader.names),
    ...(authorities?.listVariables(name) ?? []),
  ];
  let known: readonly string[] | undefined;
  for (const variable of reader.names) {
    if (context.revocations === undefined && ofRevocations.includes(variable)) {
      reader.fault(variable, "requires the option revocations", "createGate({ revocations: revocations() })");
      continue;
    }
    if (!isOfGate(variable) || Object.hasOwn(knownVariables, variable)) continue;
    known ??= [...namesOf(knownVariables), ...ofParts].flatMap(expand);
    if (known.includes(variable) || known.some((name) => isNamed(name, variable))) continue;
    // If the name of an allowlist is misspelled, the allowlist does not apply.
    reportUnknown(variable, environment, context, { reader, known, ofIssuer: issuerNames.flatMap(expand) });
  }
  const own = readAuthorityConfig(reader, defaultAuthority, tenantsDecidedInCode);
  const all = [own, ...(authorities?.read(reader, tenantsDecidedInCode) ?? [])];
  const clockSkewSeconds = readClockSkew(reader);
  const access = readAccess(reader, context.defaultRequirementUnused);
  const addresses = readAddresses(reader, all, context.serving);
  const tlsProxy = readTlsProxy(reader, addresses, context.tlsProxyObstacle);
  const origin = readOrigin(reader, context, reader.word("ORIGIN_COOKIES"));
  const origins = readOrigins(reader, named, origin, context);
  const credentials = readCredentials(reader);
  const limiter = readRateLimiter(reader);
  const observation = readObservation(reader);
  const config = {
    ...own,
    authorities: all,
    clockSkewSeconds,
    ...access,
    addresses,
    tlsProxy,
    origin,
    origins,
    credentials,
    observation,
    limiter,
  };
  for (const checker of checkers) checker?.check(reader, config, context);
  // Elsewhere, a zone has no origin server of its own. The request would go to its own `Host`, which the caller
  // chooses.
  if (serving?.forwards(observation.mode)) {
    if (!serving.onWorkers) requireTarget(reader, origin, " outside Cloudflare Workers");
    else if (named.length > 0 && !named.includes(zone))
      requireTarget(reader, origin, ', or unlisted: "reject", or a route with origin({ to: "zone" })');
  }
  if (reader.faults.length > 0) return fail(reader.faults);
  for (const part of [all, tlsProxy, credentials, observation, observation.health, config]) Object.freeze(part);
  return succeed(config);
}
