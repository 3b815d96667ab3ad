import { isLoopback } from "../http/loopback.ts";
import type { VariableReader } from "./variables.ts";

/** A service binding, or anything else that answers requests. */
export interface OriginService {
  fetch(request: Request): Promise<Response>;
}

/** Where allowed requests go, and what becomes of the caller's token on the way. */
export interface OriginConfig {
  readonly target:
    | { readonly kind: "zone" }
    | { readonly kind: "url"; readonly url: URL }
    | { readonly kind: "service"; readonly service: OriginService };
  readonly authorization: OriginAuthorization;
  /** Of the token that the origin gets with `on-behalf-of`; absent with the others. */
  readonly scopes?: readonly string[];
}

export type OriginAuthorization = (typeof authorizations)[number];

const urlExample = "ORIGIN_URL=https://origin.contoso.com";
const serviceExample = '[[services]] binding = "ORIGIN" in wrangler.toml';
const authorizations = ["forward", "strip", "on-behalf-of"] as const;

/**
 * Reads ORIGIN_URL, ORIGIN_PLAINTEXT, the binding ORIGIN, ORIGIN_AUTHORIZATION and ORIGIN_SCOPE.
 *
 * @param canExchange whether the gate was given what it exchanges tokens with
 */
export function readOrigin(reader: VariableReader, canExchange: boolean): OriginConfig {
  const url = readUrl(reader);
  const service = reader.binding("ORIGIN", isService, "is no service binding", serviceExample);
  const authorization = reader.word("ORIGIN_AUTHORIZATION", authorizations, "forward");
  const scopes = reader.list("ORIGIN_SCOPE", "ORIGIN_SCOPE=api://orders/access_as_user");

  if (authorization === "on-behalf-of") {
    const example = "createGate({ downstream: downstream() })";
    if (!canExchange)
      reader.fault("ORIGIN_AUTHORIZATION", "is on-behalf-of, but createGate has no downstream", example);
  } else if (scopes !== undefined) {
    reader.fault("ORIGIN_SCOPE", "is set, but only on-behalf-of uses it", "ORIGIN_AUTHORIZATION=on-behalf-of");
  }
  const hasBinding = service !== undefined || reader.faults.some(({ variable }) => variable === "ORIGIN");
  if (hasBinding && url !== undefined) {
    reader.fault("ORIGIN_URL", "and the binding ORIGIN are both present: only one can be the origin", urlExample);
  }
  return {
    target: service ? { kind: "service", service } : url ? { kind: "url", url } : { kind: "zone" },
    authorization,
    ...(scopes !== undefined && { scopes: Object.freeze(scopes) }),
  };
}

/**
 * Wants ORIGIN_URL or the binding ORIGIN. Only Workers have a zone's own origin: elsewhere a request would be sent to its
 * own host, which the caller chooses.
 */
export function requireOrigin(reader: VariableReader, { target }: OriginConfig): void {
  const isFaulty = reader.faults.some(({ variable }) => variable === "ORIGIN_URL" || variable === "ORIGIN");
  if (target.kind !== "zone" || isFaulty) return;
  reader.fault("ORIGIN_URL", "is missing: outside Cloudflare Workers there is no zone that has an origin", urlExample);
}

function isService(value: unknown): value is OriginService {
  return typeof value === "object" && value !== null && "fetch" in value && typeof value.fetch === "function";
}

function readUrl(reader: VariableReader): URL | undefined {
  const plaintext = reader.word("ORIGIN_PLAINTEXT", ["true", "false"], "false") === "true";
  const value = reader.text("ORIGIN_URL", urlExample);
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    reader.fault("ORIGIN_URL", "is no http or https URL", urlExample);
    return undefined;
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    reader.fault("ORIGIN_URL", "has credentials, a query or a fragment, which are not passed on", urlExample);
  }
  if (url.protocol === "http:" && !plaintext && !isLoopback(url.hostname)) {
    const problem = "is plain http off loopback: the caller's token and identity would cross the network in the clear";
    reader.fault("ORIGIN_URL", problem, `${urlExample}; or ORIGIN_PLAINTEXT=true for a sidecar or a private network`);
  }
  return url;
}
