import { eraseNames } from "./contract/path-pattern.ts";
import type { Extension, Route } from "./contract/route.ts";
import { checkAccess, type Host } from "./host.ts";

/** What an app and all its groups and plugins share: its routes, and who guards them. */
export interface Registry {
  readonly routes: readonly Route[];
  readonly host: Host | undefined;
  /** May be added to. */
  readonly extensions: Extension[];
  /** @throws TypeError naming the route, where it is declared twice, too late, or open by omission */
  add(route: Route): void;
  /** @throws TypeError where the app was served: what is added now would reach nothing. */
  checkOpen(what: string): void;
  /** @throws TypeError where there is one already, or a route says nothing of who may call */
  serveBy(host: Host): void;
  /** Notes a plugin. @throws TypeError where it was registered before, or what it depends on was not */
  install(plugin: { readonly key: string | undefined; readonly dependencies: readonly string[] }): void;
  /** Waits for a plugin at `ready`. */
  await(plugin: Promise<void>): void;
  /** Resolves once every plugin has. Rejects as the first that failed. */
  settle(): Promise<void>;
  /** Ends the declarations. @returns the routes as they are served @throws TypeError where a plugin is not ready */
  close(): readonly Route[];
}

/** Makes the registry of one app. */
export function createRegistry(): Registry {
  const routes = new Map<string, Route>();
  const operationIds = new Set<string>();
  const plugins = new Set<string>();
  const pending = new Set<Promise<void>>();
  const extensions: Extension[] = [];
  let host: Host | undefined;
  let closed = false;

  function checkOpen(what: string): void {
    if (closed) throw new TypeError(`${what}: cannot be added after the app was served`);
  }

  return {
    checkOpen,
    extensions,
    get routes() {
      return [...routes.values()];
    },
    get host() {
      return host;
    },
    add(route) {
      const { name, method, path, operation } = route;
      checkOpen(`route ${name}`);
      // Routes that differ in parameter names alone match the same requests.
      const shape = `${method} ${eraseNames(path)}`;
      const before = routes.get(shape);
      if (before !== undefined) throw new TypeError(`route ${name}: already declared as ${before.name}`);
      const { operationId } = operation;
      if (operationId !== undefined && operationIds.has(operationId)) {
        throw new TypeError(`route ${name}: operationId ${operationId} already exists`);
      }
      if (host !== undefined) checkAccess(route);
      if (operationId !== undefined) operationIds.add(operationId);
      routes.set(shape, route);
    },
    serveBy(given) {
      if (host !== undefined) throw new TypeError("guard: the app already has one");
      checkOpen("guard");
      for (const route of routes.values()) checkAccess(route);
      host = given;
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
        // A plugin that failed may have declared half of its routes: it stays pending, and the app is never served.
        () => {},
      );
    },
    async settle() {
      while (pending.size > 0) await Promise.all(pending);
    },
    close() {
      if (pending.size > 0) throw new TypeError("a plugin is asynchronous. Await app.ready() before the app serves");
      closed = true;
      return [...routes.values()].map((route) => extensions.reduce((last, { extend }) => extend(last), route));
    },
  };
}
