import type { Denial } from "../denial.ts";
import type { Background } from "../io.ts";
import { checkTransport } from "./transport.ts";

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
