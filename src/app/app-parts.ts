import type { AppOptions } from "./app-options.ts";
import { buildFallback, describeLayers } from "./contract/build-route.ts";
import type { Extension, RouteSource } from "./contract/route.ts";
import type { Host } from "./host.ts";
import type { Registry } from "./registry.ts";
import type { Scope } from "./scope.ts";
import { createRouter } from "./serve/router.ts";

/** What gates, plugins and the command line use of an App, and what no user of it calls. */
export interface AppParts extends RouteSource {
  /** May be added to, until the app is served. */
  readonly extensions: Extension[];
  /** What the app was made with. */
  readonly info: AppOptions;
  /** What guards an app that serves itself; `undefined` where nothing does. */
  readonly host: Host | undefined;
  /** Guards an app that serves itself. @throws TypeError where it has a guard, or a route does not say who may call */
  guard(host: Host): void;
}

/** A registered symbol: the command line has its own copy of this module, beside that of the worker which it loads. */
const key: unique symbol = Symbol.for("entra-gate.app");

/**
 * Gives an app its parts, as a member that no key, no loop and no type shows.
 *
 * @param read what the app has declared so far
 */
export function addParts(
  app: object,
  info: AppOptions,
  read: () => { readonly registry: Registry; readonly scope: Scope },
): AppParts {
  const parts: AppParts = {
    info,
    get host() {
      return read().registry.host;
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
    fallback: (access, handler) => buildFallback(read().scope.layers, access, handler),
    guard: (host) => read().registry.serveBy(host),
    close() {
      const { registry } = read();
      if (registry.host !== undefined) throw new TypeError("an App in a gate must not register entraPlugin");
      return createRouter(registry.close());
    },
  };
  Object.defineProperty(app, key, { value: parts });
  return parts;
}

/** @returns the parts of an app; `undefined` where the value is no App */
export function findParts(app: unknown): AppParts | undefined {
  return (app as { readonly [key]?: AppParts } | null | undefined)?.[key];
}

/** @throws TypeError where the value is no App */
export function partsOf(app: unknown): AppParts {
  const parts = findParts(app);
  if (parts === undefined) throw new TypeError("this plugin requires an App of entra-gate");
  return parts;
}
