import type { Denial } from "../common/denial.ts";
import { type Background, isWorkers } from "../common/io.ts";
import { isLoopback } from "./loopback.ts";
import { normalizePath, readPath } from "./path.ts";

/** One request at an entry point. */
export interface Call {
  readonly request: Request;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
  /** Third argument of the fetch handler. */
  readonly platform: PlatformContext | undefined;
  /** Keeps work alive after the response. */
  readonly background: Background;
  readonly method: string;
  /** As the platform passes it. */
  readonly url: string;
  /** Normal form of the path, see `normalizePath`; empty if {@link fault} says why there is none. */
  readonly path: string;
  /** A denial before authentication. The guard refuses the request. */
  readonly fault: Denial | undefined;
  /** For the log: the route as declared, or a label such as `unlisted`. */
  readonly route: string | undefined;
  /** Whether the query parameter `access_token` belongs to the route and is not a credential. */
  readonly ownsAccessTokenParameter: boolean;
  /** Mode of the route, which overrides the configuration. */
  readonly mode: "enforce" | "report" | undefined;
}

/** The execution context of a platform, or a part of it. */
export type PlatformContext = {
  /** Keeps work alive after the response. Without it, the platform may end the work. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** The other end of the connection. A server on Node or Bun passes it, as Deno does. */
  readonly remoteAddr?: {
    /** IP address of the client, or of the proxy in front of this server. */
    readonly hostname?: string | undefined;
  };
};

/** Keeps work alive with the platform's context, if it has one. */
export function backgroundOf(context: PlatformContext | undefined): Background {
  return (work) => context?.waitUntil?.(work);
}

/** `fetch` cannot forward these methods, and only attacks use them. */
const unsupportedMethods = new Set(["CONNECT", "TRACE", "TRACK"]);
/**
 * Methods are case-sensitive (RFC 9110 section 9.1), so `post` does not match a route of `POST`. But `fetch` sends
 * `post` as `POST`, so the origin would serve a route whose requirement was never applied.
 */
const lowerCase = /[a-z]/;

/**
 * Reads method, address and path of a request, once for all later steps. It checks that the message is unambiguous, HTTPS
 * unless the host is loopback, the method, an unambiguous path, and the address.
 *
 * @param request its URL as the platform passes it
 * @param addresses origins that the gate serves (GATE_URL); `undefined` allows any
 * @param probePath path that is served for every address, because health probes use IP addresses
 * @returns `fault`: `message_ambiguous`, `plaintext_transport`, `method_not_supported`, `path_ambiguous` or
 * `host_not_served`; the path is then empty
 */
export function readTarget(
  { method, url, headers }: Pick<Request, "method" | "url" | "headers">,
  addresses: ReadonlySet<string> | undefined,
  probePath?: string,
): Pick<Call, "method" | "url" | "path" | "fault"> {
  const createFaulty = (reason: TargetReason) => ({ method, url, path: "", fault: { reason } });
  const address = readAddress(url);
  // Cloudflare's network passes no such message on. Other servers do, Deno's in some cases.
  if ((address === undefined || !isWorkers()) && isAmbiguous(headers)) return createFaulty("message_ambiguous");
  if (address === undefined) return createFaulty("path_ambiguous");
  if (address.protocol !== "https:" && !address.isLoopback) return createFaulty("plaintext_transport");
  if (unsupportedMethods.has(method) || lowerCase.test(method)) return createFaulty("method_not_supported");
  const path = normalizePath(readPath(url, address.pathStart));
  if (path === undefined) return createFaulty("path_ambiguous");
  if (addresses?.has(address.origin) === false && path !== probePath) return createFaulty("host_not_served");
  return { method, url, path, fault: undefined };
}

/**
 * Whether a proxy could read another address (RFC 9112 section 3.2), or another body, because the server has removed only
 * the last transfer coding.
 */
function isAmbiguous(headers: Headers): boolean {
  const coding = headers.get("transfer-encoding");
  return headers.get("host")?.includes(",") === true || (coding !== null && coding.toLowerCase() !== "chunked");
}

type TargetReason =
  | "message_ambiguous"
  | "path_ambiguous"
  | "plaintext_transport"
  | "method_not_supported"
  | "host_not_served";

/** The scheme and authority of a request's URL. */
export interface Address {
  /** For example `https:`. */
  readonly protocol: string;
  readonly hostname: string;
  /** With the port, unless it is the scheme's default. */
  readonly host: string;
  readonly origin: string;
  /** Whether the host is the local machine. */
  readonly isLoopback: boolean;
  /** Index of the slash at which the path starts in the URL; -1 if there is no path. */
  readonly pathStart: number;
}

/** Most requests of an isolate have the same address, and comparing is faster than parsing. */
let latest: { readonly prefix: string; readonly address: Address } | undefined;

/** A scheme and an authority that end where the path starts. */
const wholeAuthority = /^\w+:\/\/[^?#\\]+\/$/;

/**
 * Reads the address of a request. It does not parse the path, see `readPath`.
 *
 * @param url as the platform passes it
 * @returns `undefined` if it is not a URL, as in `OPTIONS *`, or contains a user name. Such addresses mislead readers
 * (RFC 9110 section 4.2.4), and Node cannot create a request for them.
 */
export function readAddress(url: string): Address | undefined {
  if (latest !== undefined && url.startsWith(latest.prefix)) return latest.address;
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  // Keeps the slash, because the parser would trim white space at the end instead of rejecting it.
  const prefix = slash === -1 ? url : url.slice(0, slash + 1);
  const parsed = URL.parse(prefix);
  if (parsed === null || parsed.username !== "" || parsed.password !== "") return undefined;
  const { protocol, hostname, host, origin } = parsed;
  const pathStart = wholeAuthority.test(prefix) ? slash : -1;
  const address = { protocol, hostname, host, origin, isLoopback: isLoopback(hostname), pathStart };
  if (pathStart > 0) latest = { prefix, address };
  return address;
}

/** Whether two readers of a URL could find different paths in it. */
export function hasAmbiguousPath(url: string): boolean {
  const address = readAddress(url);
  return address === undefined || normalizePath(readPath(url, address.pathStart)) === undefined;
}

/** Whether a request is a CORS preflight (Fetch Standard, "CORS-preflight request"). */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

/** Length of a body in bytes; `undefined` if it is unknown. `Transfer-Encoding` has precedence (RFC 9112 section 6.3). */
export function readLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length !== null && /^\d{1,15}$/.test(length) && !headers.has("transfer-encoding") ? Number(length) : undefined;
}
