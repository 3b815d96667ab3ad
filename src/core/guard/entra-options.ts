import { isCount, isFunction, type Rule } from "../../base/common/options.ts";
import type { Environment } from "../config/variables.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import type { TenantCheck } from "../token/tenant-check.ts";
import { isProvider, type Provider } from "./provider.ts";

/** Options in code that every entry takes: `createGate`, `createEntraPlugin`, and the adapters for Hono and DaloyJS. */
export interface EntraOptions {
  /**
   * Further authorities, whose callers only enter where a requirement names them: `authorities("customers")`. Without
   * it, the bundle has none of that code.
   */
  readonly authorities?: AuthoritiesProvider;
  /**
   * Decides for each request whether a tenant's tokens are accepted. The token is refused if the callback throws, is
   * late or does not return `true`.
   */
  readonly isTenantAllowed?: TenantCheck;
  /**
   * Returns the time before which a principal's tokens are revoked, in seconds since the epoch: `Date.now() / 1000`. A
   * fraction counts up to the next second. The token is refused if the callback throws, is late, or returns neither
   * a time in seconds nor `undefined`.
   */
  readonly revokedAtSeconds?: RevocationCheck;
  /** A list of revoked callers: `revocations()`. Without it, the bundle has none of that code. */
  readonly revocations?: RevocationsProvider;
  /**
   * Tokens for other APIs: `downstream()` of `entra-gate/downstream`. Without it, the bundle does not contain MSAL. In
   * Hono and DaloyJS, only `groups` uses it.
   */
  readonly downstream?: DownstreamProvider;
  /**
   * Groups of users whose tokens have too many groups to list them: `groupsFromGraph()` of `entra-gate/groups`. It
   * requires `downstream`.
   */
  readonly groups?: GroupsProvider;
  /**
   * The trace of a request: `traceContext(…)`. Without it, `traceparent` is forwarded unread. The
   * adapters for Hono and DaloyJS forward nothing: the app sends the trace.
   */
  readonly trace?: TraceProvider;
  /**
   * Spans of a request, its keys, verification, policy, groups, tokens for other APIs, and origin: `spans(…)`.
   * Without it, the bundle has none of that code.
   */
  readonly spans?: SpansProvider;
}

/** Options in code of `createGate`, and of `createEntraPlugin` for an app that serves itself. */
export interface EntraPluginOptions extends EntraOptions {
  /** How long the origin may take to start its response, in milliseconds. Default: 30,000. */
  readonly originMilliseconds?: number;
  /**
   * Sends the requests to origins in place of the platform's `fetch`, for example with a client certificate. Pass on
   * `init` with its signal and `redirect: "manual"`. Requests for keys and to Entra do not use it, nor do those that a
   * binding or the option `worker` carries. If it throws, the caller gets 502.
   */
  readonly originFetch?: OriginFetch;
  /** Keys of the gate's own, which the origin and Entra can trust: `issuer()` of `entra-gate/issuer`. */
  readonly issuer?: IssuerProvider;
}

/**
 * The option `originFetch`.
 *
 * @param to name of the origin in `origin({ to })`; `undefined` for the one without a name
 *
 * @example
 * const originFetch: OriginFetch = (url, init, to) => (to === "billing" ? privateFetch(url, init) : fetch(url, init));
 */
export type OriginFetch = (url: string, init: RequestInit, to: string | undefined) => Promise<Response>;

/** The option `authorities`. Create it with `authorities(…)`. */
export interface AuthoritiesProvider extends Provider<"authorities"> {
  /** Their names, without `default`. */
  readonly names: readonly string[];
}

/**
 * The option `downstream` of `createGate`. Create it with `downstream()` of `entra-gate/downstream`, which includes
 * MSAL.
 */
export interface DownstreamProvider extends Provider<"downstream"> {}

/** The option `groups`. Create it with `groupsFromGraph()` of `entra-gate/groups`. */
export interface GroupsProvider extends Provider<"groups"> {
  /** Whether Microsoft Graph is asked only if a token does not list the groups, or for every user. */
  readonly source: "token" | "graph";
  /** Delegated permissions of Microsoft Graph that the gate's registration needs. */
  readonly permissions: readonly string[];
}

/** The option `issuer` of `createGate`. Create it with `issuer()` of `entra-gate/issuer`. */
export interface IssuerProvider extends Provider<"issuer"> {}

/** The option `revocations`. Create it with `revocations()`. */
export interface RevocationsProvider extends Provider<"revocations"> {}

/** The option `trace`. Create it with `traceContext()`. */
export interface TraceProvider extends Provider<"trace"> {}

/** The option `spans`. Create it with `spans()`. */
export interface SpansProvider extends Provider<"spans"> {}

/** Rules for {@link EntraOptions}. */
export const optionRules: Readonly<Record<keyof EntraOptions, Rule>> = {
  isTenantAllowed: isFunction,
  revokedAtSeconds: isFunction,
  revocations: isProvider("revocations", "revocations() of entra-gate"),
  downstream: isProvider("downstream", "downstream() of entra-gate/downstream"),
  groups: isProvider("groups", "groupsFromGraph() of entra-gate/groups"),
  trace: isProvider("trace", "traceContext() of entra-gate"),
  spans: isProvider("spans", "spans() of entra-gate"),
  authorities: isProvider("authorities", 'authorities("customers") of entra-gate'),
};

/** Rules for the other members of {@link EntraPluginOptions}. */
export const pluginOptionRules: Readonly<Record<Exclude<keyof EntraPluginOptions, keyof EntraOptions>, Rule>> = {
  originMilliseconds: isCount,
  originFetch: isFunction,
  issuer: isProvider("issuer", "issuer() of entra-gate/issuer"),
};

/** What a worker sets in code. `entra-gate explain` and `doctor` read it. */
export interface SettingsInCode {
  /** Configuration that replaces the environment. */
  readonly environment: Environment | undefined;
  readonly options: EntraPluginOptions;
}
