// Packs the project as `npm publish` does, and installs the tarball in an empty folder, once for all tests of `test/package`.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

const root = path.resolve(import.meta.dirname, "../../..");

/** The tarball, as npm describes it. */
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
    /** Folder where it is installed beside hono. */
    readonly consumer: string;
    /** Of vitest.config.ts, for test/support/property.ts. */
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
  return () => rmSync(directory, { recursive: true });
}

/** npm 7 to 11 print a list, npm 12 an object by name. */
function pack(directory: string): Packed {
  // .npmrc switches scripts off, and `prepack` builds.
  const args = ["pack", "--json", "--ignore-scripts=false", "--pack-destination", directory];
  const [packed] = Object.values<Packed>(JSON.parse(run(root, args)));
  if (packed === undefined) throw new Error("npm packed nothing");
  return packed;
}

/** Installs packages in a new folder, from npm's cache where it has them. */
export function install(folder: string, packages: readonly string[]): void {
  const manifest = { private: true, type: "module" };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  run(folder, ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", ...packages]);
}

function run(cwd: string, args: readonly string[]): string {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
