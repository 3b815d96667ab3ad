import { checkOptionsOf, isCount, isFunction } from "../common/options.ts";
import { isPromised } from "../common/result.ts";
import type { DownstreamProvider, TokenServiceFactory } from "../guard/downstream.ts";
import type { IssuerFactory, IssuerProvider } from "../guard/issuer.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import type { TenantCheck } from "../token/tenant-check.ts";
import type { App } from "./app.ts";
import { findContents } from "./app-contents.ts";
import type { CorsHook } from "./hooks/cors.ts";
import type { InnerWorker } from "./types/inner-worker.ts";

/** Options of a gate, and decisions in code. */
export interface GateOptions {
  /** The routes of the API. Without them, every request must meet the default requirement and is forwarded to the origin. */
  readonly routes?: App;
  /**
   * How to handle requests whose method and path match no route. `guard` applies the default requirement and forwards
   * them. `reject` answers 404 after authentication. Default: `guard`.
   */
  readonly unlisted?: "guard" | "reject";
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
  /** Which other origins may call from a browser: `cors(…)`. Without it, preflights get no permission. */
  readonly cors?: CorsHook;
  /** How long the origin may take to start its response, in milliseconds. Default: 30,000. */
  readonly originMilliseconds?: number;
  /**
   * A worker in the same script, which gets the allowed requests in place of an origin server, with the same headers.
   * `ORIGIN_URL` and the binding `ORIGIN` then have no effect.
   */
  readonly worker?: InnerWorker;
  /** Tokens for other APIs: `downstream()` of `entra-gate/downstream`. Without it, the bundle does not contain MSAL. */
  readonly downstream?: DownstreamProvider;
  /** Keys of the gate's own, which the origin and Entra can trust: `issuer()` of `entra-gate/issuer`. */
  readonly issuer?: IssuerProvider;
}

/** Rules for the options that `createGate` and `createEntraPlugin` share. */
export const decisionRules = {
  isTenantAllowed: isFunction,
  revokedAtSeconds: isFunction,
  originMilliseconds: isCount,
  downstream: (provider: unknown) =>
    typeof (provider as TokenServiceFactory | null)?.create === "function" ||
    "must be downstream() of entra-gate/downstream",
  issuer: (provider: unknown) =>
    typeof (provider as IssuerFactory | null)?.owns === "function" || "must be issuer() of entra-gate/issuer",
};

/**
 * Checks the options of `createGate`.
 *
 * @throws TypeError that names an invalid option
 */
export function checkOptions(options: GateOptions): void {
  if (findContents(options) !== undefined) {
    throw new TypeError("createGate: the App must be an option. Write createGate({ routes: app })");
  }
  const variable = Object.keys(Object(options)).find((name) => /^(?:ENTRA|GATE|ORIGIN)_/.test(name));
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
    ...decisionRules,
  });
}
