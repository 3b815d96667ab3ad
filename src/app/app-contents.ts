import type { AppGate } from "./app-gate.ts";
import type { AppOptions } from "./app-options.ts";
import { buildFallback, describeLayers } from "./build/build-route.ts";
import type { Scope } from "./build/scope.ts";
import type { Extension, RouteSource } from "./pipeline/route.ts";
import type { Registry } from "./registry.ts";
import { createRouter } from "./routing/router.ts";

/** The members of an App that gates, plugins and the command line use. Applications do not call them. */
export interface AppContents extends RouteSource {
  /** Extensions can be added until the app is served. */
  readonly extensions: Extension[];
  /** The options of the app. */
  readonly info: AppOptions;
  /** The guard of an app that serves itself; `undefined` if there is none. */
  readonly gate: AppGate | undefined;
  /** Sets the guard of an app that serves itself. @throws TypeError if there is a guard, or a route has no access rule */
  guard(gate: AppGate): void;
}

/** A registered symbol, because the command line and the worker that it loads have separate copies of this module. */
const key: unique symbol = Symbol.for("entra-gate.app");

/**
 * Adds the contents to an app, as a member that no key, no loop and no type shows.
 *
 * @param read returns what the app has declared so far
 */
export function addContents(
  app: object,
  info: AppOptions,
  read: () => { readonly registry: Registry; readonly scope: Scope },
): AppContents {
  const contents: AppContents = {
    info,
    get gate() {
      return read().registry.gate;
    },
    get routes() {
      return read().registry.routes;
    },
    get extensions() {
      return read().registry.extensions;
    },
    get appWide() {
      return describeLayers(read().scope.layers);
    },
    fallback: (access, handler, cors) => buildFallback(read().scope.layers, access, handler, cors),
    guard: (gate) => read().registry.serveBy(gate),
    close() {
      const { registry } = read();
      if (registry.gate !== undefined) throw new TypeError("an App in a gate must not register entraPlugin");
      return createRouter(registry.close(), registry.extensions);
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
