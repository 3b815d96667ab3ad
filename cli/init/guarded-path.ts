import { PathTree } from "../../src/cli-exports/gate.ts";

/**
 * Chooses the path with which a test asks for a refusal.
 *
 * @param open paths that stay public for GET, which may be patterns
 * @param preferred paths of the app that need a token
 * @param base what every path begins with
 * @returns `undefined` if every path is public
 */
export function chooseGuardedPath(
  open: readonly string[],
  preferred: readonly string[] = [],
  base = "",
): string | undefined {
  const tree = new PathTree<true>();
  for (const path of open) tree.add("GET", path, true);
  // A path without a wildcard matches one number of segments, so one of these numbers is left.
  const others = Array.from({ length: open.length + 1 }, (_, count) => base + "/other".repeat(count) || "/");
  return [...preferred, ...others].find((path) => tree.find("GET", path) === undefined);
}
