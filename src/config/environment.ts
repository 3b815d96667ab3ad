import type { Environment } from "./variables.ts";

/** Deno hands no environment to a fetch handler: it is read from the process, where `--allow-env` permits it. */
interface DenoRuntime {
  readonly env: { toObject(): Record<string, string> };
}

let ofProcess: Environment | undefined;

/**
 * The environment of a request: what the platform hands over, or on Deno that of the process.
 *
 * @param handed second argument of the fetch handler
 * @returns an empty one, in which everything is missing, where there is none or it may not be read; never throws
 */
export function readEnvironment(handed: unknown): Environment {
  const { Deno: deno } = globalThis as { Deno?: DenoRuntime };
  if (deno !== undefined) return readProcess(deno);
  return typeof handed === "object" && handed !== null ? (handed as Environment) : noEnvironment;
}

function readProcess(deno: DenoRuntime): Environment {
  try {
    ofProcess ??= Object.freeze(deno.env.toObject());
    return ofProcess;
  } catch {
    return noEnvironment;
  }
}

const noEnvironment: Environment = Object.freeze({});
