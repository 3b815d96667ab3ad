import { isLoopback } from "../config/loopback.ts";
import type { Denial } from "../denial.ts";
import { fail, type Result } from "../result.ts";
import { normalizePath, readPath } from "./path.ts";

/** Methods that `fetch` cannot forward, and that only help attackers. */
const unsupportedMethods = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * Checks what must hold before anybody asks who calls: encryption but on loopback, the method, one reading of the path.
 *
 * @returns normal form of the path, see {@link normalizePath}; else `plaintext_transport`, `method_not_supported` or
 * `path_ambiguous`
 */
export function checkTransport(request: Request): Result<string, Denial> {
  const url = URL.parse(request.url);
  // The platform hands over `OPTIONS *` as a URL that is none.
  if (url === null) return fail({ reason: "path_ambiguous" });
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) return fail({ reason: "plaintext_transport" });
  if (unsupportedMethods.has(request.method)) return fail({ reason: "method_not_supported" });
  return normalizePath(readPath(request.url));
}
