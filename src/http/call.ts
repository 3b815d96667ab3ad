import type { Denial } from "../denial.ts";
import type { Background } from "../io.ts";
import { fail, type Result } from "../result.ts";
import { isLoopback } from "./loopback.ts";
import { normalizePath, readPath } from "./path.ts";

/** One request on its way through an entry point. */
export interface Call {
  readonly request: Request;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
  /** Keeps work alive past the response. */
  readonly background: Background;
  readonly method: string;
  /** As the platform hands it over. */
  readonly url: string;
  /** Normal form of the path, see `normalizePath`; empty where {@link fault} says why there is none. */
  readonly path: string;
  /** What is wrong with the request before anybody asks who calls. The guard refuses it. */
  readonly fault: Denial | undefined;
  /** For the log: the route as it was declared, or what the request met instead. */
  readonly route: string | undefined;
  /** Whether the query parameter `access_token` is the route's own and no credential. */
  readonly ownsAccessTokenParameter: boolean;
  /** Of the route, in place of the configuration's. */
  readonly mode: "enforce" | "report" | undefined;
}

/** A platform's execution context, or what there is of one. */
export type PlatformContext = { readonly waitUntil?: (work: Promise<unknown>) => void };

/** Keeps work alive by a platform's context, where it has one. */
export function backgroundOf(context: PlatformContext | undefined): Background {
  return (work) => context?.waitUntil?.(work);
}

/**
 * Reads method, address and path of a request, once for all that follows.
 *
 * @param addresses origins that requests may be addressed to (GATE_URL); `undefined` is any
 * @param probePath path that is served under any address
 */
export function readTarget(
  { method, url }: Request,
  addresses: ReadonlySet<string> | undefined,
  probePath?: string,
): Pick<Call, "method" | "url" | "path" | "fault"> {
  const path = checkTransport(method, url, addresses, probePath);
  return path.ok ? { method, url, path: path.value, fault: undefined } : { method, url, path: "", fault: path.error };
}

/** Methods that `fetch` cannot forward, and that only help attackers. */
const unsupportedMethods = new Set(["CONNECT", "TRACE", "TRACK"]);
/**
 * Methods are case-sensitive (RFC 9110 section 9.1), so `post` matches no route of `POST`. But `fetch` sends `post` as
 * `POST`: the origin would serve a route whose requirement was never applied.
 */
const lowerCase = /[a-z]/;

/**
 * Checks what must hold before anybody asks who calls: encryption but on loopback, the method, one reading of the path,
 * and the address.
 *
 * @param url of the request, as the platform hands it over
 * @param addresses origins that requests may be addressed to (GATE_URL); `undefined` is any
 * @param probePath path that is served under any address: probes of a health page come by IP address
 * @returns normal form of the path, see {@link normalizePath}; else `plaintext_transport`, `method_not_supported`,
 * `path_ambiguous` or `host_not_served`
 */
export function checkTransport(
  method: string,
  url: string,
  addresses: ReadonlySet<string> | undefined,
  probePath?: string,
): Result<string, Denial> {
  const address = readAddress(url);
  if (address === undefined) return fail({ reason: "path_ambiguous" });
  if (address.protocol !== "https:" && !isLoopback(address.hostname)) return fail({ reason: "plaintext_transport" });
  if (unsupportedMethods.has(method) || lowerCase.test(method)) return fail({ reason: "method_not_supported" });
  const path = normalizePath(readPath(url));
  if (!path.ok || addresses === undefined || addresses.has(address.origin) || path.value === probePath) return path;
  return fail({ reason: "host_not_served" });
}

/** Whom a request was sent to, by the scheme and authority of its URL. */
export interface Address {
  /** `https:`, for one. */
  readonly protocol: string;
  readonly hostname: string;
  /** With the port, where it is not the scheme's own. */
  readonly host: string;
  readonly origin: string;
}

/** An isolate's requests mostly name the same: parsing costs more than comparing. */
let latest: { readonly text: string; readonly address: Address | undefined } = { text: "", address: undefined };

/**
 * Reads a request's address. Nothing of its path is parsed, see `readPath`.
 *
 * @param url as the platform hands it over
 * @returns `undefined` where it is no URL, as of `OPTIONS *`, or names a user: such an address is there to mislead (RFC 9110
 * section 4.2.4), and Node makes no request of it
 */
export function readAddress(url: string): Address | undefined {
  const end = url.indexOf("/", url.indexOf("://") + 3);
  // With its slash: white space at the end would be trimmed, not refused.
  const text = end === -1 ? url : url.slice(0, end + 1);
  if (text !== latest.text) latest = { text, address: parseAddress(text) };
  return latest.address;
}

function parseAddress(text: string): Address | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  const { protocol, hostname, host, origin } = url;
  return { protocol, hostname, host, origin };
}

/** Whether a request is a browser's question before a cross-origin request (Fetch Standard, "CORS-preflight request"). */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}
