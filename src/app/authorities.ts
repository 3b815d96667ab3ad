import { defaultAuthority } from "../base/common/authority-name.ts";
import type { ServedRoute } from "../core/config/serving.ts";
import { createAuthorityCheck } from "../core/guard/authority-check.ts";
import type { EntraOptions } from "../core/guard/entra-options.ts";
import { findForeignAuthority } from "../core/policy/authorities.ts";
import { listRequirements } from "../core/policy/decision.ts";
import type { Access, Requirement } from "../core/policy/rule.ts";
import type { RouteSource } from "./pipeline/route.ts";

/** What a route requires that has no requirement of its own, as far as authorities are concerned. */
const standard: Requirement = { anyOf: [{ kind: "user" }] };

/** A route, or a name in its messages, with everything that its callers must meet. */
interface Guarded extends Pick<ServedRoute, "name" | "forwarding"> {
  readonly requirements: readonly Requirement[];
}

/** Callers of a name must meet the requirements of its route too. */
function listGuarded({ routes, parts }: Pick<RouteSource, "routes" | "parts">): readonly Guarded[] {
  const ofRoutes = routes.map(({ name, access, forwarding }) => ({
    name: `route ${name}`,
    requirements: listRequirements(access, standard),
    forwarding,
  }));
  const ofNames = parts.flatMap(({ names }) => {
    if (names === undefined) return [];
    const index = routes.findIndex(({ method, path }) => method === "POST" && path === names.path);
    const { requirements: ofRoute = [], forwarding } = ofRoutes[index] ?? {};
    return names.entries.map(([kind, name]) => {
      const access = names.accessOf(kind, name);
      const own = access === undefined ? [] : listRequirements(access, standard);
      return { name: `${kind} ${name} of ${names.path}`, requirements: [...ofRoute, ...own], forwarding };
    });
  });
  return [...ofRoutes, ...ofNames];
}

/**
 * Checks the authorities that routes name, and those of names in the messages of a route.
 *
 * @throws TypeError that names the route
 */
export function checkAuthorities(
  source: Pick<RouteSource, "routes" | "parts" | "appWide">,
  options: EntraOptions,
): void {
  const findMistake = createAuthorityCheck(options);
  const { parts, appWide } = source;
  const wholeApp = { name: "the whole app", requirements: listRequirements(appWide.access, standard) };
  for (const { name, requirements } of [wholeApp, ...listGuarded(source)]) {
    const mistake = findMistake(requirements);
    if (mistake !== undefined) throw new TypeError(`${name}: ${mistake}`);
  }
  const known = [defaultAuthority, ...(options.authorities?.names ?? [])];
  for (const part of parts) part.checkAuthority?.(known);
}

/**
 * Lists where routes, and names in their messages, forward, and for whom.
 *
 * @param unlisted access of requests without a route, if they are forwarded
 */
export function listServed(
  source: Pick<RouteSource, "routes" | "parts">,
  unlisted: Access | undefined,
): readonly ServedRoute[] {
  const all = [...listGuarded(source)];
  if (unlisted !== undefined) {
    const requirements = listRequirements(unlisted, standard);
    all.push({ name: "requests without a route", requirements, forwarding: {} });
  }
  return all.map(({ requirements, ...served }) => ({
    ...served,
    foreignAuthority: findForeignAuthority(requirements),
  }));
}
