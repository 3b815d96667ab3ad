import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Folder of this package: the clone, or the folder that npm installed. */
export const ownFolder = findManifestAbove(import.meta.dirname);

function findManifestAbove(folder: string): string {
  return existsSync(path.join(folder, "package.json")) ? folder : findManifestAbove(path.dirname(folder));
}

export function readOwnVersion(): string {
  return JSON.parse(readFileSync(path.join(ownFolder, "package.json"), "utf8")).version;
}
