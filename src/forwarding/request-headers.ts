import { removeOwnCookies } from "../base/http/own-cookies.ts";
import { type HeaderValues, removeHeaders } from "../base/http/remove-headers.ts";
import type { OriginConfig } from "../core/config/origin.ts";

/**
 * Removes client headers that could pass for the gate's, and hop-by-hop headers.
 *
 * @param headers are changed, and contain none of the gate's headers yet
 * @returns the headers that are left
 */
export function stripRequestHeaders(headers: Headers): HeaderValues {
  const nominated = readNominations(headers.get("connection"));
  return removeHeaders(headers, (name) => isStrippedName(name) || nominated.has(name));
}

/** Gets who sent a cookie that was dropped. */
export type NoteCookie = (sender: "caller" | "origin") => void;

/**
 * Removes the cookies of a request that the origin must not get: all of them, or the gate's own.
 *
 * @param headers are changed
 * @param values of the headers
 */
export function removeRequestCookies(
  headers: Headers,
  values: HeaderValues,
  { cookies }: OriginConfig,
  note: NoteCookie | undefined,
): void {
  if (values.has("cookie2")) headers.delete("cookie2");
  const sent = values.get("cookie");
  if (sent === undefined) return;
  if (cookies === "forward") removeOwnCookies(headers, sent);
  else {
    headers.delete("cookie");
    note?.("caller");
  }
}

/** Hop-by-hop headers (RFC 9110 section 7.6.1), and similar ones that are never forwarded. */
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

/**
 * Headers of this hop's request, in addition to {@link hopByHopNames}. The platform sets the host and has answered
 * `Expect`.
 */
const ownNames = new Set([...hopByHopNames, "host", "expect"]);

/** Names that only the gate, or a proxy in front of it, may use. The comments say how origins interpret them. */
const reservedName = new RegExp(
  `^(?:${[
    // Identity of the caller: the gate's headers, and those of proxies that many origins trust.
    "x-ms-client-principal",
    "x-ms-token-",
    "x-entra-",
    "x-auth-request-",
    "x-authenticated-",
    "x-authentik-",
    "x-webauth-",
    "x-pomerium-",
    "tailscale-user-",
    // Kong and APISIX.
    "x-consumer-",
    "x-credential-identifier$",
    "x-anonymous-consumer$",
    "x-userinfo$",
    // Certificate of the client: RFC 9440, ingress-nginx, HAProxy and App Service.
    "client-cert(?:-chain)?$",
    "(?:x-)?ssl-client-",
    "x-(?:arr-)?client-?cert$",
    // mod_auth_openidc, SiteMinder, WebSEAL, Oracle Access Manager and Vouch.
    "oidc-",
    "sm-(?:user|universalid)",
    "iv-(?:user|groups|creds)",
    "oam-remote-user",
    "x-vouch-",
    "x-amzn-oidc-",
    "x-goog-(?:authenticated-user-|iap-)",
    "x-(?:endpoint|apigateway)-api-userinfo$",
    "(?:x-)?remote-(?:user|groups?|name|email|extra)",
    "x-middleware-",
    // The requested method, path or host. They could differ from what was authorized. X-Forwarded-For alone only has
    // the client's address.
    "x-forwarded(?!-for$)",
    "forwarded$",
    // Azure Static Web Apps puts the URL before its rewrite into X-MS-ORIGINAL-URL. Nitro and SvelteKit serve that
    // path.
    "x-(?:ms-)?original-",
    // Astro's adapter for Vercel serves the path in X-Astro-Path (GHSA-mr6q-rp88-fx84).
    "x-astro-",
    "x-rewrite-",
    "x-envoy-",
    "x-waws-unencoded-url$",
    // ASP.NET removes its value from the path (CookielessHelper.cs in Microsoft's reference source).
    "aspfiltersessionid$",
    // With a User-Agent that starts with UP, it is the character set of query and form (HttpRequest.cs in the same
    // source).
    "x-up-devcap-post-charset$",
    "x-http-(?:method|host)",
    "x-method-override$",
    "x-real-method$",
    "x-host$",
    "x-(?:url-)?scheme$",
    "(?:x-)?script-name$",
    // The other variables of a request in CGI and WSGI. gunicorn removes the header SCRIPT_NAME from the path.
    "(?:path-(?:info|translated)|request-(?:method|uri)|query-string|script-filename|document-(?:root|uri)|auth-type|https)$",
    "(?:gateway-interface|server-(?:name|port|protocol|software))$",
    "front-end-https$",
    // Instructions to a server in front of or behind the origin: files, and an outgoing proxy (CVE-2016-5385).
    "x-sendfile",
    "x-accel-",
    "proxy$",
  ].join("|")})`,
);

/**
 * Names that apply to every hop (RFC 9110 section 7.6.1), or that the previous proxy sets. To nominate one in
 * `Connection` is an attack (CVE-2024-45410, CVE-2025-48865), and so is an unusual spelling.
 */
const endToEndName =
  /^(?:authorization|cookie|host|date|from|origin|referer|user-agent|via|range|cache-control|pragma|expect|priority|traceparent|tracestate|baggage|accept|accept-.*|access-control-.*|content-.*|if-.*|sec-.*|cf-.*|cdn-loop|x-forwarded-for|x-real-ip|true-client-ip|x-client-ip|x-cluster-client-ip)$/;

const plainName = /^[a-z0-9-]+$/;

/**
 * Whether a client's header is not forwarded. All characters except letters and digits count as `-`, because servers
 * that pass headers to programs as variables (RFC 3875 section 4.1.18) cannot distinguish them.
 *
 * @param name in lower case
 */
export function isStrippedName(name: string): boolean {
  if (plainName.test(name)) return ownNames.has(name) || reservedName.test(name);
  const normal = name.replace(/[^a-z0-9]/g, "-");
  return ownNames.has(normal) || reservedName.test(normal) || endToEndName.test(normal);
}

/**
 * Reads the hop-by-hop names in a `Connection` header, except those that it may not nominate.
 *
 * @param connection value of the header
 * @returns names in lower case, without white space; some may be invalid
 */
export function readNominations(connection: string | null): ReadonlySet<string> {
  if (connection === null) return noNames;
  const names = connection.split(",").map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== "" && !endToEndName.test(name)));
}

const noNames: ReadonlySet<string> = new Set();

/** Names in lower case, with their values. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Size of names and values in bytes, if all are ASCII. */
export function countBytes(headers: HeaderList): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}
