import { createRequire } from "node:module";
import path from "node:path";
import { parseJson } from "../../src/cli-exports/text.ts";
import { readInput } from "../common/input-file.ts";
import { UsageError } from "../common/usage-error.ts";

/** The oldest version that runs a worker. */
const oldestMajor = 4;
/** The first version of 4 that can leave the host of a request as it is, whatever routes the configuration has. */
const keepsHostMinor = 153;

/** The project's own Wrangler. */
interface Wrangler {
  /** Path of its command. */
  readonly command: string;
  /** Whether it has `--infer-origin-from-routes`. */
  readonly keepsHost: boolean;
}

/**
 * Finds the project's own Wrangler.
 *
 * @throws UsageError if there is none, or it is too old
 */
export function findWrangler(directory: string): Wrangler {
  let file: string;
  try {
    file = createRequire(path.join(directory, "package.json")).resolve("wrangler/package.json");
  } catch {
    throw new UsageError("the package wrangler is not installed: run npm install --save-dev wrangler");
  }
  const { version, bin } = parseJson(readInput(file)) as { version: string; bin: { wrangler: string } };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < oldestMajor) {
    throw new UsageError(
      `the package wrangler is version ${version}, but entra-gate needs ${oldestMajor}.0.0 or newer: run npm install --save-dev wrangler@${oldestMajor}`,
    );
  }
  return {
    command: path.join(path.dirname(file), bin.wrangler),
    keepsHost: major > oldestMajor || minor >= keepsHostMinor,
  };
}
