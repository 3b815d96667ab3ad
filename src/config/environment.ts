import { type Environment, listNames } from "./variables.ts";

/** What the runtimes call their own environment. */
interface Platform {
  /** Hands no environment to a fetch handler: it is read from the process, where `--allow-env` permits it. */
  readonly Deno?: { readonly env: { toObject(): Record<string, string> } };
  readonly process?: { readonly env?: Record<string, string | undefined> };
}

let ofProcess: Environment | undefined;

/**
 * The environment of a request: what the platform hands over, or on Deno that of the process.
 *
 * @param handed second argument of the fetch handler
 * @returns an empty one, in which everything is missing, where there is none or it may not be read; never throws
 */
export function readEnvironment(handed: unknown): Environment {
  if ((globalThis as Platform).Deno !== undefined) return readProcessEnvironment();
  return typeof handed === "object" && handed !== null ? (handed as Environment) : noEnvironment;
}

/**
 * The environment of the process, for code that is handed none: `Deno.env`, or `process.env`, which Workers fill with
 * variables and secrets too. Read once.
 *
 * @returns an empty one where there is none or it may not be read; never throws
 */
export function readProcessEnvironment(): Environment {
  try {
    const { Deno: deno, process } = globalThis as Platform;
    ofProcess ??= Object.freeze(deno === undefined ? copy(process?.env ?? noEnvironment) : deno.env.toObject());
    return ofProcess;
  } catch {
    return noEnvironment;
  }
}

/**
 * The environment of a request, or that of the process where the request's says nothing of Entra: whoever serves an app in
 * Node hands over something else, or nothing.
 *
 * @returns as {@link readEnvironment}; never throws
 */
export function readEnvironmentOrProcess(handed: unknown): Environment {
  const environment = readEnvironment(handed);
  try {
    // The cheap look first: the rest of the names matters only where it finds nothing.
    const says = Object.keys(environment).some(isOfEntra) || listNames(environment).some(isOfEntra);
    return says ? environment : readProcessEnvironment();
  } catch {
    // Whoever reads it says so in the log.
    return environment;
  }
}

const isOfEntra = (name: string) => name.startsWith("ENTRA_");

/** Copies all that can be read: a spread would lose what is inherited or not enumerable. */
function copy(environment: Environment): Environment {
  return Object.fromEntries(listNames(environment).map((name) => [name, environment[name]]));
}

const noEnvironment: Environment = Object.freeze({});
