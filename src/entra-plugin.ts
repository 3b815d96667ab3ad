import type { App } from "./app/app.ts";
import { type AppContents, contentsOf, findContents } from "./app/app-contents.ts";
import type { AppGate } from "./app/app-gate.ts";
import { compose } from "./app/composition.ts";
import { decisionRules } from "./app/gate-options.ts";
import type { PluginObject } from "./app/plugin.ts";
import { describeApp } from "./app/setup-context.ts";
import { type Io, platformIo } from "./common/io.ts";
import { checkOptionsOf } from "./common/options.ts";
import { isWorkers } from "./common/runtime.ts";
import { checkConfigInCode } from "./config/code.ts";
import { readEnvironmentOrProcess } from "./config/environment.ts";
import type { GateVariables, IssuerVariables } from "./config/gate-variables.ts";
import type { DownstreamProvider } from "./guard/downstream.ts";
import { type IssuerProvider, readIssuerProvider } from "./guard/issuer.ts";
import { createKeyStore } from "./keys/key-store.ts";
import type { RevocationCheck } from "./policy/revocation.ts";
import type { TenantCheck } from "./token/tenant-check.ts";

/** Decisions in code, as in `createGate`. */
export interface EntraDecisions {
  /**
   * Decides for each request whether a tenant's tokens are accepted. The token is refused if the callback throws, is
   * late or does not return `true`.
   */
  readonly isTenantAllowed?: TenantCheck;
  /**
   * Returns the time before which a principal's tokens are revoked, in seconds since the epoch: `Date.now() / 1000`. A
   * fraction counts up to the next second. The token is refused if the callback throws, is late, or returns neither
   * a time in seconds nor `undefined`.
   */
  readonly revokedAtSeconds?: RevocationCheck;
  /** How long the origin server may take to start its response, in milliseconds. Default: 30,000. */
  readonly originMilliseconds?: number;
  /** Tokens for other APIs: `downstream()` of `entra-gate/downstream`. Public routes have none. */
  readonly downstream?: DownstreamProvider;
  /** Keys of the gate's own, which the origin and Entra can trust: `issuer()` of `entra-gate/issuer`. */
  readonly issuer?: IssuerProvider;
}

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
 * Creates the plugin with a configuration or with decisions in code.
 *
 * @param config the variables of docs/reference/variables.md; without it, the plugin reads the environment
 * @param decisions see {@link EntraDecisions}
 * @param io interfaces to the platform; tests pass their own
 * @throws TypeError that lists every fault of the configuration
 *
 * @example
 * app.register(createEntraPlugin({ ENTRA_TENANT_ID: "11111111-…", ENTRA_API_AUDIENCE: "22222222-…" }));
 */
export function createEntraPlugin(
  config?: GateVariables & IssuerVariables,
  decisions: EntraDecisions = {},
  io: Io = platformIo,
): PluginObject<App> {
  if (findContents(config) !== undefined) {
    throw new TypeError("createEntraPlugin: pass its result to the app. Write app.register(createEntraPlugin(…))");
  }
  const misplaced = Object.keys(decisionRules).find((name) => name in Object(config));
  if (misplaced !== undefined) {
    const call = `createEntraPlugin(config, { ${misplaced} })`;
    throw new TypeError(`createEntraPlugin: ${misplaced} must be in the second argument. Write ${call}`);
  }
  checkOptionsOf("createEntraPlugin", decisions, decisionRules);
  const onWorkers = isWorkers();
  // The routes of the app are not declared yet.
  const context = describeApp(decisions, { routes: [], extensions: [] }, onWorkers);
  const inCode = config && checkConfigInCode("createEntraPlugin", config, context);
  const keys = createKeyStore(io);
  function createAppGate(app: AppContents): AppGate {
    const { services, setupOf } = compose(io, keys, describeApp(decisions, app, onWorkers), decisions, false);
    return {
      decisions: { options: decisions, environment: inCode },
      services,
      issuer: readIssuerProvider(decisions.issuer),
      setupOf: (env) => setupOf(inCode ?? readEnvironmentOrProcess(env)),
    };
  }

  return {
    name: "entra",
    register(app) {
      const contents = contentsOf(app);
      contents.guard(createAppGate(contents));
    },
  };
}
