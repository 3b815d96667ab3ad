import type { App } from "./app/app.ts";
import { contentsOf, findContents } from "./app/app-contents.ts";
import { describeApp } from "./app/app-gate.ts";
import { compose } from "./app/composition.ts";
import type { PluginObject } from "./app/plugin.ts";
import { type Io, platformIo } from "./base/common/io.ts";
import { checkOptionsOf } from "./base/common/options.ts";
import { runtime } from "./base/common/runtime.ts";
import { checkConfigInCode } from "./core/config/code.ts";
import { readEnvironmentOrProcess } from "./core/config/environment.ts";
import type {
  AuthorityVariables,
  GateVariables,
  IssuerVariables,
  NamedOriginVariables,
} from "./core/config/gate-variables.ts";
import { type EntraPluginOptions, optionRules, pluginOptionRules } from "./core/guard/entra-options.ts";
import { createKeyStores } from "./core/keys/key-store.ts";

/**
 * Protects an app that serves itself with access tokens of Entra ID. The configuration comes from the environment of
 * the request, or of the process if the request has none; see docs/reference/variables.md. Every route must declare who
 * may call it.
 *
 * @throws TypeError if a route of the app has neither `requireAuth(…)` nor `public: true`
 *
 * @example
 * const app = new App({ title: "Orders", version: "1.0.0" });
 * app.register(entraPlugin);
 * export default app;
 */
export function entraPlugin(app: App): void {
  createEntraPlugin().register(app);
}

/**
 * Creates the plugin with a configuration or with options in code.
 *
 * @param config the variables of docs/reference/variables.md; without it, the plugin reads the environment
 * @param options see {@link EntraPluginOptions}
 * @param io interfaces to the platform; tests pass their own
 * @throws TypeError that lists every fault of the configuration
 *
 * @example
 * app.register(createEntraPlugin({ ENTRA_TENANT_ID: "11111111-…", ENTRA_API_AUDIENCE: "22222222-…" }));
 */
export function createEntraPlugin(
  config?:
    | (GateVariables & IssuerVariables)
    | (GateVariables & IssuerVariables & NamedOriginVariables & AuthorityVariables),
  options: EntraPluginOptions = {},
  io: Io = platformIo,
): PluginObject<App> {
  if (findContents(config) !== undefined) {
    throw new TypeError("createEntraPlugin: pass its result to the app. Write app.register(createEntraPlugin(…))");
  }
  const rules = { ...optionRules, ...pluginOptionRules };
  const misplaced = Object.keys(rules).find((name) => name in Object(config));
  if (misplaced !== undefined) {
    const call = `createEntraPlugin(config, { ${misplaced} })`;
    throw new TypeError(`createEntraPlugin: ${misplaced} must be in the second argument. Write ${call}`);
  }
  checkOptionsOf("createEntraPlugin", options, rules);
  const onWorkers = runtime.isWorkers;
  // The routes of the app are not declared yet.
  const inCode = config && checkConfigInCode("createEntraPlugin", config, describeApp(options, undefined, onWorkers));
  const keysOf = createKeyStores(io);
  return {
    name: "entra",
    register(app) {
      const contents = contentsOf(app);
      const context = describeApp(options, contents, onWorkers);
      const { services, setupOf } = compose({ io, keysOf, context }, options, false);
      contents.guard({
        settings: { options, environment: inCode },
        services,
        issuer: context.issuer,
        setupOf: (env) => setupOf(inCode ?? readEnvironmentOrProcess(env)),
      });
    },
  };
}
