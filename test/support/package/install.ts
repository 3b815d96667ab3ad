// Packs the project as `npm publish` does, and installs the tarball in an empty folder, once for all tests of
// `test/package`. This takes a while, so other tests run meanwhile: installed.ts waits for its end in front of each
// file that needs it.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const root = path.resolve(import.meta.dirname, "../../..");

/** npm's description of the tarball. */
export interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Why there is no installation, or npm's description of what it has packed. */
export type Outcome = { readonly error: string } | { readonly packed: Packed };

declare module "vitest" {
  interface ProvidedContext {
    /** Path of a JSON file with the `Outcome`, which exists after the end. */
    readonly outcome: string;
    /** Path of the tarball. */
    readonly tarball: string;
    /** Folder where it is installed with hono. */
    readonly consumer: string;
    /** Folder where it is installed for the examples, with their dependencies. */
    readonly project: string;
    /** Provided by vitest.config.ts for test/support/property.ts. */
    readonly propertyCases: number;
  }
}

export default function setup({ provide }: TestProject): () => Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-package-"));
  const places = {
    outcome: path.join(directory, "outcome.json"),
    tarball: path.join(directory, "package.tgz"),
    consumer: path.join(directory, "consumer"),
    project: path.join(directory, "project"),
  };
  for (const name of ["outcome", "tarball", "consumer", "project"] as const) provide(name, places[name]);
  const ended = installAll(directory, places)
    .catch((error: Error): Outcome => ({ error: String(error.stack) }))
    .then((outcome) => {
      writeFileSync(`${places.outcome}.new`, JSON.stringify(outcome));
      // A test could read half of the file otherwise.
      renameSync(`${places.outcome}.new`, places.outcome);
    });
  return async () => {
    await ended;
    await rm(directory, { recursive: true });
  };
}

async function installAll(
  directory: string,
  { tarball, consumer, project }: { readonly tarball: string; readonly consumer: string; readonly project: string },
): Promise<Outcome> {
  const packed = await pack(directory);
  renameSync(path.join(directory, packed.filename), tarball);
  await Promise.all([install(consumer, [tarball, "hono"]), installExamples(project, tarball)]);
  return { packed };
}

/** Packs the project, or another package, into a folder. npm 7 to 11 print a list, npm 12 an object by name. */
export async function pack(directory: string, folder = root): Promise<Packed> {
  // .npmrc switches scripts off, and `prepack` builds.
  const args = ["pack", "--json", "--ignore-scripts=false", "--pack-destination", directory];
  const [packed] = Object.values<Packed>(JSON.parse(await run(folder, args)));
  if (packed === undefined) throw new Error("npm packed nothing");
  return packed;
}

/** Packs the project, and unpacks it without `private`, which prevents `npm publish`. @returns the folder */
export async function stage(directory: string): Promise<string> {
  const { filename } = await pack(directory);
  await promisify(execFile)("tar", ["-xf", filename], { cwd: directory });
  const folder = path.join(directory, "package");
  removePrivate(folder);
  return folder;
}

/** Copies the package `create-entra-gate` as npm publishes it. @returns the folder */
export function stageCreator(directory: string): string {
  const folder = path.join(directory, "create");
  cpSync(path.join(root, "create"), folder, { recursive: true });
  cpSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
  removePrivate(folder);
  return folder;
}

function removePrivate(folder: string): void {
  const file = path.join(folder, "package.json");
  const { private: _, ...manifest } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify(manifest, null, 2));
}

export interface InstallOptions {
  /** Registry instead of npm's. */
  readonly registry?: string;
  /** Versions instead of those that packages request. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Installs no version that was published after this day. */
  readonly before?: string;
}

/** Installs packages in a new folder, from npm's cache if possible. */
export async function install(
  folder: string,
  packages: readonly string[],
  { registry, overrides, before }: InstallOptions = {},
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module", overrides }));
  const choices = [...(registry ? ["--registry", registry] : []), ...(before ? ["--before", before] : [])];
  await run(folder, ["install", ...quietly, ...choices, ...packages]);
}

/** Bytes that npm may print. It lists every file of the package. */
const outputMaximum = 16 * 1024 * 1024;
const quietly = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];

/** Development tools of the examples, which this repository already has. */
const tools = ["vitest", "@cloudflare/vitest-plugin", "@types/node", "vite"];

/** Installs the package for all examples at once, each of which is a workspace of one project. */
async function installExamples(folder: string, tarball: string): Promise<void> {
  cpSync(path.join(root, "examples"), path.join(folder, "examples"), { recursive: true });
  const manifest = { private: true, type: "module", workspaces: ["examples/*"] };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  await run(folder, ["install", ...quietly, "--omit=dev", tarball]);
  for (const tool of tools) {
    const target = path.join(folder, "node_modules", tool);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(path.join(root, "node_modules", tool), target);
  }
}

async function run(cwd: string, args: readonly string[]): Promise<string> {
  const running = promisify(execFile)("npm", args, { cwd, maxBuffer: outputMaximum });
  running.child.stdin?.end();
  return (await running).stdout;
}
