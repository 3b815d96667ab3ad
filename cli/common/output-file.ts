import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describeCause } from "../../src/common/cause.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Reads what a command has written before.
 *
 * @param option names the file, for example `--out`
 * @returns `undefined` if there is no file
 * @throws UsageError if it cannot be read, for example because it is a folder
 */
export function readOutput(option: string, file: string): string | undefined {
  const resolved = path.resolve(file);
  if (!existsSync(resolved)) return undefined;
  try {
    return readFileSync(resolved, "utf8");
  } catch (error) {
    throw new UsageError(`${option} ${JSON.stringify(file)} cannot be read: ${describeCause(error)}`);
  }
}

/**
 * Writes a file, and the folders above it.
 *
 * @param option names the file, for example `--out`
 * @throws UsageError if that is impossible
 */
export function writeOutput(option: string, file: string, text: string): void {
  const resolved = path.resolve(file);
  try {
    mkdirSync(path.dirname(resolved), { recursive: true });
    writeFileSync(resolved, text);
  } catch (error) {
    throw new UsageError(`${option} ${JSON.stringify(file)} cannot be written: ${describeCause(error)}`);
  }
}
