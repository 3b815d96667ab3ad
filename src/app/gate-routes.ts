import { readIssuerProvider } from "../guard/issuer.ts";
import { findContents } from "./app-contents.ts";
import { checkPath } from "./app-gate.ts";
import { checkAuthorities } from "./authorities.ts";
import type { GateOptions } from "./gate-options.ts";
import { compileBare } from "./pipeline/pipeline.ts";
import type { FindMatch, RouteSource } from "./pipeline/route.ts";

/** The routes of a gate without an App. */
export const noRoutes: RouteSource = {
  routes: [],
  parts: [],
  appWide: { access: { kind: "default" }, cors: undefined },
  // For a bundle without hooks and without a router.
  fallback: (access, handler) => ({ respond: compileBare(access, handler), cors: undefined }),
  close: () => () => ({ kind: "unlisted" }),
};

/**
 * Takes over the routes and their router. No further routes can be declared.
 *
 * @throws TypeError if the app cannot be served
 */
export function takeRoutes(options: GateOptions): {
  readonly routes: RouteSource;
  readonly find: FindMatch;
} {
  const { routes: app, downstream, issuer } = options;
  const routes = findContents(app) ?? noRoutes;
  // The gate has one policy for all paths. With a policy for each route, preflights would reveal which paths exist.
  const policies = [routes.appWide, ...routes.routes.map(({ hooks }) => hooks)];
  if (policies.some(({ cors }) => cors !== undefined)) {
    throw new TypeError(
      "createGate: remove cors(…) from the routes and pass it to the gate: createGate({ routes, cors: cors({ … }) })",
    );
  }
  const exchanging = routes.routes.find(({ forwarding }) => forwarding?.onBehalfOfScopes !== undefined);
  if (exchanging !== undefined && downstream === undefined) {
    throw new TypeError(`route ${exchanging.name}: on-behalf-of requires createGate({ downstream })`);
  }
  for (const route of routes.routes) checkPath(route, readIssuerProvider(issuer));
  checkAuthorities(routes, options);
  return { routes, find: routes.close() };
}
