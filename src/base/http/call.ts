import type { Denial } from "../common/denial.ts";
import type { Background } from "../common/io.ts";
import { normalizePath, readAddress, readPath } from "./path.ts";
import { locateBehindProxy, type TlsProxy } from "./tls-proxy.ts";

/** One request at an entry point. */
export interface Call {
  readonly request: Request;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
  /** Third argument of the fetch handler. */
  readonly platform: PlatformContext | undefined;
  /** Keeps work alive after the response. */
  readonly background: Background;
  readonly target: RequestTarget;
  readonly route: CalledRoute;
  /**
   * For the log: what the messages of an MCP route name, as the route declares it, such as `tools/orders_list` or
   * `tools/*`.
   */
  readonly names?: ReadonlySet<string> | undefined;
  /** With the option `trace`: the trace of the request. */
  readonly trace?: CallTrace | undefined;
}

/** The trace of a request, as headers for requests to other servers. It is empty where the platform sends its own. */
export interface TraceHeaders {
  /** The trace, and the span that is the parent (W3C Trace Context level 2, section 3.2). */
  readonly traceparent?: string;
  /** What the upstream server sent, with `traceContext("continue")`. */
  readonly tracestate?: string;
}

/** The trace of one request. */
export interface CallTrace {
  /** Members of the log line. */
  readonly logged: object;
  /** For `state`. */
  readonly headers: TraceHeaders;
  /** Replaces `traceparent` and `tracestate` of a forwarded request. */
  send(headers: Headers): void;
  /** Adds both to a request of a handler, unless it has a `traceparent`. */
  add(headers: Headers): void;
  /** With the option `spans`: continues in a span that is recorded. */
  join(span: SpanIds): void;
}

/** IDs of a span, and flags of its trace (W3C Trace Context level 2, section 3.2.2). */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** What a request asks for, see {@link readTarget}. */
export interface RequestTarget {
  readonly method: string;
  /** As the platform passes it. Behind a proxy that ends TLS, its address is that of GATE_URL. */
  readonly url: string;
  /** Normal form of the path, see `normalizePath`; empty if {@link fault} says why there is none. */
  readonly path: string;
  /** A denial before authentication. The guard refuses the request. */
  readonly fault: Denial | undefined;
}

/** What the guard and the log need to know of a route. */
export interface CalledRoute {
  /**
   * For the log: the route as declared, or a label such as `unlisted`; `undefined` if none was found or it is unknown.
   */
  readonly name: string | undefined;
  /** Overrides the mode of the configuration. */
  readonly mode?: "enforce" | "report" | undefined;
  /** Whether the query parameter `access_token` belongs to the route and is not a credential. */
  readonly ownsAccessTokenParameter?: boolean | undefined;
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

/**
 * `fetch` cannot forward CONNECT, TRACE and TRACK, and only attacks use them. Methods are case-sensitive (RFC 9110
 * section 9.1), so `post` does not match a route of `POST`. But `fetch` sends `post` as `POST`, so the origin would
 * serve a route whose requirement was never applied.
 */
const unsupportedMethod = /^(?:CONNECT|TRACE|TRACK)$|[a-z]/;

/** The addresses at which requests are served. */
export interface Served {
  /** Origins that the gate serves (GATE_URL); `undefined` allows any. */
  readonly addresses?: ReadonlySet<string> | undefined;
  /** The proxy that ends TLS in front of the process; `undefined` if there is none. */
  readonly tlsProxy?: TlsProxy | undefined;
}

/**
 * Reads method, address and path of a request, once for all later steps. It checks that the message is unambiguous,
 * HTTPS unless the host is loopback, the method, an unambiguous path, and the address.
 *
 * @param request its URL as the platform passes it
 * @param probePath path that is served for every address, because health probes use IP addresses; behind a proxy that
 *   ends TLS, also over plain HTTP
 * @returns `fault`: `message_ambiguous`, `plaintext_transport`, `method_not_supported`, `path_ambiguous` or
 * `host_not_served`; the path is then empty
 */
export function readTarget(
  request: Pick<Request, "method" | "url" | "headers">,
  { addresses, tlsProxy }: Served,
  probePath?: string,
): RequestTarget {
  if (tlsProxy !== undefined) return readProxiedTarget(request, tlsProxy, probePath);
  const { method, url, headers } = request;
  const createFaulty = (reason: TargetReason) => ({ method, url, path: "", fault: { reason } });
  const address = readAddress(url);
  if (isAmbiguous(headers)) return createFaulty("message_ambiguous");
  if (address === undefined) return createFaulty("path_ambiguous");
  if (address.protocol !== "https:" && !address.isLoopback) return createFaulty("plaintext_transport");
  if (unsupportedMethod.test(method)) return createFaulty("method_not_supported");
  const path = normalizePath(readPath(url, address.pathStart));
  if (path === undefined) return createFaulty("path_ambiguous");
  if (addresses?.has(address.origin) === false && path !== probePath) return createFaulty("host_not_served");
  return { method, url, path, fault: undefined };
}

/** The same behind a proxy that ends TLS: only the path and the query are taken from the request's URL. */
function readProxiedTarget(
  { method, url, headers }: Pick<Request, "method" | "url" | "headers">,
  tlsProxy: TlsProxy,
  probePath: string | undefined,
): RequestTarget {
  const createFaulty = (fault: Denial) => ({ method, url, path: "", fault });
  if (isAmbiguous(headers)) return createFaulty({ reason: "message_ambiguous" });
  const { origin, pathStart, fault } = locateBehindProxy(url, headers, tlsProxy);
  const path = normalizePath(readPath(url, pathStart));
  const isProbe = path !== undefined && path === probePath && (method === "GET" || method === "HEAD");
  if (fault !== undefined && !isProbe) return createFaulty(fault);
  if (unsupportedMethod.test(method)) return createFaulty({ reason: "method_not_supported" });
  if (path === undefined) return createFaulty({ reason: "path_ambiguous" });
  return { method, url: origin + url.slice(pathStart), path, fault: undefined };
}

/** `Host` of RFC 9110 section 7.2, for hosts in the DNS and IP addresses. Servers put it before the path of a URL. */
const hostSyntax = /^(?:[\w.-]*|\[[\da-f:.]+\])(?::\d*)?$/i;

/**
 * Whether a proxy could read another address (RFC 9112 section 3.2), or another body, because the server has removed
 * only the last transfer coding.
 */
function isAmbiguous(headers: Headers): boolean {
  // A request of a service binding may have no `Host`.
  const host = headers.get("host");
  const coding = headers.get("transfer-encoding");
  return (host !== null && !hostSyntax.test(host)) || (coding !== null && coding.toLowerCase() !== "chunked");
}

type TargetReason =
  | "message_ambiguous"
  | "path_ambiguous"
  | "plaintext_transport"
  | "method_not_supported"
  | "host_not_served";

/**
 * Reads the path of a URL as it is written.
 *
 * @returns `undefined` if two readers of the URL could find different paths in it
 */
export function readClearPath(url: string): string | undefined {
  const address = readAddress(url);
  const path = address && readPath(url, address.pathStart);
  return path === undefined || normalizePath(path) === undefined ? undefined : path;
}

/** Whether a request is a CORS preflight (Fetch Standard, "CORS-preflight request"). */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

/**
 * Length of a body in bytes; `undefined` if it is unknown. `Transfer-Encoding` has precedence (RFC 9112 section 6.3).
 */
export function readLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length !== null && /^\d{1,15}$/.test(length) && !headers.has("transfer-encoding") ? Number(length) : undefined;
}
