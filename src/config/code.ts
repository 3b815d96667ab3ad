import { type ConfigContext, isOfGate, readConfig } from "./config.ts";
import { describeFault } from "./fault.ts";
import type { GateVariables } from "./gate-variables.ts";
import { type Environment, listNames } from "./variables.ts";

/**
 * Checks a configuration that was given in code, where the environment's own checks would come too late.
 *
 * @param caller name of the function that was called, for the message
 * @param config variables of README, "Configuration", by the same names
 * @returns a frozen copy
 * @throws TypeError naming a variable that is inherited or hidden, or every fault
 */
export function checkConfigInCode(caller: string, config: GateVariables, context: ConfigContext): Environment {
  const environment: Environment = Object.freeze({ ...config });
  // A copy has none of them, and an allowlist would be lost.
  const inherited = listNames(config).find((name) => isOfGate(name) && !Object.hasOwn(environment, name));
  if (inherited !== undefined) throw new TypeError(`${caller}: ${inherited} must be a member of the object itself`);
  const read = readConfig(environment, context);
  if (!read.ok) throw new TypeError(`${caller}: ${read.error.map(describeFault).join(". ")}`);
  return environment;
}
