import { isObject } from "../../base/common/objects.ts";
import { passesEnvironment, readProcessVariables } from "../../base/common/runtime.ts";
import { type Environment, listNames } from "./variables.ts";

let ofProcess: Environment | undefined;

/**
 * Returns the environment of a request: the object that the platform passes. On Deno, it returns the environment of the
 * process, unless the object has an `ENTRA_` variable. Never throws.
 *
 * @param handed second argument of the fetch handler
 * @returns an empty environment if there is none, or if the process may not read it
 */
export function readEnvironment(handed: unknown): Environment {
  const environment = isObject(handed) ? (handed as Environment) : noEnvironment;
  return passesEnvironment() ? environment : orProcess(environment);
}

/**
 * Returns the environment of the process. It is read once. Never throws.
 *
 * @returns an empty environment if there is none, or if the process may not read it
 */
export function readProcessEnvironment(): Environment {
  try {
    ofProcess ??= Object.freeze(copy(readProcessVariables() ?? noEnvironment));
    return ofProcess;
  } catch {
    return noEnvironment;
  }
}

/**
 * Returns the environment of a request, or that of the process if the request's has no `ENTRA_` variable. A Node server
 * passes another object to the handler, or nothing.
 *
 * @returns as {@link readEnvironment} does; never throws
 */
export function readEnvironmentOrProcess(handed: unknown): Environment {
  return orProcess(readEnvironment(handed));
}

function orProcess(environment: Environment): Environment {
  try {
    // Own enumerable names are cheaper to list, and usually sufficient.
    const says = Object.keys(environment).some(isOfEntra) || listNames(environment).some(isOfEntra);
    return says ? environment : readProcessEnvironment();
  } catch {
    // `createSetup` reads the environment again and logs the error.
    return environment;
  }
}

const isOfEntra = (name: string) => name.startsWith("ENTRA_");

/** Copies inherited and non-enumerable members too, which a spread would lose. */
function copy(environment: Environment): Environment {
  return Object.fromEntries(listNames(environment).map((name) => [name, environment[name]]));
}

const noEnvironment: Environment = Object.freeze({});
