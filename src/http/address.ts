import { isLoopback } from "./loopback.ts";

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
