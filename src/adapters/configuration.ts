import { checkOptionsOf } from "../app/contract/check-members.ts";
import { checkConfigInCode } from "../config/code.ts";
import type { GateVariables } from "../config/gate-variables.ts";
import type { Environment } from "../config/variables.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import type { TenantCheck } from "../token/tenant-check.ts";

/**
 * Configuration in code, under the names that it has in the environment, for example `ENTRA_TENANT_ID`. An adapter has no
 * variables for an origin or a health page.
 */
export type EntraConfig = Pick<
  GateVariables,
  Extract<keyof GateVariables, `ENTRA_${string}` | `GATE_LOG_${string}` | "GATE_MODE" | "GATE_URL">
>;

/** What the caller's code decides beside the configuration. */
export interface EntraOptions {
  /** Decides on each request whether a tenant's tokens count; what throws, is late or is not `true` refuses. */
  readonly isTenantAllowed?: TenantCheck;
  /** Says since when a principal's tokens are revoked; what throws, is late or is no number refuses. */
  readonly revokedAtSeconds?: RevocationCheck;
}

/**
 * Where a guard says what its code decides. `entra-gate explain` and `doctor` read it, and may do so with another copy of this
 * package than the worker has.
 */
export const decisionsName: unique symbol = Symbol.for("entra-gate.decisions");

/** What was given in code. */
export interface Decisions {
  /** Replaces the environment. */
  readonly environment: Environment | undefined;
  readonly options: EntraOptions;
}

const optionNames = ["isTenantAllowed", "revokedAtSeconds"];

/**
 * Checks what was given in code, where the environment's own checks would come too late or not at all.
 *
 * @param caller name of the function that was called, for the message
 * @returns the configuration as an environment; `undefined` where there is none, and the platform's counts
 * @throws TypeError naming each variable or option that is unknown, undefined or faulty
 */
export function checkConfiguration(
  caller: string,
  config: EntraConfig | undefined,
  options: EntraOptions,
): Environment | undefined {
  checkOptionsOf(caller, options, optionNames);
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== "function") throw new TypeError(`${caller}: ${name} must be a function`);
  }
  if (config === undefined) return undefined;
  const unknown = Object.keys(config).find((name) => !/^(?:ENTRA_|GATE_LOG_|GATE_(?:MODE|URL)$)/.test(name));
  if (unknown !== undefined) {
    throw new TypeError(`${caller}: ${unknown} is not allowed. Use ENTRA_…, GATE_LOG_…, GATE_MODE or GATE_URL`);
  }
  const context = { tenantsDecidedInCode: options.isTenantAllowed !== undefined, defaultRequirementUnused: true };
  return checkConfigInCode(caller, config, context);
}
