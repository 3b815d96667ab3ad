import type { Rule } from "../../src/cli-exports/policy.ts";
import { type CompiledDocument, type CompiledRoute, moduleBytesMaximum } from "./compiled.ts";

/** Starts every file that the command writes, and no other. */
export const header = "// Written by `npx entra-gate compile`. Change the OpenAPI document instead, and run it again.";

/**
 * Writes the module of a document's routes.
 *
 * @returns `undefined` if it would be larger than 32 MB
 */
export function writeRoutes({ title, version, routes, files, digest, skipped }: CompiledDocument): string | undefined {
  const names = ["App", "anyOf", "origin", "requireAuth"].filter((name) => isUsed(name, routes));
  const options = [
    ...(title === undefined ? [] : [`title: ${quote(title)}`]),
    ...(version === undefined ? [] : [`version: ${quote(version)}`]),
  ];
  const lines = [
    header,
    ...files.map((file) => `// ${quote(file)}`),
    `// sha256 ${digest}`,
    ...skipped.map((name) => `// left out: ${quote(name)}`),
    `import { ${names.join(", ")} } from "entra-gate";`,
    "",
    "/** The operations of the document. Each forwards allowed requests to the origin. */",
    `export const routes = new App(${options.length === 0 ? "" : `{ ${options.join(", ")} }`});`,
    "",
  ];
  let bytes = 0;
  for (const route of routes) {
    const line = writeRoute(route);
    bytes += line.length;
    if (bytes > moduleBytesMaximum) return undefined;
    lines.push(line);
  }
  return `${lines.join("\n")}\n`;
}

function isUsed(name: string, routes: readonly CompiledRoute[]): boolean {
  if (name === "anyOf") return routes.some(({ security }) => security !== "public" && security.length > 1);
  return name !== "requireAuth" || routes.some(({ security }) => security !== "public");
}

function writeRoute({ method, path, security, origin }: CompiledRoute): string {
  const access = security === "public" ? "public: true" : `hooks: ${writeHooks(security)}`;
  const options = origin === undefined ? "" : `{ to: ${quote(origin)} }`;
  return `routes.route({ method: ${quote(method)}, path: ${quote(path)}, ${access}, handler: origin(${options}) });`;
}

function writeHooks(rules: readonly Rule[]): string {
  const [first = "", ...others] = rules.map(writeRule);
  return others.length === 0 ? first : `anyOf(${[first, ...others].join(", ")})`;
}

function writeRule({ kind, ...lists }: Rule): string {
  const { scopes, ...others } = lists;
  if (kind === "user" && scopes !== undefined && Object.keys(others).length === 0) {
    return `requireAuth(${scopes.map(quote).join(", ")})`;
  }
  const members = Object.entries({ kind, ...lists }).map(([name, value]) => `${name}: ${write(value)}`);
  return `requireAuth({ ${members.join(", ")} })`;
}

function write(value: string | readonly string[]): string {
  return typeof value === "string" ? quote(value) : `[${value.map(quote).join(", ")}]`;
}

/** Writes a text in ASCII on one line. A line separator in it would end a comment. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
