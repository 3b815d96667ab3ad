import type { Denial } from "../base/common/denial.ts";
import { readClearPath } from "../base/http/call.ts";

/**
 * Finds why the router and `except` of DaloyJS could decide about different paths. The router takes the path from the
 * text of the URL, and ignores a slash at its end. `except` compares the path of a parsed URL, with that slash.
 *
 * @returns the denial, which says which spelling to send; `undefined` if both read the same path
 */
export function findPathFault(url: string): Denial | undefined {
  const path = readClearPath(url);
  if (path === undefined) return { reason: "path_ambiguous" };
  if (path !== "/" && path.endsWith("/")) return { reason: "path_ambiguous", send: "without_slash_at_end" };
  return path === new URL(url).pathname ? undefined : { reason: "path_ambiguous", send: "percent_encoded" };
}
