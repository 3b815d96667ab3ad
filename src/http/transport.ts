import type { Denial } from "../denial.ts";
import { fail, type Result } from "../result.ts";
import { readAddress } from "./address.ts";
import { isLoopback } from "./loopback.ts";
import { normalizePath, readPath } from "./path.ts";

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
