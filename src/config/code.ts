import { type ConfigContext, isOfGate, readConfig } from "./config.ts";
import { describeFault } from "./fault.ts";
import type { GateVariables } from "./gate-variables.ts";
import { type Environment, listNames } from "./variables.ts";

/**
 * Checks a configuration that is passed in code, so that faults are thrown at startup and not on the first request.
 *
 * @param caller name of the called function, for the error message
 * @param config variables with the names in docs/reference/variables.md
 * @returns a frozen copy
 * @throws TypeError that names an inherited or non-enumerable variable, or that lists every fault
 */
export function checkConfigInCode(caller: string, config: GateVariables, context: ConfigContext): Environment {
  const environment: Environment = Object.freeze({ ...config });
  // The copy lacks these properties. Without this check an allowlist could be lost.
  const inherited = listNames(config).find((name) => isOfGate(name) && !Object.hasOwn(environment, name));
  if (inherited !== undefined) throw new TypeError(`${caller}: ${inherited} must be an own enumerable property`);
  const read = readConfig(environment, context);
  if (!read.ok) throw new TypeError(`${caller}: ${read.error.map(describeFault).join(". ")}`);
  return environment;
}
