import type { Rule } from "../common/options.ts";
import { isLoopback } from "../http/loopback.ts";
import type { gateVariables, WordOf } from "./table.ts";
import type { OriginPrefix, VariableReader } from "./variables.ts";

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
    | { readonly kind: "service"; readonly service: OriginService; readonly url?: URL | undefined };
  readonly authorization: OriginAuthorization;
  /** Scopes of the origin's token. Present only with `on-behalf-of`. */
  readonly scopes?: readonly string[];
}

export type OriginAuthorization = WordOf<(typeof gateVariables)["ORIGIN_AUTHORIZATION"]>;

/** Name of the zone's own origin in `origin({ to })`. */
export const zone = "zone";

/** How the name of an origin's variable ends. */
const variableEnd = /_(?:URL|AUTHORIZATION|SCOPE|AUDIENCE|PLAINTEXT|ASSERTION)$/;

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

/** Whether a variable, or a binding, would be for a named origin. */
export function isOfNamedOrigin(variable: string, value: unknown): boolean {
  return variable.startsWith("ORIGIN_") && (typeof value === "object" || variableEnd.test(variable));
}

/**
 * Reads ORIGIN_URL, ORIGIN_PLAINTEXT, the binding ORIGIN, ORIGIN_AUTHORIZATION and ORIGIN_SCOPE.
 *
 * @param reader of the origin
 * @param canExchange whether `createGate` was given `downstream`
 */
export function readOrigin(reader: VariableReader, canExchange: boolean): OriginConfig {
  const service = reader.binding<OriginService>("ORIGIN");
  const url = readUrl(reader, service !== undefined);
  const authorization = reader.word("ORIGIN_AUTHORIZATION");
  const scopes = reader.list("ORIGIN_SCOPE");

  if (authorization === "on-behalf-of") {
    const example = "createGate({ downstream: downstream() })";
    if (!canExchange)
      reader.fault(
        "ORIGIN_AUTHORIZATION",
        "is on-behalf-of, which requires the downstream option of createGate",
        example,
      );
  } else if (scopes !== undefined) {
    const example = `${reader.nameOf("ORIGIN_AUTHORIZATION")}=on-behalf-of`;
    reader.fault("ORIGIN_SCOPE", "is only used with on-behalf-of", example);
  }
  return Object.freeze({
    target: Object.freeze(service ? { kind: "service", service, url } : url ? { kind: "url", url } : { kind: zone }),
    authorization,
    ...(scopes !== undefined && { scopes: Object.freeze(scopes) }),
  });
}

/**
 * Requires ORIGIN_URL or the binding ORIGIN, without which the zone's own origin would get the requests.
 *
 * @param reader of the origin
 */
export function requireTarget(reader: VariableReader, { target }: OriginConfig, problem: string): void {
  if (target.kind === zone && !reader.isFaulty("ORIGIN_URL", "ORIGIN")) reader.fault("ORIGIN_URL", problem);
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
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    reader.fault("ORIGIN_URL", "must not have credentials, a query or a fragment");
  }
  // The loopback of a binding is another machine's.
  if (url.protocol === "http:" && !plaintext && (hasBinding || !isLoopback(url.hostname))) {
    const problem = "uses http, which would send the caller's token unencrypted";
    const other = `${reader.nameOf("ORIGIN_PLAINTEXT")}=true`;
    reader.fault("ORIGIN_URL", problem, `${reader.exampleOf("ORIGIN_URL")}, or ${other} in a private network`);
  }
  return url;
}
