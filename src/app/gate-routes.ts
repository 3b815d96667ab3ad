import { findContents } from "./app-contents.ts";
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
  // The default requirement admits callers of the default authority alone.
  listServed: () => [],
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
  const app = findContents(options.routes);
  app?.checkForGate(options);
  const routes = app ?? noRoutes;
  return { routes, find: routes.close() };
}
