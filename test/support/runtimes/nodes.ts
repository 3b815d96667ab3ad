import { existsSync } from "node:fs";
import path from "node:path";
import { install } from "../package/install.ts";

/** The oldest Node that the package supports, and the newest of the line that most servers run. */
export const otherNodes = ["22.18.0", "24.21.0"] as const;

/** npm has these binaries under other names for other platforms. */
export const hasOtherNodes = process.platform === "linux";

const cache = path.resolve(import.meta.dirname, "../../../node_modules/.cache");

/**
 * Installs the binary of another Node, as npm has it, unless the folder has it.
 *
 * @returns its path
 */
export async function installNode(version: string, directory = cache): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = path.join(directory, `node-${version}`);
  const command = path.join(folder, "node_modules", name, "bin/node");
  if (!existsSync(command)) await install(folder, [`${name}@${version}`]);
  return command;
}
