import { type ConfigContext, isOfGate, readConfig } from "./config.ts";
import { describeFault } from "./fault.ts";
import type { GateVariables, IssuerVariables } from "./gate-variables.ts";
import { knownVariables, namesOf } from "./table.ts";
import { type Environment, listNames } from "./variables.ts";

/**
 * Checks a configuration that is passed in code, so that faults are thrown at startup and not on the first request.
 *
 * @param caller name of the called function, for the error message
 * @param config variables with the names in docs/reference/variables.md
 * @returns a frozen copy
 * @throws TypeError that names an inherited, non-enumerable or misnamed variable, or that lists every fault
 */
export function checkConfigInCode(
  caller: string,
  config: GateVariables & IssuerVariables,
  context: ConfigContext,
): Environment {
  const environment: Environment = Object.freeze({ ...config });
  // The copy lacks these properties. Without this check an allowlist could be lost.
  const inherited = listNames(config).find((name) => isOfGate(name) && !Object.hasOwn(environment, name));
  if (inherited !== undefined) throw new TypeError(`${caller}: ${inherited} must be an own enumerable property`);
  for (const name of Object.keys(config)) {
    const meant = findMeant(name);
    if (meant !== undefined) throw new TypeError(`${caller}: ${name} is not a variable. Write ${meant}`);
  }
  const read = readConfig(environment, context);
  if (!read.ok) throw new TypeError(`${caller}: ${read.error.map(describeFault).join(". ")}`);
  return environment;
}

/** Finds the variable that a name such as `allowedClients` stands for. The gate would ignore such an allowlist. */
function findMeant(name: string): string | undefined {
  if (!/^[a-z]+[A-Z]/.test(name)) return undefined;
  const words = name.replace(/[A-Z]/g, "_$&").toUpperCase();
  return namesOf(knownVariables).find((variable) => variable.endsWith(`_${words}`));
}
