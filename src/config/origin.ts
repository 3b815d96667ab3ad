import type { Environment, VariableReader } from "./variables.ts";

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
}

export type OriginAuthorization = "forward" | "strip";

const urlExample = "ORIGIN_URL=https://origin.contoso.com";
const authorizations = ["forward", "strip", "on-behalf-of"] as const;

/** Reads ORIGIN_URL, the binding ORIGIN, ORIGIN_AUTHORIZATION and ORIGIN_SCOPE. */
export function readOrigin(reader: VariableReader, environment: Environment): OriginConfig {
  const url = readUrl(reader);
  const service = environment.ORIGIN;
  const authorization = reader.word("ORIGIN_AUTHORIZATION", authorizations, "forward");
  const scope = reader.list("ORIGIN_SCOPE", "ORIGIN_SCOPE=api://orders/access_as_user");

  if (authorization === "on-behalf-of") {
    reader.fault("ORIGIN_AUTHORIZATION", "is on-behalf-of, which this version does not do yet", "forward or strip");
  } else if (scope !== undefined) {
    reader.fault("ORIGIN_SCOPE", "is set, but only on-behalf-of uses it", "ORIGIN_AUTHORIZATION=on-behalf-of");
  }
  if (service !== undefined && !isService(service)) {
    reader.fault("ORIGIN", "is no service binding", '[[services]] binding = "ORIGIN" in wrangler.toml');
  }
  if (service !== undefined && url !== undefined) {
    reader.fault("ORIGIN_URL", "and the binding ORIGIN are both present: only one can be the origin", urlExample);
  }
  return {
    target: isService(service) ? { kind: "service", service } : url ? { kind: "url", url } : { kind: "zone" },
    authorization: authorization === "strip" ? "strip" : "forward",
  };
}

function isService(value: unknown): value is OriginService {
  return typeof value === "object" && value !== null && "fetch" in value && typeof value.fetch === "function";
}

function readUrl(reader: VariableReader): URL | undefined {
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
  return url;
}
