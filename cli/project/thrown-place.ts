import { SourceMap } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseJson } from "../../src/cli-exports/text.ts";
import { findOwnFolder } from "../common/own-package.ts";

/** A place in a file of a project. The file is relative to the folder of this process. */
interface ThrownPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Source map of the bundle that threw an error. */
const maps = new WeakMap<object, string>();
/** A line of a stack, with the address of a module. */
const frame = /\(?((?:file|data):\S+):(\d+):(\d+)\)?$/gm;
/** Files of this package in a clone that are not the user's. */
const ownModules = /^(?:cli|entra|src\/(?:[\w-]+\/|(?:entra-plugin|gate)\.ts$))/;

/** Keeps the source map with which `findPlace` reads the stack of an error of a bundle. */
export function noteBundle(error: unknown, map: string): void {
  if (error instanceof Error) maps.set(error, map);
}

/**
 * Finds the line of the project that threw an error, or called what threw it.
 *
 * @returns `undefined` if the stack names none: modules of packages are none of the project
 */
export function findPlace(error: unknown): ThrownPlace | undefined {
  if (!(error instanceof Error)) return undefined;
  const map = maps.get(error);
  const source =
    map === undefined ? undefined : new SourceMap(parseJson(map) as ConstructorParameters<typeof SourceMap>[0]);
  for (const [, url = "", line, column] of error.stack?.matchAll(frame) ?? []) {
    const place = { file: url, line: Number(line), column: Number(column) };
    const found = url.startsWith("file:") ? { ...place, file: toPath(url) } : source && findSource(source, place);
    if (found !== undefined && isOfProject(found.file)) return { ...found, file: path.relative("", found.file) };
  }
  return undefined;
}

function toPath(url: string): string {
  return fileURLToPath(url.replace(/\?.*/, ""));
}

function findSource(map: SourceMap, { line, column }: ThrownPlace): ThrownPlace | undefined {
  const origin = map.findOrigin(line, column);
  // The maps of this package name its sources by their URL.
  if (!("fileName" in origin) || origin.fileName.startsWith("https:")) return undefined;
  return { file: path.resolve(origin.fileName), line: origin.lineNumber, column: origin.columnNumber };
}

function isOfProject(file: string): boolean {
  return !/[\\/]node_modules[\\/]/.test(file) && !ownModules.test(path.relative(findOwnFolder(), file));
}
