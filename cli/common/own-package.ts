import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseJson } from "../../src/cli-exports/text.ts";

/** Finds the folder of this package: the clone, or the folder that npm installed. */
export function findOwnFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  return folder;
}

export function readOwnVersion(): string {
  const text = readFileSync(path.join(findOwnFolder(), "package.json"), "utf8");
  return (parseJson(text) as { readonly version: string }).version;
}
