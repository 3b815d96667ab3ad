import path from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../common/usage-error.ts";
import { asTable } from "./commented-json.ts";
import { denoFiles, readFirst } from "./program.ts";

/** Names of modules, and what they stand for. */
type Imports = ReadonlyMap<string, string>;

interface ImportMap {
  readonly imports: Imports;
  /** Imports of the modules below an address. */
  readonly scopes: readonly (readonly [prefix: string, imports: Imports])[];
}

/** `npm:hono@4/cors`, and the package of JSR that is on npm too. */
const npmSpecifier = /^(?:npm:\/?|jsr:\/?@hono\/(?=hono\b))((?:@[^/@]+\/)?[^/@]+)(?:@[^/]*)?(\/.*)?$/;
const onlyDeno = /^(?:jsr|https?):/;

/**
 * Reads how Deno finds the modules of a program: `npm:hono@4` is a package in `node_modules`, and `deno.json` or its
 * import map gives other names.
 *
 * @param file absolute path of the program
 * @returns the name by which Node finds a module; it throws UsageError for a module that only Deno can load
 * @throws UsageError if a file cannot be read
 */
export function readImportMap(file: string): (specifier: string, importer: string | undefined) => string {
  const map = findMap(path.dirname(file));
  return (specifier, importer = "") => {
    const lists = [
      ...map.scopes.filter(([prefix]) => importer.startsWith(prefix)).map(([, imports]) => imports),
      map.imports,
    ];
    const mapped = lists.map((imports) => replaceName(specifier, imports)).find((found) => found !== undefined);
    const name = (mapped ?? specifier).replace(npmSpecifier, "$1$2");
    if (!onlyDeno.test(name)) return name;
    throw new UsageError(
      `it imports ${mapped === undefined || mapped === specifier ? specifier : `${specifier}, which is ${mapped}`}, and Node loads it to read its routes. Create the app in app.ts or src/app.ts, without such modules`,
    );
  };
}

function findMap(folder: string): ImportMap {
  const found = readFirst(folder, denoFiles);
  if (found === undefined) {
    const parent = path.dirname(folder);
    return parent === folder ? { imports: new Map(), scopes: [] } : findMap(parent);
  }
  const { importMap } = found.table;
  // A file of its own replaces the members of deno.json.
  const { file, table } = typeof importMap === "string" ? (readFirst(folder, [importMap]) ?? found) : found;
  const base = pathToFileURL(file);
  const scopes = Object.entries(asTable(table.scopes))
    .map(([prefix, imports]) => [toAddress(prefix, base), readImports(imports, base)] as const)
    .sort(([one], [other]) => other.length - one.length);
  return { imports: readImports(table.imports, base), scopes };
}

function readImports(imports: unknown, base: URL): Imports {
  const texts = Object.entries(asTable(imports)).filter(([, target]) => typeof target === "string");
  return new Map(texts.map(([name, target]) => [toAddress(name, base), toAddress(String(target), base)]));
}

/** A path is relative to the file of the map. */
function toAddress(name: string, base: URL): string {
  return /^\.{0,2}\//.test(name) ? new URL(name, base).href : name;
}

/** A package stands for its modules too: `hono` for `hono/cors`. */
function replaceName(specifier: string, imports: Imports): string | undefined {
  const own = imports.get(specifier);
  if (own !== undefined) return own;
  const prefixes = [...imports].filter(
    ([name, target]) =>
      (name.endsWith("/") && specifier.startsWith(name)) ||
      (/^(?:npm|jsr):/.test(target) && specifier.startsWith(`${name}/`)),
  );
  const [longest] = prefixes.sort(([one], [other]) => other.length - one.length);
  return longest && longest[1] + specifier.slice(longest[0].length);
}
