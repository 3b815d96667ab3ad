import { type Io, platformIo } from "../base/common/io.ts";
import { isPromised } from "../base/common/result.ts";
import type { PlatformContext } from "../base/http/call.ts";
import type { GateEnvironment } from "../core/config/gate-variables.ts";
import type { Principal } from "../core/token/principal.ts";
import { type AppContents, addContents } from "./app-contents.ts";
import { checkServable, createBareGate } from "./app-gate.ts";
import { type AppOptions, checkAppOptions, readBodyLimits } from "./app-options.ts";
import { checkAuthorities } from "./authorities.ts";
import { buildRoute } from "./build/build-route.ts";
import { copyDeclared, type Declared } from "./build/check-definition.ts";
import {
  decorateScope,
  deriveScope,
  type GroupOptions,
  type RegisterOptions,
  rootScope,
  type Scope,
} from "./build/scope.ts";
import { checkGroup, checkRoute, checkShorthand, checkUse } from "./check-call.ts";
import { addMethod, deriveOperationId } from "./operation-id.ts";
import { createAbsentFallbacks } from "./pipeline/fallbacks.ts";
import type { RouteAdditions } from "./pipeline/part.ts";
import type { Route } from "./pipeline/route.ts";
import { createServe, type Serve } from "./pipeline/serve.ts";
import { installPlugin, type Plugin } from "./plugin.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { createRouter } from "./routing/router.ts";
import type { AuthHook } from "./types/auth.ts";
import { type CallerOf, type Method, methods, type RouteDefinition, type Shorthand } from "./types/definition.ts";
import type { Hooks } from "./types/hooks.ts";
import { joinPaths } from "./types/path-pattern.ts";
import type { PathString, RequestSchemas, ResponsesMap } from "./types/types.ts";

/**
 * The routes of an API, in the style of DaloyJS. A gate serves an App (`createGate({ routes: app })`). Or it serves
 * itself (`export default app`) with `entraPlugin` as its guard.
 *
 * @example
 * const app = new App({ title: "Orders", version: "1.0.0" });
 * app.register(entraPlugin);
 * app.get("/me", { hooks: requireAuth("access_as_user") }, ({ state }) => ({
 *   status: 200,
 *   body: { oid: state.principal.oid },
 * }));
 */
export class App<Prefix extends string = "", Caller extends Principal | undefined = Principal | undefined> {
  readonly #info: AppOptions;
  readonly #io: Io;
  readonly #contents: AppContents;
  #registry: Registry = createRegistry();
  #scope: Scope = rootScope;
  #served: Serve | undefined = undefined;
  /** Routes of this app, group or plugin and within it. */
  readonly #routes: Route[] = [];
  /** The app around a group or plugin. */
  #outer: { note(route: Route): void } | undefined = undefined;
  /**
   * Declares a route for GET. It answers HEAD too, unless HEAD has its own route. Without `operationId` in the options,
   * one is derived from method and path: `getOrdersById`.
   *
   * @throws TypeError as {@link route} does, or if an argument is missing or in another place
   *
   * @example
   * app.get("/orders/:id", { hooks: requireAuth("orders.read") }, ({ params }) => ({ status: 200, body: find(params.id)
   * }));
   */
  readonly get: Shorthand<Prefix, Caller, this> = this.#shorthand("GET");
  /** Declares a route for POST, with the arguments of {@link get}. */
  readonly post: Shorthand<Prefix, Caller, this> = this.#shorthand("POST");
  /** Declares a route for PUT, with the arguments of {@link get}. */
  readonly put: Shorthand<Prefix, Caller, this> = this.#shorthand("PUT");
  /** Declares a route for PATCH, with the arguments of {@link get}. */
  readonly patch: Shorthand<Prefix, Caller, this> = this.#shorthand("PATCH");
  /** Declares a route for DELETE, with the arguments of {@link get}. */
  readonly delete: Shorthand<Prefix, Caller, this> = this.#shorthand("DELETE");
  /** Declares a route for HEAD, with the arguments of {@link get}. It takes precedence over the route for GET. */
  readonly head: Shorthand<Prefix, Caller, this> = this.#shorthand("HEAD");
  /**
   * Declares a route for OPTIONS, with the arguments of {@link get}. Preflights never reach it: use `cors(…)` for them.
   */
  readonly options: Shorthand<Prefix, Caller, this> = this.#shorthand("OPTIONS");
  /**
   * Declares a route for every method, with the arguments of {@link get}. A route for one method at the same path takes
   * precedence, whichever is declared first. An `operationId` in the options gets the method in front: `getProxy` and
   * `postProxy` for `proxy`.
   *
   * @throws TypeError as {@link get} does. A schema for a body is not possible, because GET has none.
   *
   * @example
   * app.all("/api/*", { hooks: requireAuth("access_as_user") }, origin());
   */
  readonly all: Shorthand<Prefix, Caller, this> = (...args) => {
    checkShorthand("all", args);
    // The route for GET answers HEAD.
    for (const method of methods) if (method !== "HEAD") this.#declare(method, args, true);
    return this;
  };

  /**
   * Creates an app without routes.
   *
   * @param options see {@link AppOptions}
   * @param io interfaces to the platform; tests pass their own
   * @throws TypeError that names an invalid option
   */
  constructor(options: AppOptions = {}, io: Io = platformIo) {
    this.#info = checkAppOptions(options);
    this.#io = io;
    const read = () => ({ registry: this.#registry, scope: this.#scope });
    this.#contents = addContents(this, this.#info, read, (declared, additions) => this.#add(declared, additions));
  }

  /**
   * Declares a route.
   *
   * @throws TypeError that names the route, if its definition is invalid, if its method and path or its operationId
   * already exist, or if the app has already served a request
   *
   * @example
   * app.route({ method: "DELETE", path: "/orders/:id", hooks: requireAuth("orders.write"), handler: origin() });
   */
  route<
    const P extends PathString,
    Req extends RequestSchemas = Record<never, never>,
    Res extends ResponsesMap = ResponsesMap,
    const M extends Hooks | readonly Hooks[] = readonly [],
    const H extends Hooks | readonly Hooks[] = Hooks,
  >(definition: RouteDefinition<P, Req, Res, M, H, `${Prefix}${P}`, Caller>): this {
    checkRoute(definition);
    this.#add(definition as unknown as Declared);
    return this;
  }

  /**
   * Adds hooks to all routes that are declared later in this app, group or plugin and within it.
   *
   * @returns the same app. With `requireAuth(…)`, its type says that handlers have `state.principal`.
   * @throws TypeError if a hook is unknown
   *
   * @example
   * const app = new App().use(requireAuth("orders.read"));
   * app.get("/me", {}, ({ state }) => ({ status: 200, body: { oid: state.principal.oid } }));
   */
  use(hooks: AuthHook): App<Prefix, Principal>;
  /**
   * Adds hooks to all routes that are declared later in this app, group or plugin and within it.
   *
   * @returns the same app
   * @throws TypeError if a hook is unknown
   *
   * @example
   * app.use(secureHeaders()).use(rateLimit({ windowMs: 60_000, max: 100 }));
   */
  use(hooks: Hooks): this;
  use(...args: readonly unknown[]): unknown {
    this.#registry.checkOpen("use");
    this.#scope = { ...this.#scope, layers: [...this.#scope.layers, checkUse(args, this.#routes)] };
    return this;
  }

  /**
   * Adds a value to the `state` of all routes that are declared later in this app, group or plugin and within it.
   * Augment `AppState` to give it a type.
   *
   * @param options `override` replaces an existing value
   * @throws TypeError if the name already exists or is reserved
   *
   * @example
   * app.decorate("db", db); // state.db
   */
  decorate(
    name: string,
    value: unknown,
    {
      override = false,
    }: {
      /** Replaces an existing value. Default: `false`, which throws a TypeError if the name already exists. */
      readonly override?: boolean;
    } = {},
  ): this {
    this.#registry.checkOpen("decorate");
    this.#scope = decorateScope(this.#scope, name, value, override);
    return this;
  }

  /**
   * Declares routes with a common prefix, tags, hooks and `auth`. Hooks and values that the callback adds apply only
   * inside the group.
   *
   * @throws TypeError that names an invalid option
   *
   * @example
   * app.group("/orders", { hooks: requireAuth("orders.read") }, (orders) => {
   *   orders.get("/:id", {}, ({ params }) => ({ status: 200, body: { id: params.id } }));
   * });
   */
  group<const P extends PathString, const H extends Hooks | readonly Hooks[] = Hooks>(
    prefix: P,
    options: GroupOptions<H>,
    declare: (group: App<`${Prefix}${P}`, CallerOf<H, Caller>>) => void,
  ): this {
    checkGroup(prefix, declare);
    const declared: unknown = declare(this.#within({ ...options, prefix }));
    if (isPromised(declared)) throw new TypeError(`group ${prefix}: must not be asynchronous. Use register`);
    return this;
  }

  /**
   * Registers a plugin. It declares routes, hooks and decorations in its own scope.
   *
   * @param options prefix, tags, hooks and `auth` for its routes
   * @throws TypeError if the plugin is already registered, or requires a plugin that is not registered
   *
   * @example
   * app.register(entraPlugin);
   */
  register<const H extends Hooks | readonly Hooks[] = Hooks>(
    plugin: Plugin<App<"", CallerOf<H, Caller>>>,
    options: RegisterOptions<H> = {},
  ): this {
    this.#registry.checkOpen("register");
    const { gate } = this.#registry;
    installPlugin(this.#registry, plugin, this.#within<"", CallerOf<H, Caller>>(options));
    if (this.#registry.gate !== gate && Object.keys(options).length > 0) {
      throw new TypeError("register: entraPlugin has no routes, so its options have no effect. Call app.use(…)");
    }
    return this;
  }

  /** Resolves when every plugin has finished its declarations. Rejects with a TypeError if the app cannot be served. */
  async ready(): Promise<void> {
    await this.#registry.settle();
    this.#serve();
  }

  /** Serves a request, for `export default app`. Rejects with a TypeError if a route has no access rule. */
  readonly fetch = async <Env>(
    request: Request,
    env?: GateEnvironment<Env>,
    context?: PlatformContext,
  ): Promise<Response> => this.#serve()(request, env, context);

  /**
   * Sends a request to the app without a network, for tests. A path is requested at `https://app.example`.
   *
   * @example
   * const response = await app.request("/orders", { headers: { authorization: `Bearer ${token}` } }, env);
   */
  request<Env>(target: string | URL | Request, init?: RequestInit, env?: GateEnvironment<Env>): Promise<Response> {
    const request = target instanceof Request ? target : new Request(new URL(target, "https://app.example"), init);
    return this.fetch<Env>(request, env);
  }

  #serve(): Serve {
    if (this.#served !== undefined) return this.#served;
    const { gate } = this.#registry;
    const routes = this.#registry.close();
    checkServable(routes, gate);
    if (gate?.settings !== undefined) checkAuthorities(this.#contents, gate.settings.options);
    const { services, setupOf } = gate ?? createBareGate(this.#io, { routes, parts: this.#registry.parts });
    const find = createRouter(routes, this.#registry.parts);
    this.#served = createServe({ services, setupOf, find, fallbacks: createAbsentFallbacks(this.#contents, find) });
    return this.#served;
  }

  #add(declared: Declared, additions?: RouteAdditions, isForAllMethods = false): Route {
    const route = buildRoute(declared, this.#scope, readBodyLimits(this.#info), additions);
    this.#registry.add(route, isForAllMethods);
    this.#note(route);
    return route;
  }

  #note(route: Route): void {
    this.#routes.push(route);
    this.#outer?.note(route);
  }

  #shorthand(method: Method): Shorthand<Prefix, Caller, this> {
    return (...args) => {
      checkShorthand(method, args);
      this.#declare(method, args, false);
      return this;
    };
  }

  #declare(method: Method, [path, options, handler]: readonly unknown[], isForAllMethods: boolean): void {
    const definition = copyDeclared(options as Declared);
    const { operationId } = definition;
    this.#add(
      {
        operationId: deriveOperationId(method, joinPaths(this.#scope.prefix, path as PathString)),
        ...definition,
        ...(isForAllMethods && typeof operationId === "string" && { operationId: addMethod(method, operationId) }),
        method,
        path,
        handler,
      },
      undefined,
      isForAllMethods,
    );
  }

  /** Creates the app of a group or plugin: it shares the routes and has its own scope. */
  #within<P extends string, C extends Principal | undefined>(options: RegisterOptions): App<P, C> {
    const inner = new App<P, C>(this.#info, this.#io);
    inner.#registry = this.#registry;
    inner.#outer = { note: (route) => this.#note(route) };
    inner.#scope = deriveScope(this.#scope, options);
    return inner;
  }
}
