import type { EntraPluginOptions } from "../core/guard/entra-options.ts";
import { type AppGate, checkForGate } from "./app-gate.ts";
import type { AppOptions } from "./app-options.ts";
import { listServed } from "./authorities.ts";
import { buildFallback, describeLayers } from "./build/build-route.ts";
import type { Declared } from "./build/check-definition.ts";
import type { Scope } from "./build/scope.ts";
import type { Part, RouteAdditions } from "./pipeline/part.ts";
import type { Route, RouteSource } from "./pipeline/route.ts";
import type { Registry } from "./registry.ts";
import { createRouter } from "./routing/router.ts";

/** The members of an App that gates, plugins and the command line use. Applications do not call them. */
export interface AppContents extends RouteSource {
  /** Parts can be added until the app is served. */
  readonly parts: Part[];
  /** The options of the app. */
  readonly info: AppOptions;
  /** The guard of an app that serves itself; `undefined` if there is none. */
  readonly gate: AppGate | undefined;
  /** Checks that a gate can serve the routes. @throws TypeError that names the option or the route */
  checkForGate(options: EntraPluginOptions): void;
  /**
   * Sets the guard of an app that serves itself.
   *
   * @throws TypeError if there is a guard, or a route has no access rule
   */
  guard(gate: AppGate): void;
  /** Declares a route of a part. @throws TypeError as `App.route` does */
  addRoute(declared: Declared, additions: RouteAdditions): Route;
}

/** A registered symbol, because the command line and the worker that it loads have separate copies of this module. */
const key: unique symbol = Symbol.for("entra-gate.app");

/**
 * Adds the contents to an app, as a member that no key, no loop and no type shows.
 *
 * @param read returns what the app has declared so far
 * @param addRoute see {@link AppContents.addRoute}
 */
export function addContents(
  app: object,
  info: AppOptions,
  read: () => { readonly registry: Registry; readonly scope: Scope },
  addRoute: AppContents["addRoute"],
): AppContents {
  const contents: AppContents = {
    info,
    get gate() {
      return read().registry.gate;
    },
    get routes() {
      return read().registry.routes;
    },
    get parts() {
      return read().registry.parts;
    },
    get appWide() {
      return describeLayers(read().scope.layers);
    },
    fallback: (access, handler, cors) => buildFallback(read().scope.layers, access, handler, cors),
    listServed: (unlisted) => listServed(contents, unlisted),
    checkForGate: (options) => checkForGate(contents, options),
    guard: (gate) => read().registry.serveBy(gate),
    addRoute,
    close() {
      const { registry } = read();
      if (registry.gate !== undefined) throw new TypeError("an App in a gate must not register entraPlugin");
      return createRouter(registry.close(), registry.parts);
    },
  };
  Object.defineProperty(app, key, { value: contents });
  return contents;
}

/** @returns the contents of an app; `undefined` if the value is not an App */
export function findContents(app: unknown): AppContents | undefined {
  return (app as { readonly [key]?: AppContents } | null | undefined)?.[key];
}

/** @throws TypeError if the value is not an App */
export function contentsOf(app: unknown): AppContents {
  const contents = findContents(app);
  if (contents === undefined)
    throw new TypeError("this plugin requires an App of entra-gate. Write app.register(plugin)");
  return contents;
}
