import { checkOptionsOf } from "../base/common/options.ts";
import { isPromised } from "../base/common/result.ts";
import { isOfGate } from "../core/config/config.ts";
import type { Mode } from "../core/config/observation.ts";
import { workersObstacle } from "../core/config/tls-proxy.ts";
import { type EntraPluginOptions, optionRules, pluginOptionRules } from "../core/guard/entra-options.ts";
import { describeOptions, type SetupContext } from "../core/guard/setup.ts";
import type { App } from "./app.ts";
import { findContents } from "./app-contents.ts";
import type { CorsHook } from "./hooks/cors.ts";
import { listForwardedTo } from "./pipeline/forwarding.ts";
import type { RouteSource } from "./pipeline/route.ts";
import type { InnerWorker } from "./types/inner-worker.ts";

/** Options of a gate. */
export interface GateOptions extends EntraPluginOptions {
  /**
   * The routes of the API. Without them, every request must meet the default requirement and is forwarded to the
   * origin.
   */
  readonly routes?: App;
  /**
   * How to handle requests whose method and path match no route. `guard` applies the default requirement and forwards
   * them. `reject` answers 404 after authentication. Default: `guard`.
   */
  readonly unlisted?: "guard" | "reject";
  /** Which other origins may call from a browser: `cors(…)`. Without it, preflights get no permission. */
  readonly cors?: CorsHook;
  /**
   * A worker in the same script, which gets the allowed requests in place of an origin server, with the same headers.
   * `ORIGIN_URL` and the binding `ORIGIN` then have no effect. Routes with `origin({ to })` go to the origin that they
   * name.
   */
  readonly worker?: InnerWorker;
}

/**
 * Checks the options of `createGate`.
 *
 * @throws TypeError that names an invalid option
 */
export function checkOptions(options: GateOptions): void {
  if (findContents(options) !== undefined) {
    throw new TypeError("createGate: the App must be an option. Write createGate({ routes: app })");
  }
  const variable = Object.keys(Object(options)).find(isOfGate);
  if (variable !== undefined) {
    throw new TypeError(
      `createGate: ${variable} is a variable. Set it in the environment, such as [vars] of wrangler.toml`,
    );
  }
  checkOptionsOf("createGate", options, {
    routes: (app) => {
      if (findContents(app) !== undefined) return true;
      if (isPromised(app)) return "must be an App and not a promise. Await it";
      return "must be an App of entra-gate: new App().route({ … }). A Hono app uses entra() of entra-gate/hono";
    },
    unlisted: (value) => value === "guard" || value === "reject" || 'must be "guard" or "reject"',
    // The gate would ignore other hooks in the object.
    cors: (hook) =>
      (typeof (hook as CorsHook | null)?.cors === "function" && Object.keys(hook as CorsHook).length === 1) ||
      "must be cors(…) without other hooks",
    worker: (worker) =>
      typeof (worker as InnerWorker | null)?.fetch === "function" ||
      "must have fetch, as the default export of a worker",
    ...optionRules,
    ...pluginOptionRules,
  });
}

/**
 * Says what the code of a gate decides in addition to its configuration. `entra-gate explain` and `doctor` use it too.
 */
export function describeGate(
  options: GateOptions,
  source: Pick<RouteSource, "routes" | "parts" | "appWide" | "listServed">,
  onWorkers: boolean,
): SetupContext {
  const { unlisted = "guard", worker } = options;
  const { routes, parts, appWide } = source;
  return {
    ...describeOptions(options, onWorkers ? workersObstacle : undefined),
    parts,
    defaultRequirementUnused: unlisted === "reject" && routes.every(({ access }) => access.kind !== "default"),
    // In report mode, `unlisted: "reject"` forwards requests without a route.
    serving: {
      onWorkers,
      hasWorker: worker !== undefined,
      forwards: (mode: Mode) =>
        worker === undefined && (unlisted === "guard" || mode === "report" || listForwardedTo(routes).has(undefined)),
      origins: () => listForwardedTo(routes),
      routes: () => source.listServed(unlisted === "reject" ? undefined : appWide.access),
    },
  };
}
