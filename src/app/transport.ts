import { isLoopback } from "../config/loopback.ts";
import type { Denial } from "../denial.ts";
import { fail, type Result } from "../result.ts";
import { normalizePath, readPath } from "./path.ts";

/** Methods that `fetch` cannot forward, and that only help attackers. */
const unsupportedMethods = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Checks what must hold before anybody asks who calls: encryption but on loopback, the method, one reading of the path.
 *
 * @param url of the request, as the platform hands it over
 * @returns normal form of the path, see {@link normalizePath}; else `plaintext_transport`, `method_not_supported` or
 * `path_ambiguous`
 */
export function checkTransport(method: string, url: string): Result<string, Denial> {
  const denial = checkAddress(url);
  if (denial !== undefined) return fail(denial);
  if (unsupportedMethods.has(method)) return fail({ reason: "method_not_supported" });
  return normalizePath(readPath(url));
}

/** Scheme and authority of the latest request, and what they came to: an isolate's requests mostly name the same. */
let latest = { address: "", denial: judge("") };

function checkAddress(url: string): Denial | undefined {
  const end = url.indexOf("/", url.indexOf("://") + 3);
  const address = end === -1 ? url : url.slice(0, end);
  if (address !== latest.address) latest = { address, denial: judge(address) };
  return latest.denial;
}

function judge(address: string): Denial | undefined {
  const url = URL.parse(address);
  // The platform hands over `OPTIONS *` as a URL that is none.
  if (url === null) return { reason: "path_ambiguous" };
  return url.protocol === "https:" || isLoopback(url.hostname) ? undefined : { reason: "plaintext_transport" };
}
