// Packs the project as `npm publish` does, and installs the tarball in an empty folder, once for all tests of `test/package`.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

const root = path.resolve(import.meta.dirname, "../../..");

/** npm's description of the tarball. */
export interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

declare module "vitest" {
  interface ProvidedContext {
    readonly packed: Packed;
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

export default function setup({ provide }: TestProject): () => void {
  const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-package-"));
  const packed = pack(directory);
  const tarball = path.join(directory, packed.filename);
  const consumer = path.join(directory, "consumer");
  install(consumer, [tarball, "hono"]);
  provide("packed", packed);
  provide("tarball", tarball);
  provide("consumer", consumer);
  provide("project", installExamples(path.join(directory, "project"), tarball));
  return () => rmSync(directory, { recursive: true });
}

/** Packs the project into a folder. npm 7 to 11 print a list, npm 12 an object by name. */
export function pack(directory: string): Packed {
  // .npmrc switches scripts off, and `prepack` builds.
  const args = ["pack", "--json", "--ignore-scripts=false", "--pack-destination", directory];
  const [packed] = Object.values<Packed>(JSON.parse(run(root, args)));
  if (packed === undefined) throw new Error("npm packed nothing");
  return packed;
}

/** Packs the project, and unpacks it without `private`, which prevents `npm publish`. @returns the folder */
export function stage(directory: string): string {
  execFileSync("tar", ["-xf", pack(directory).filename], { cwd: directory });
  const folder = path.join(directory, "package");
  const file = path.join(folder, "package.json");
  const { private: _, ...manifest } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify(manifest, null, 2));
  return folder;
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
export function install(
  folder: string,
  packages: readonly string[],
  { registry, overrides, before }: InstallOptions = {},
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module", overrides }));
  const choices = [...(registry ? ["--registry", registry] : []), ...(before ? ["--before", before] : [])];
  run(folder, ["install", ...quietly, ...choices, ...packages]);
}

const quietly = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];

/** Development tools of the examples, which this repository already has. */
const tools = ["vitest", "@cloudflare/vitest-plugin", "@types/node", "vite"];

/** Installs the package for all examples at once, each of which is a workspace of one project. @returns its folder */
function installExamples(folder: string, tarball: string): string {
  cpSync(path.join(root, "examples"), path.join(folder, "examples"), { recursive: true });
  const manifest = { private: true, type: "module", workspaces: ["examples/*"] };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  run(folder, ["install", ...quietly, "--omit=dev", tarball]);
  for (const tool of tools) {
    const target = path.join(folder, "node_modules", tool);
    mkdirSync(path.dirname(target), { recursive: true });
    symlinkSync(path.join(root, "node_modules", tool), target);
  }
  return folder;
}

function run(cwd: string, args: readonly string[]): string {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
