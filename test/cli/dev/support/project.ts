import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../../../..");

/** A Workers project in a folder of its own, with the Wrangler of this repository. */
export interface TestProject {
  readonly folder: string;
  /** Writes a file at once, because a build could read half of it otherwise. */
  write(name: string, text: string): void;
  remove(): void;
}

/** What a worker imports as `entra-gate` and `entra-gate/hono`. */
const imports = `import { App, authorities, createGate, origin, requireAuth } from "${root}/src/index.ts";
import { entra } from "${root}/src/adapters/hono.ts";
import { mcp } from "${root}/src/extensions/mcp/mcp.ts";
`;

export const wranglerText = `name = "orders"
main = "src/worker.ts"
compatibility_date = "2026-10-12"
compatibility_flags = ["nodejs_compat"]
`;

/**
 * Creates a project.
 *
 * @param worker text of `src/worker.ts`, without its imports of this library
 * @param files further files by name
 */
export function createProject(worker: string, files: Readonly<Record<string, string>> = {}): TestProject {
  const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-dev-"));
  mkdirSync(path.join(folder, "node_modules"));
  for (const name of ["wrangler", "hono"]) {
    symlinkSync(path.join(root, "node_modules", name), path.join(folder, "node_modules", name));
  }
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const project = {
    folder,
    write: (name: string, text: string) => write(name, name === "src/worker.ts" ? imports + text : text),
    remove: () => rmSync(folder, { recursive: true }),
  };
  project.write("package.json", JSON.stringify({ type: "module" }));
  project.write("wrangler.toml", wranglerText);
  project.write("src/worker.ts", worker);
  for (const [name, text] of Object.entries(files)) project.write(name, text);
  return project;
}
