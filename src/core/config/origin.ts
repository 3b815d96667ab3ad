import type { Rule } from "../../base/common/options.ts";
import { isLoopback } from "../../base/http/loopback.ts";
import type { Serving } from "./serving.ts";
import type { gateVariables, WordOf } from "./table.ts";
import { type Environment, type OriginPrefix, readPlatform, renameVariable, type VariableReader } from "./variables.ts";

/** A service binding, or any object that responds to requests. */
export interface OriginService {
  fetch(request: Request): Promise<Response>;
}

/** Where allowed requests are forwarded, and which token the origin server gets. */
export interface OriginConfig {
  readonly target:
    | { readonly kind: "zone"; readonly url?: undefined }
    | { readonly kind: "url"; readonly url: URL }
    /** A binding that carries the requests. A URL beside it gives scheme, host and base path. */
    | {
        readonly kind: "service";
        readonly service: OriginService;
        readonly url?: URL | undefined;
        readonly isOwnCode?: true;
      };
  readonly authorization: OriginAuthorization;
  /** Scopes of the origin's token. Present only with `on-behalf-of`. */
  readonly scopes?: readonly string[];
  /** Whether callers and the origin exchange cookies. All origins have the same host for a browser. */
  readonly cookies: OriginCookies;
}

/** Options in code that the variables of an origin need. */
export interface OriginContext {
  /** What `createGate` was given. */
  readonly downstream?: unknown;
  readonly serving?: Pick<Serving, "onWorkers"> | undefined;
}

export type OriginAuthorization = WordOf<(typeof gateVariables)["ORIGIN_AUTHORIZATION"]>;
export type OriginCookies = WordOf<(typeof gateVariables)["ORIGIN_COOKIES"]>;

/** Name of the zone's own origin in `origin({ to })`. */
export const zone = "zone";

/** How the name of an origin's variable ends. */
const variableEnd = /_(?:URL|AUTHORIZATION|SCOPE|COOKIES|AUDIENCE|PLAINTEXT|ASSERTION)$/;

/** Name of an origin in `origin({ to })`. With a reserved end, its binding would have the name of a variable. */
export const isOriginName: Rule = (name) =>
  (typeof name === "string" && /^[a-z][a-z0-9_]*$/.test(name) && !variableEnd.test(prefixOf(name))) ||
  'must look like "billing", without a reserved end such as url';

/** Lists the origins of a configuration, each once. */
export function listOrigins(config: {
  readonly origin: OriginConfig;
  readonly origins: ReadonlyMap<string, OriginConfig>;
}): readonly (readonly [prefix: OriginPrefix, origin: OriginConfig])[] {
  const named = [...config.origins].filter(([, origin]) => origin !== config.origin);
  return [["ORIGIN", config.origin], ...named.map(([name, origin]) => [prefixOf(name), origin] as const)];
}

/** The start of the names of an origin's variables, and the name of its binding: `ORIGIN_BILLING`. */
export function prefixOf(name: string): OriginPrefix {
  return `ORIGIN_${name.toUpperCase()}`;
}

/** The variable that decides about the cookies of an origin. The zone shares that of the origin without a name. */
export function cookieVariableOf(name: string | undefined): string {
  return `${name === undefined || name === zone ? "ORIGIN" : prefixOf(name)}_COOKIES`;
}

/**
 * Lists a variable, and those of the routes' origins that correspond to it.
 *
 * @param names of all variables. Without ORIGIN_URL and the binding ORIGIN, the zone is the origin without a name.
 */
export function listOriginVariables(
  variable: string,
  origins: readonly string[],
  names: readonly string[],
): readonly string[] {
  if (origins.length === 0) return [variable];
  const isOfZone = /_[AS]/.test(variable) && (names.includes("ORIGIN_URL") || names.includes("ORIGIN"));
  const named = origins.filter((name) => name !== zone || isOfZone);
  return [variable, ...named.map((name) => renameVariable(variable, prefixOf(name)))];
}

/** Whether a variable, or a binding, would be for a named origin. */
export function isOfNamedOrigin(variable: string, environment: Environment): boolean {
  if (!variable.startsWith("ORIGIN_")) return false;
  return variableEnd.test(variable) || typeof readPlatform(() => environment[variable]) === "object";
}

/**
 * Reads ORIGIN_URL, ORIGIN_PLAINTEXT, the binding ORIGIN, ORIGIN_AUTHORIZATION and ORIGIN_SCOPE.
 *
 * @param reader of the origin
 * @param cookies of the origin
 */
export function readOrigin(
  reader: VariableReader,
  { downstream }: OriginContext,
  cookies: OriginCookies,
): OriginConfig {
  const service = reader.binding<OriginService>("ORIGIN");
  const url = readUrl(reader, service !== undefined);
  const authorization = reader.word("ORIGIN_AUTHORIZATION");
  const scopes = reader.list("ORIGIN_SCOPE");

  if (authorization === "on-behalf-of") {
    const example = "createGate({ downstream: downstream() })";
    if (downstream === undefined)
      reader.fault(
        "ORIGIN_AUTHORIZATION",
        "is on-behalf-of, which requires the option downstream: downstream(), of createGate or createEntraPlugin",
        example,
      );
  } else if (scopes !== undefined) {
    const example = `${reader.nameOf("ORIGIN_AUTHORIZATION")}=on-behalf-of`;
    reader.fault("ORIGIN_SCOPE", "is only used with on-behalf-of", example);
  }
  return Object.freeze({
    target: Object.freeze(service ? { kind: "service", service, url } : url ? { kind: "url", url } : { kind: zone }),
    authorization,
    cookies,
    ...(scopes !== undefined && { scopes: Object.freeze(scopes) }),
  });
}

/**
 * Reads the origins that routes name.
 *
 * @param origin the one without a name, which is the zone's if it has no address
 */
export function readOrigins(
  reader: VariableReader,
  names: readonly string[],
  origin: OriginConfig,
  context: OriginContext,
): ReadonlyMap<string, OriginConfig> {
  const read = new Map<string, OriginConfig>();
  for (const name of names) {
    const own = reader.of(prefixOf(name));
    const isOrigin = name === zone && origin.target.kind === zone;
    const cookies = name === zone ? origin.cookies : own.word("ORIGIN_COOKIES", "strip");
    const config = isOrigin ? origin : readOrigin(own, context, cookies);
    read.set(name, config);
    if (name !== zone) requireTarget(own, config);
    else if (!context.serving?.onWorkers) reader.fault('origin({ to: "zone" })', "requires Cloudflare Workers");
  }
  return read;
}

/**
 * Requires ORIGIN_URL or the binding ORIGIN, without which the zone's own origin would get the requests.
 *
 * @param reader of the origin
 * @param where ends the message
 */
export function requireTarget(reader: VariableReader, { target }: OriginConfig, where = ""): void {
  if (target.kind === zone && !reader.isFaulty("ORIGIN_URL", "ORIGIN"))
    reader.fault("ORIGIN_URL", `or the binding ${reader.nameOf("ORIGIN")} is required${where}`);
}

function readUrl(reader: VariableReader, hasBinding: boolean): URL | undefined {
  const plaintext = reader.flag("ORIGIN_PLAINTEXT");
  const value = reader.text("ORIGIN_URL");
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    reader.fault("ORIGIN_URL", "is not an http or https URL");
    return undefined;
  }
  if (url.username + url.password + url.search + url.hash !== "") {
    reader.fault("ORIGIN_URL", "must not have credentials, a query or a fragment");
  }
  // The loopback of a binding is another machine's.
  if (url.protocol === "http:" && !plaintext && (hasBinding || !isLoopback(url.hostname))) {
    const problem = "uses http, which would send the caller's token unencrypted";
    const other = reader.exampleOf("ORIGIN_PLAINTEXT");
    reader.fault("ORIGIN_URL", problem, `${reader.exampleOf("ORIGIN_URL")}, or ${other} in a private network`);
  }
  return url;
}
