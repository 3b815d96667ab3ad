import { findParts } from "../app/app-parts.ts";
import type { Route } from "../app/contract/route.ts";
import { forwards, type GateOptions } from "../app/gate-options.ts";
import type { ConfigContext } from "../config/config.ts";
import { readProvider } from "../guard/downstream.ts";
import type { RouteAccess } from "../policy/requirement.ts";

/** The routes that a gate's code declares. */
export function listRoutes({ routes }: GateOptions): readonly Route[] {
  return findParts(routes)?.routes ?? [];
}

/** Who may send a request that matches no route: hooks of the whole app can say so in the default requirement's place. */
export function findFallbackAccess({ routes }: GateOptions): RouteAccess {
  return findParts(routes)?.appWide.access ?? { kind: "default" };
}

/**
 * What a gate's code decides beside its environment, as the gate itself sees it.
 *
 * @param onWorkers whether it runs on Cloudflare Workers
 */
export function createConfigContext(options: GateOptions, routes: readonly Route[], onWorkers: boolean): ConfigContext {
  return {
    tenantsDecidedInCode: options.isTenantAllowed !== undefined,
    defaultRequirementUnused: options.unlisted === "reject" && routes.every(({ access }) => access.kind !== "default"),
    downstream: readProvider(options.downstream),
    serving: { onWorkers, forwards: (mode) => forwards(options, routes, mode) },
  };
}
