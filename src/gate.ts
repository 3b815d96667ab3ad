import { compose } from "./app/composition.ts";
import { checkOptions, describeGate, type GateOptions } from "./app/gate-options.ts";
import { takeRoutes } from "./app/gate-routes.ts";
import type { Respond } from "./app/pipeline/context.ts";
import { createForwardingFallbacks } from "./app/pipeline/fallbacks.ts";
import { compileBare } from "./app/pipeline/pipeline.ts";
import { createServe } from "./app/pipeline/serve.ts";
import { type Io, platformIo } from "./base/common/io.ts";
import { runtime } from "./base/common/runtime.ts";
import { backgroundOf, type PlatformContext } from "./base/http/call.ts";
import { readEnvironment } from "./core/config/environment.ts";
import type { GateEnvironment } from "./core/config/gate-variables.ts";
import { writeHealth } from "./core/guard/health.ts";
import { createKeyStores } from "./core/keys/key-store.ts";

/** The default export of a worker. It is frozen, so its `fetch` is always the one that checks callers. */
export interface Gate {
  /** The options of `createGate`. `entra-gate explain` and `doctor` read them. */
  readonly options: GateOptions;
  /**
   * Serves a request.
   *
   * @param env variables and bindings of the platform; on Deno, those of the process apply unless it has an `ENTRA_`
   *   variable
   * @param context keeps work alive after the response, and has the address of the client on Node and Bun
   */
  fetch<Env>(request: Request, env?: GateEnvironment<Env>, context?: PlatformContext): Promise<Response>;
  /**
   * Fetches the signing keys of the configured tenants before they are needed, for the data center that runs the cron
   * trigger; see docs/explanation/keys.md. Never throws: failures are logged.
   */
  scheduled<Env>(event: unknown, env?: GateEnvironment<Env>, context?: PlatformContext): Promise<void>;
}

/**
 * Creates a gate. Does no I/O: the configuration is read with the first request.
 *
 * @param options see {@link GateOptions}
 * @param io interfaces to the platform; tests pass their own
 * @throws TypeError if an option or a route is invalid
 *
 * @example
 * const routes = new App().get("/orders/*", { hooks: requireAuth("orders.read") }, origin());
 * export default createGate({ routes, unlisted: "reject" });
 */
export function createGate(options: GateOptions = {}, io: Io = platformIo): Gate {
  checkOptions(options);
  const { unlisted = "guard", cors } = options;
  const { routes, find } = takeRoutes(options);
  const context = describeGate(options, routes, runtime.isWorkers);
  const { services, setupOf } = compose({ io, keysOf: createKeyStores(io), context }, options, true);
  const serve = createServe({
    services,
    setupOf: (env) => setupOf(readEnvironment(env)),
    find,
    fallbacks: createForwardingFallbacks(routes, unlisted),
    cors: cors?.cors,
    health: compileHealth(),
  });
  const gate: Gate = {
    options,
    fetch: serve,
    async scheduled(_event, env, context) {
      const background = backgroundOf(context);
      const { authorities } = setupOf(readEnvironment(env));
      for (const { keys, listKeySources } of authorities) {
        for (const source of listKeySources()) await keys.warm(source, background);
      }
    },
  };
  return Object.freeze(gate);
}

/**
 * Compiles the health page in two forms: public without tenants, and guarded by the default requirement with tenants.
 */
function compileHealth(): Readonly<Record<"public" | "guarded", Respond>> {
  const compile = (isGuarded: boolean) =>
    compileBare({ kind: isGuarded ? "default" : "public" }, (context) =>
      writeHealth(
        context.setup.authorities.map(({ keys }) => keys.describe()),
        isGuarded,
        readEnvironment(context.env),
      ),
    );
  return { public: compile(false), guarded: compile(true) };
}
