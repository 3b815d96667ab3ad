import { type AppGate, checkAccess } from "./app-gate.ts";
import type { Part } from "./pipeline/part.ts";
import type { Route } from "./pipeline/route.ts";
import { eraseNames } from "./types/path-pattern.ts";

/** The state that an app, its groups and its plugins share: routes, plugins and guard. */
export interface Registry {
  readonly routes: readonly Route[];
  readonly gate: AppGate | undefined;
  /** Parts can be added until the app is served. */
  readonly parts: Part[];
  /**
   * Adds a route. A route for all methods gives way to one for its method at the same path, whichever comes first.
   *
   * @throws TypeError that names the route, if it already exists, is added too late or has no access rule
   */
  add(route: Route, isForAllMethods: boolean): void;
  /** @throws TypeError if the app was served, because a later addition would have no effect */
  checkOpen(what: string): void;
  /** @throws TypeError if there is a guard, or a route has no access rule */
  serveBy(gate: AppGate): void;
  /** Records a plugin. @throws TypeError if it is already registered, or a dependency is not */
  install(plugin: { readonly key: string | undefined; readonly dependencies: readonly string[] }): void;
  /** Makes `ready` wait for a plugin. */
  await(plugin: PromiseLike<void>): void;
  /** Resolves when all plugins have finished. Rejects with the error of the first that failed. */
  settle(): Promise<void>;
  /** Ends the declarations. @returns the routes as they are served @throws TypeError if a plugin has not finished */
  close(): readonly Route[];
}

/** Creates the registry of one app. */
export function createRegistry(): Registry {
  const routes = new Map<string, Route>();
  /** The shape of the route that has the operationId. */
  const operationIds = new Map<string, string>();
  /** The routes that `all` declared. */
  const givingWay = new Set<Route>();
  const plugins = new Set<string>();
  const pending = new Set<PromiseLike<void>>();
  const parts: Part[] = [];
  let gate: AppGate | undefined;
  let closed = false;

  function checkOpen(what: string): void {
    if (closed) throw new TypeError(`${what}: cannot be added after the app was served`);
  }

  return {
    checkOpen,
    parts,
    get routes() {
      return [...routes.values()];
    },
    get gate() {
      return gate;
    },
    add(route, isForAllMethods) {
      const { name, method, path, operation } = route;
      checkOpen(`route ${name}`);
      // Routes that differ only in parameter names match the same requests.
      const shape = `${method} ${eraseNames(path)}`;
      const before = routes.get(shape);
      const isBeforeForAll = before !== undefined && givingWay.has(before);
      if (before !== undefined && isBeforeForAll === isForAllMethods)
        throw new TypeError(
          `route ${name}: already declared as ${before.name}. Give one of them another method or path`,
        );
      if (gate !== undefined) checkAccess(route);
      if (before !== undefined && isForAllMethods) return;
      const { operationId } = operation;
      const owner = operationId === undefined ? undefined : operationIds.get(operationId);
      if (owner !== undefined && owner !== shape) {
        throw new TypeError(`route ${name}: operationId ${operationId} already exists. Each route must have its own`);
      }
      if (before?.operation.operationId !== undefined) operationIds.delete(before.operation.operationId);
      if (operationId !== undefined) operationIds.set(operationId, shape);
      if (isForAllMethods) givingWay.add(route);
      routes.set(shape, route);
    },
    serveBy(given) {
      if (gate !== undefined) throw new TypeError("guard: the app already has one");
      checkOpen("guard");
      for (const route of routes.values()) checkAccess(route);
      gate = given;
    },
    install({ key, dependencies }) {
      const missing = dependencies.find((name) => !plugins.has(name));
      if (missing !== undefined)
        throw new TypeError(`register: ${key ?? "a plugin"} requires ${missing}. Register it first`);
      if (key === undefined) return;
      if (plugins.has(key)) throw new TypeError(`register: plugin ${key} is already registered`);
      plugins.add(key);
    },
    await(plugin) {
      pending.add(plugin);
      plugin.then(
        () => pending.delete(plugin),
        // A failed plugin may have declared only some of its routes. It stays pending, so the app is never served.
        () => {},
      );
    },
    async settle() {
      while (pending.size > 0) await Promise.all(pending);
    },
    close() {
      if (pending.size > 0) throw new TypeError("a plugin is asynchronous. Await app.ready() before the app serves");
      closed = true;
      return [...routes.values()].map((route) => {
        const [changeRefusal] = parts.flatMap((part) => part.refusalsOf?.(route) ?? []);
        return Object.freeze({ ...route, changeRefusal });
      });
    },
  };
}
