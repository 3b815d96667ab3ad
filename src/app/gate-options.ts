import type { Mode } from "../config/observation.ts";
import type { DownstreamProvider } from "../guard/downstream.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import type { TenantCheck } from "../token/tenant-check.ts";
import type { App } from "./app.ts";
import type { Route } from "./contract/route.ts";
import type { CorsHook } from "./hooks/cors.ts";

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
   * Returns the time before which a principal's tokens are revoked. The token is refused if the callback throws, is
   * late or returns no number.
   */
  readonly revokedAtSeconds?: RevocationCheck;
  /** Which other origins may call from a browser: `cors(…)`. Without it, preflights get no permission. */
  readonly cors?: CorsHook;
  /** How long the origin may take to start its response, in milliseconds. Default: 30,000. */
  readonly originMilliseconds?: number;
  /** Tokens for other APIs: `downstream()` of `entra-gate/downstream`. Without it, the bundle does not contain MSAL. */
  readonly downstream?: DownstreamProvider;
}

const optionNames = [
  "routes",
  "unlisted",
  "isTenantAllowed",
  "revokedAtSeconds",
  "cors",
  "originMilliseconds",
  "downstream",
];

/**
 * Checks the options of `createGate`.
 *
 * @throws TypeError that names an invalid option
 */
export function checkOptions(options: GateOptions): void {
  const { unlisted, cors, originMilliseconds } = options;
  for (const [name, value] of Object.entries(options)) {
    if (!optionNames.includes(name))
      throw new TypeError(`createGate: unknown option ${JSON.stringify(name)}. Use one of ${optionNames.join(", ")}`);
    // The value may have been a guard that was lost.
    if (value === undefined) throw new TypeError(`createGate: ${name} is undefined. Set a value or remove it`);
  }
  if (unlisted !== undefined && unlisted !== "guard" && unlisted !== "reject") {
    throw new TypeError('createGate: unlisted must be "guard" or "reject"');
  }
  for (const name of ["isTenantAllowed", "revokedAtSeconds"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw new TypeError(`createGate: ${name} must be a function`);
    }
  }
  // The gate would ignore other hooks in the object.
  if (cors !== undefined && (typeof cors?.cors !== "function" || Object.keys(cors).length > 1)) {
    throw new TypeError("createGate: cors must be a result of cors(…) without other hooks");
  }
  checkOriginMilliseconds(originMilliseconds);
}

/** @throws TypeError if the value is present and not a whole number above 0 */
export function checkOriginMilliseconds(originMilliseconds: number | undefined): void {
  if (originMilliseconds !== undefined && !(Number.isSafeInteger(originMilliseconds) && originMilliseconds > 0)) {
    throw new TypeError("originMilliseconds must be a whole number above 0");
  }
}

/**
 * Whether a gate forwards any request to its origin. In report mode, `unlisted: "reject"` forwards requests without a
 * route.
 *
 * @param routes of the gate
 */
export function forwards({ unlisted = "guard" }: GateOptions, routes: readonly Route[], mode: Mode): boolean {
  return unlisted === "guard" || mode === "report" || routes.some((route) => route.forwards);
}
