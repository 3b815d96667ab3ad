import type { OriginAuthorization } from "../config/origin.ts";

/**
 * Removes from a client's headers whatever could be mistaken for the gate's word, and what ends at this hop.
 *
 * @param headers are changed; nothing of the gate's is among them yet
 */
export function stripRequestHeaders(headers: Headers): void {
  const nominated = readNominations(headers.get("connection"));
  for (const name of [...headers.keys()]) {
    if (isStrippedName(name) || nominated.includes(name)) headers.delete(name);
  }
}

/**
 * Sets the token that the origin gets: one of its own, the caller's, or none.
 *
 * @param own credential in place of the caller's
 */
export function setAuthorization(headers: Headers, mode: OriginAuthorization, own: string | undefined): void {
  if (own !== undefined) headers.set("authorization", own);
  // On a public route nothing was exchanged, and what came with the request is meant for nobody else.
  else if (mode !== "forward") headers.delete("authorization");
}

/** Between two hops only (RFC 9110 section 7.6.1), and the like that never reach an origin or a client. */
export const hopByHopNames: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Of this hop's request, beside {@link hopByHopNames}. The platform names the host and has answered `Expect`. */
const ownNames = new Set([...hopByHopNames, "host", "expect"]);

/** Names that only the gate, or a proxy nearer to the client, may speak under; each with what origins take it for. */
const reservedName = new RegExp(
  `^(?:${[
    // Who calls: the gate's own word, and that of proxies that many origins are set up for.
    "x-ms-client-principal",
    "x-ms-token-",
    "x-entra-",
    "x-auth-request-",
    "x-authenticated-",
    "x-authentik-",
    "x-webauth-",
    "x-amzn-oidc-",
    "x-goog-(?:authenticated-user-|iap-)",
    "x-(?:endpoint|apigateway)-api-userinfo$",
    "(?:x-)?remote-(?:user|groups?|name|email|extra)",
    "x-middleware-",
    // Which method, path or host was asked for, other than what was authorized. X-Forwarded-For alone says only from where.
    "x-forwarded(?!-for$)",
    "forwarded$",
    "x-original-",
    "x-rewrite-",
    "x-envoy-",
    "x-waws-unencoded-url$",
    // ASP.NET cuts what it says out of the path (CookielessHelper.cs in Microsoft's reference source).
    "aspfiltersessionid$",
    // With a User-Agent that begins with UP it is the character set of query and form (HttpRequest.cs, same place).
    "x-up-devcap-post-charset$",
    "x-http-(?:method|host)",
    "x-method-override$",
    "x-real-method$",
    "x-host$",
    "x-(?:url-)?scheme$",
    "(?:x-)?script-name$",
    // The other variables of a request in CGI and WSGI. gunicorn takes SCRIPT_NAME of a header off the path.
    "(?:path-(?:info|translated)|request-(?:method|uri)|query-string|script-filename|document-(?:root|uri)|auth-type|https)$",
    "(?:gateway-interface|server-(?:name|port|protocol|software))$",
    "front-end-https$",
    // Instructions to a server before or behind: files, and an outgoing proxy (CVE-2016-5385).
    "x-sendfile",
    "x-accel-",
    "proxy$",
  ].join("|")})`,
);

/**
 * Names that are meant for every hop (RFC 9110 section 7.6.1), or that the proxy before this one vouches for: to nominate
 * one in `Connection` is an attack (CVE-2024-45410, CVE-2025-48865), and to spell one oddly another.
 */
const endToEndName =
  /^(?:authorization|cookie|host|date|from|origin|referer|user-agent|via|range|cache-control|pragma|expect|priority|traceparent|tracestate|baggage|accept|accept-.*|access-control-.*|content-.*|if-.*|sec-.*|cf-.*|cdn-loop|x-forwarded-for|x-real-ip|true-client-ip|x-client-ip|x-cluster-client-ip)$/;

const plainName = /^[a-z0-9-]+$/;

/**
 * Whether a client's header goes no further than the gate. Every character but letters and digits counts as `-`, since
 * servers that hand headers to programs as variables (RFC 3875 section 4.1.18) cannot tell them apart.
 *
 * @param name in lower case
 */
export function isStrippedName(name: string): boolean {
  if (plainName.test(name)) return ownNames.has(name) || reservedName.test(name);
  const normal = name.replace(/[^a-z0-9]/g, "-");
  return ownNames.has(normal) || reservedName.test(normal) || endToEndName.test(normal);
}

/**
 * Reads the header names that a `Connection` header nominates as hop-by-hop, but for those that it has no say over.
 *
 * @param connection the header's value as `Headers.get` gives it
 * @returns names in lower case, without white space; some may be no names
 */
export function readNominations(connection: string | null): readonly string[] {
  if (connection === null) return [];
  const names = connection.split(",").map((name) => name.trim().toLowerCase());
  return names.filter((name) => name !== "" && !endToEndName.test(name));
}

/** Names in lower case, each with its value. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Bytes of names and values, where all are ASCII. */
export function countBytes(headers: HeaderList): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}
