import type { Mode } from "../config/observation.ts";
import type { DownstreamProvider } from "../guard/downstream.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import type { TenantCheck } from "../token/tenant-check.ts";
import type { App } from "./app.ts";
import type { Route } from "./contract/route.ts";
import type { CorsHook } from "./hooks/cors.ts";

/** What the caller's code decides about its gate. */
export interface GateOptions {
  /** The API's routes: an `App`. Without, every request meets the default requirement and goes to the origin. */
  readonly routes?: App;
  /**
   * What becomes of requests whose method and path match no route, whatever other methods have one: `guard` forwards them
   * under the default requirement, `reject` answers 404 once the caller has authenticated. Default `guard`.
   */
  readonly unlisted?: "guard" | "reject";
  /** Decides on each request whether a tenant's tokens count; what throws, is late or is not `true` refuses. */
  readonly isTenantAllowed?: TenantCheck;
  /** Says since when a principal's tokens are revoked; what throws, is late or is no number refuses. */
  readonly revokedAtSeconds?: RevocationCheck;
  /** Which browsers may call from other origins: `cors(…)`. Without, none may: preflights are answered without permission. */
  readonly cors?: CorsHook;
  /** How long the origin may take to begin its answer, in milliseconds. Default 30,000. */
  readonly originMilliseconds?: number;
  /** Tokens for other APIs: `downstream()` of `entra-gate/downstream`. Without, nothing of MSAL is in the bundle. */
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
 * Checks what the caller's code decides.
 *
 * @throws TypeError naming the option
 */
export function checkOptions(options: GateOptions): void {
  const { unlisted, cors, originMilliseconds } = options;
  for (const [name, value] of Object.entries(options)) {
    if (!optionNames.includes(name))
      throw new TypeError(`createGate: unknown option ${JSON.stringify(name)}. Use one of ${optionNames.join(", ")}`);
    // Somebody wrote a guard there, and lost it on the way.
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
  // Another hook beside it would not run.
  if (cors !== undefined && (typeof cors?.cors !== "function" || Object.keys(cors).length > 1)) {
    throw new TypeError("createGate: cors must be a result of cors(…) without other hooks");
  }
  checkOriginMilliseconds(originMilliseconds);
}

/** @throws TypeError where it is given, and is no whole number above 0 */
export function checkOriginMilliseconds(originMilliseconds: number | undefined): void {
  if (originMilliseconds !== undefined && !(Number.isSafeInteger(originMilliseconds) && originMilliseconds > 0)) {
    throw new TypeError("originMilliseconds must be a whole number above 0");
  }
}

/**
 * Whether a gate sends any request to its origin. In report mode, `unlisted: "reject"` lets through what matches no route.
 *
 * @param routes of the gate
 */
export function forwards({ unlisted = "guard" }: GateOptions, routes: readonly Route[], mode: Mode): boolean {
  return unlisted === "guard" || mode === "report" || routes.some((route) => route.forwards);
}
