import type { Io } from "../base/common/io.ts";
import { workersObstacle } from "../core/config/tls-proxy.ts";
import type { EntraPluginOptions, SettingsInCode } from "../core/guard/entra-options.ts";
import { createGuard } from "../core/guard/guard.ts";
import { type IssuerFactory, readIssuerProvider } from "../core/guard/issuer.ts";
import { createBareSetup, describeOptions, type GateSetup, type SetupContext } from "../core/guard/setup.ts";
import { checkAuthorities } from "./authorities.ts";
import type { Forward, GateServices } from "./pipeline/context.ts";
import { listForwardedTo } from "./pipeline/forwarding.ts";
import type { Route, RouteSource } from "./pipeline/route.ts";

/**
 * Says what the code of an app that serves itself decides in addition to its configuration. Every route has its own
 * requirement.
 *
 * @param app its routes may be declared later; `undefined` if they are not known
 */
export function describeApp(
  options: EntraPluginOptions,
  app: Pick<RouteSource, "routes" | "parts" | "listServed"> | undefined,
  onWorkers: boolean,
): SetupContext {
  return {
    ...describeOptions(options, onWorkers ? workersObstacle : undefined),
    parts: app?.parts ?? [],
    serving: {
      onWorkers,
      forwards: () => app !== undefined && listForwardedTo(app.routes).has(undefined),
      origins: app && (() => listForwardedTo(app.routes)),
      routes: () => app?.listServed(undefined) ?? [],
    },
  };
}

/** The gate of an app that serves itself. */
export interface AppGate {
  readonly settings?: SettingsInCode;
  readonly services: GateServices;
  /** Serves documents, whose paths no route may have. */
  readonly issuer?: IssuerFactory | undefined;
  /** Returns the setup of an environment. */
  setupOf(env: unknown): GateSetup;
}

/**
 * Creates a gate without a configuration, which serves only public routes. With a part that needs a configuration, such
 * as a protected resource, it serves none. The log says why.
 */
export function createBareGate(io: Io, { routes, parts }: Pick<RouteSource, "routes" | "parts">): AppGate {
  const guarded = routes.find(({ access }) => access.kind !== "public");
  const needing = guarded ? `route ${guarded.name}: requireAuth` : parts[0]?.name;
  if (needing) {
    const fault = `${needing} requires app.register(entraPlugin), or createGate({ routes: app })`;
    io.log({ event: "misconfigured", level: "error", fault });
  }
  const setup = { ...createBareSetup(io), configured: parts.length === 0 };
  const forward: Forward = (context) => context.refuse({ reason: "misconfigured" });
  const services = { io, guard: createGuard(io), forward, stripHeaders() {}, servesHealth: false };
  return { services, setupOf: () => setup };
}

/**
 * Checks that a gate can serve the routes of an app.
 *
 * @throws TypeError that names the option or the route
 */
export function checkForGate(
  source: Pick<RouteSource, "routes" | "parts" | "appWide">,
  options: EntraPluginOptions,
): void {
  const { routes, appWide } = source;
  // The gate has one policy for all paths. With a policy for each route, preflights would reveal which paths exist.
  const policies = [appWide, ...routes.map(({ hooks }) => hooks)];
  if (policies.some(({ cors }) => cors !== undefined)) {
    throw new TypeError(
      "createGate: remove cors(…) from the routes and pass it to the gate: createGate({ routes, cors: cors({ … }) })",
    );
  }
  const exchanging = routes.find(({ forwarding }) => forwarding?.onBehalfOfScopes !== undefined);
  if (exchanging !== undefined && options.downstream === undefined) {
    throw new TypeError(
      `route ${exchanging.name}: on-behalf-of requires the option downstream: downstream(), of createGate or createEntraPlugin`,
    );
  }
  for (const route of routes) checkPath(route, readIssuerProvider(options.issuer));
  checkAuthorities(source, options);
}

/**
 * Checks that an app can serve itself.
 *
 * @throws TypeError that names a route without an access rule, or one that forwards if nothing can forward
 */
export function checkServable(routes: readonly Route[], gate: AppGate | undefined): void {
  for (const route of routes) {
    checkAccess(route);
    checkPath(route, gate?.issuer);
    if (route.forwarding !== undefined && gate === undefined) {
      throw new TypeError(`route ${route.name}: origin() requires a gate or entraPlugin`);
    }
  }
}

/**
 * Checks that the gate does not serve a document at the path of a route.
 *
 * @throws TypeError that names the route
 */
function checkPath({ name, path }: Route, issuer: IssuerFactory | undefined): void {
  if (issuer?.owns(path)) throw new TypeError(`route ${name}: the option issuer serves a document at this path`);
}

/**
 * Checks that a route has an access rule.
 *
 * @throws TypeError that names the route
 */
export function checkAccess({ name, access }: Route): void {
  if (access.kind === "default") {
    throw new TypeError(`route ${name}: has no access rule. Add hooks: requireAuth(…), or public: true`);
  }
}
