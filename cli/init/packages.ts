import { existsSync } from "node:fs";
import path from "node:path";
import { parseJson } from "../../src/cli-exports/text.ts";
import { readInput } from "../common/input-file.ts";
import { findOwnFolder } from "../common/own-package.ts";

/** The parts of a package's manifest that are used here. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly packageManager?: string;
  readonly workspaces?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** @returns `undefined` if the folder has no valid `package.json` */
export function readManifest(folder: string): Manifest | undefined {
  try {
    return parseJson(readInput(path.join(folder, "package.json"))) as Manifest;
  } catch {
    return undefined;
  }
}

/** Lists a folder and those that contain it, from the inside out. */
export function listParents(folder: string): readonly string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...listParents(parent)];
}

export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

const lockfiles: readonly (readonly [string, PackageManager])[] = [
  ["package-lock.json", "npm"],
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
];

/**
 * Finds the package manager of a project: from `packageManager` or a lockfile, of the project or of the workspace
 * around it.
 *
 * @param agent `npm_config_user_agent`, which says what started this command
 */
export function findPackageManager(directory: string, agent: string | undefined): PackageManager {
  const isKnown = (name: string | undefined): name is PackageManager => lockfiles.some(([, known]) => known === name);
  for (const folder of listParents(directory)) {
    const [declared] = readManifest(folder)?.packageManager?.split("@") ?? [];
    if (isKnown(declared)) return declared;
    const locked = lockfiles.find(([file]) => existsSync(path.join(folder, file)));
    if (locked !== undefined) return locked[1];
    // A repository's parent is another project.
    if (existsSync(path.join(folder, ".git"))) break;
  }
  const [started] = agent?.split("/") ?? [];
  return isKnown(started) ? started : "npm";
}

/** How to start a script. Names such as `doctor` and `deploy` are commands of pnpm, so `run` is never omitted there. */
export function writeRun(manager: PackageManager, script: string): string {
  return script === "test" && manager !== "bun" ? `${manager} test` : `${manager} run ${script}`;
}

/** How to start a command of an installed package. */
export function writeExecute(manager: PackageManager, command: string): string {
  return `${{ npm: "npx", pnpm: "pnpm exec", yarn: "yarn", bun: "bunx" }[manager]} ${command}`;
}

/** The manifest of this package. */
export function readOwnManifest(): Required<Pick<Manifest, "name" | "version" | "peerDependencies">> & Manifest {
  return readManifest(findOwnFolder()) as ReturnType<typeof readOwnManifest>;
}

/**
 * Says how a project depends on this package: as the project does from which this command runs. That is the path of the
 * tarball until the package is on a registry.
 *
 * @returns `undefined` if the package is not on a registry and its tarball is unknown
 */
export function findOwnDependency(directory: string, start = import.meta.dirname): string | undefined {
  const { name, version, private: isPrivate } = readOwnManifest();
  for (const folder of listParents(start)) {
    const { dependencies, devDependencies } = readManifest(folder) ?? {};
    const range = dependencies?.[name] ?? devDependencies?.[name];
    if (range === undefined) continue;
    if (!range.startsWith("file:")) return range;
    // An absolute path would not exist on other machines.
    const relative = path.relative(directory, path.resolve(folder, range.slice("file:".length)));
    return `file:${relative.startsWith("..") ? relative : `./${relative}`}`;
  }
  return isPrivate ? undefined : `^${version}`;
}

/** Whether a range allows only versions that this package does not support. */
export function isTooOld(range: string, oldest: string): boolean {
  const read = (text: string) => /^[~^]?(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number);
  const [given, wanted] = [read(range), read(oldest)];
  if (given === undefined || wanted === undefined) return false;
  const index = given.findIndex((part, place) => part !== wanted[place]);
  return index !== -1 && given[index]! < wanted[index]!;
}
