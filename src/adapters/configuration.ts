import { checkOptionsOf } from "../base/common/options.ts";
import { checkConfigInCode } from "../core/config/code.ts";
import type { EntraConfig } from "../core/config/gate-variables.ts";
import { entryVariables, isNamed, namesOf, revocationNames } from "../core/config/table.ts";
import type { TlsProxyObstacle } from "../core/config/tls-proxy.ts";
import type { Environment } from "../core/config/variables.ts";
import { type EntraOptions, optionRules } from "../core/guard/entra-options.ts";
import { describeOptions } from "../core/guard/setup.ts";

/**
 * Where a guard publishes its configuration in code. `entra-gate explain` and `doctor` read it, possibly with another
 * copy of this package than the worker's.
 */
export const settingsName: unique symbol = Symbol.for("entra-gate.settings");

/** Where `passThrough` marks its middleware for `entra-gate doctor`, `diff` and `test`. */
export const passingName: unique symbol = Symbol.for("entra-gate.passing");

/**
 * Checks the configuration and options in code, so that faults are thrown at startup.
 *
 * @param caller name of the called function, for the error message
 * @param obstacle to GATE_TLS_PROXY
 * @returns the configuration as an environment; `undefined` if there is none, and the platform's applies
 * @throws TypeError that names each unknown, undefined or invalid variable or option
 */
export function checkConfiguration(
  caller: string,
  config: EntraConfig | undefined,
  options: EntraOptions,
  obstacle: TlsProxyObstacle | undefined,
): Environment | undefined {
  checkOptionsOf(caller, options, optionRules);
  if (config === undefined) return undefined;
  const known = [...namesOf(entryVariables), ...revocationNames].filter((name) => !name.startsWith("ENTRA_"));
  // A misspelled name of the first kind is a fault of the configuration, which says what is meant.
  const isAllowed = (name: string) => name.startsWith("ENTRA_") || known.some((each) => isNamed(each, name));
  const unknown = Object.keys(config).find((name) => !isAllowed(name));
  if (unknown !== undefined)
    throw new TypeError(`${caller}: ${unknown} is not allowed. Use ENTRA_…, or ${known.join(", ")}`);
  return checkConfigInCode(caller, config, describeOptions(options, obstacle));
}
