import { defaultAuthority } from "../common/authority-name.ts";
import { createAuthorityCheck } from "../guard/authority-check.ts";
import type { EntraOptions } from "../guard/entra-options.ts";
import { listRequirements, type Requirement } from "../policy/requirement.ts";
import type { RouteSource } from "./pipeline/route.ts";

/** What a route requires that has no requirement of its own, as far as authorities are concerned. */
const standard: Requirement = { anyOf: [{ kind: "user" }] };

/**
 * Checks the authorities that routes name, and those of names in the messages of a route, whose callers must meet the
 * requirements of both.
 *
 * @throws TypeError that names the route
 */
export function checkAuthorities(
  { routes, parts, appWide }: Pick<RouteSource, "routes" | "parts" | "appWide">,
  options: EntraOptions,
): void {
  const findMistake = createAuthorityCheck(options);
  function check(what: string, requirements: readonly Requirement[]): void {
    const mistake = findMistake(requirements);
    if (mistake !== undefined) throw new TypeError(`${what}: ${mistake}`);
  }
  check("the whole app", listRequirements(appWide.access, standard));
  for (const { name, access } of routes) check(`route ${name}`, listRequirements(access, standard));
  const known = [defaultAuthority, ...(options.authorities?.names ?? [])];
  for (const part of parts) {
    part.checkAuthority?.(known);
    const { names } = part;
    const route = routes.find(({ method, path }) => method === "POST" && path === names?.path);
    for (const [kind, name] of names?.entries ?? []) {
      const access = names?.accessOf(kind, name);
      const own = access === undefined ? [] : listRequirements(access, standard);
      check(`${kind} ${name} of ${names?.path}`, [...(route ? listRequirements(route.access, standard) : []), ...own]);
    }
  }
}
