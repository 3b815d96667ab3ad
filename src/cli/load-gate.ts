import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { GateOptions } from "../app/gate-options.ts";
import { describeCause } from "../cause.ts";

/** What the code of a gate decides: its routes, and options of `createGate`. */
export interface GateCode {
  readonly options: GateOptions;
  /** Why the options are not known, where they are not. */
  readonly problem?: string;
}

/**
 * Loads a worker and asks its gate what it was made of. Its module scope runs, as it does at the edge.
 *
 * @param main absolute path of the worker's entry file
 */
export async function loadGateCode(main: string | undefined): Promise<GateCode> {
  if (main === undefined) return { options: {}, problem: "no worker is named: `main` in wrangler.toml" };
  const name = path.relative(process.cwd(), main);
  if (!existsSync(main)) return { options: {}, problem: `${name} is not there` };
  try {
    const worker: { default?: { options?: unknown } } = await import(pathToFileURL(main).href);
    const options = worker.default?.options;
    if (typeof options === "object" && options !== null) return { options };
    return { options: {}, problem: `the default export of ${name} is not what createGate returns` };
  } catch (error) {
    return { options: {}, problem: `${name} cannot be loaded: ${describeCause(error)}` };
  }
}
