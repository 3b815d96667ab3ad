import { isLoopback } from "../http/loopback.ts";
import type { gateVariables, WordOf } from "./table.ts";
import type { VariableReader } from "./variables.ts";

/** A service binding, or any object that responds to requests. */
export interface OriginService {
  fetch(request: Request): Promise<Response>;
}

/** Where allowed requests are forwarded, and which token the origin server gets. */
export interface OriginConfig {
  readonly target:
    | { readonly kind: "zone" }
    | { readonly kind: "url"; readonly url: URL }
    | { readonly kind: "service"; readonly service: OriginService };
  readonly authorization: OriginAuthorization;
  /** Scopes of the origin's token. Present only with `on-behalf-of`. */
  readonly scopes?: readonly string[];
}

export type OriginAuthorization = WordOf<(typeof gateVariables)["ORIGIN_AUTHORIZATION"]>;

/**
 * Reads ORIGIN_URL, ORIGIN_PLAINTEXT, the binding ORIGIN, ORIGIN_AUTHORIZATION and ORIGIN_SCOPE.
 *
 * @param canExchange whether `createGate` was given `downstream`
 */
export function readOrigin(reader: VariableReader, canExchange: boolean): OriginConfig {
  const url = readUrl(reader);
  const service = reader.binding<OriginService>("ORIGIN");
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
    reader.fault("ORIGIN_SCOPE", "is only used with on-behalf-of", "ORIGIN_AUTHORIZATION=on-behalf-of");
  }
  const hasBinding = service !== undefined || reader.isFaulty("ORIGIN");
  if (hasBinding && url !== undefined) {
    reader.fault("ORIGIN_URL", "and the binding ORIGIN are both set. Remove one");
  }
  return {
    target: service ? { kind: "service", service } : url ? { kind: "url", url } : { kind: "zone" },
    authorization,
    ...(scopes !== undefined && { scopes: Object.freeze(scopes) }),
  };
}

/**
 * Requires ORIGIN_URL or the binding ORIGIN. Only on Cloudflare does a zone have its own origin server. On other
 * platforms the request would go to its own `Host`, which the caller chooses.
 */
export function requireOrigin(reader: VariableReader, { target }: OriginConfig): void {
  if (target.kind !== "zone" || reader.isFaulty("ORIGIN_URL", "ORIGIN")) return;
  reader.fault("ORIGIN_URL", "is required to forward requests outside Cloudflare Workers");
}

function readUrl(reader: VariableReader): URL | undefined {
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
  if (url.protocol === "http:" && !plaintext && !isLoopback(url.hostname)) {
    const problem = "uses http, which would send the caller's token unencrypted";
    reader.fault(
      "ORIGIN_URL",
      problem,
      `${reader.exampleOf("ORIGIN_URL")}, or ORIGIN_PLAINTEXT=true in a private network`,
    );
  }
  return url;
}
