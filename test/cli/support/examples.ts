import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.resolve(import.meta.dirname, "../../..");
/** Where the packages that examples import are in this repository. */
const packages: Readonly<Record<string, string>> = {
  "entra-gate": "src/index.ts",
  "entra-gate/downstream": "src/extensions/downstream/downstream.ts",
  "entra-gate/hono": "src/adapters/hono.ts",
  hono: "node_modules/hono/dist/index.js",
  zod: "node_modules/zod/index.js",
};

/**
 * Copies a module of an example, which then imports the sources of this repository.
 *
 * @param name path in `examples/`
 * @param folder in which the copy is written
 * @returns the copy
 */
export function linkExample(name: string, folder: string): string {
  const text = readFileSync(path.join(root, "examples", name), "utf8");
  const linked = text.replace(/from "([^".]+)"/g, (_, from: string) => {
    const file = packages[from];
    if (file === undefined) throw new Error(`${name} imports ${from}`);
    return `from ${JSON.stringify(pathToFileURL(path.join(root, file)).href)}`;
  });
  const copy = path.join(folder, name.replaceAll("/", "-"));
  writeFileSync(copy, linked);
  return copy;
}
