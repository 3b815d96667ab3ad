import type { Environment } from "../config/variables.ts";
import { createGuard } from "../guard/guard.ts";
import { createBareSetup, type GateSetup } from "../guard/setup.ts";
import type { Io } from "../io.ts";
import type { Route } from "./contract/route.ts";
import type { Forward, Server } from "./serve/context.ts";

/** What an app that serves itself is guarded by. */
export interface Host {
  /** What was given in code, for `entra-gate explain` and `doctor`. */
  readonly decisions?: { readonly options: object; readonly environment: Environment | undefined };
  readonly server: Server;
  /** What the configuration of an environment makes of a gate. */
  setupOf(env: unknown): GateSetup;
}

/** Serves public routes alone, without a configuration. */
export function createBareHost(io: Io): Host {
  const setup = createBareSetup(io);
  const forward: Forward = (context) => context.refuse({ reason: "misconfigured" });
  const server = { io, guard: createGuard(io), forward, stripHeaders() {}, servesHealth: false };
  return { server, setupOf: () => setup };
}

/**
 * Checks that an app can serve itself.
 *
 * @throws TypeError naming a route that says nothing of who may call, or that forwards where nothing forwards
 */
export function checkServable(routes: readonly Route[], host: Host | undefined): void {
  for (const route of routes) {
    checkAccess(route);
    if (route.forwards && host === undefined) {
      throw new TypeError(`route ${route.name}: origin() requires a gate or entraPlugin`);
    }
  }
}

/**
 * Checks that a route says who may call.
 *
 * @throws TypeError naming it, where it says nothing
 */
export function checkAccess({ name, access }: Route): void {
  if (access.kind === "default") {
    throw new TypeError(`route ${name}: has no access rule. Add hooks: requireAuth(…), or public: true`);
  }
}
