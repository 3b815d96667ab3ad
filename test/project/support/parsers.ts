import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseAst } from "rolldown/parseAst";

/** A part of a syntax tree (ESTree), as the search uses it. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly name?: string;
  readonly importKind?: string;
  readonly source?: { readonly value?: unknown };
  readonly specifiers?: readonly (SyntaxNode & { readonly imported?: SyntaxNode; readonly local?: SyntaxNode })[];
  readonly object?: SyntaxNode;
  readonly property?: SyntaxNode & { readonly value?: unknown };
  readonly callee?: SyntaxNode;
  readonly arguments?: readonly unknown[];
}

/** What a file takes from packages, and where it reads JSON with the language or the platform. */
export interface Ways {
  /** `JSON.parse`, `.json()`, and values of packages as `jose: decodeJwt`. */
  readonly found: readonly string[];
  readonly code: string;
}

const root = path.resolve(import.meta.dirname, "../../..");

/** Lists the ways to a parser in every file below a folder, by the path of the file. */
export function listWaysBelow(folder: string): ReadonlyMap<string, Ways> {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.m?[jt]s$/.test(name))
    .map((name) => `${folder}/${name.replaceAll(path.sep, "/")}`);
  return new Map(
    files.map((file) => {
      const code = readFileSync(path.join(root, file), "utf8");
      return [file, { found: listWays(code), code }];
    }),
  );
}

/** Lists the ways to a parser in a module. */
export function listWays(code: string): readonly string[] {
  const found = new Set<string>();
  const harmless = new Set<SyntaxNode>();
  visit(parseAst(code.replace(/^#!.*/, ""), { lang: "ts" }), (node) => {
    const { type, object, property, callee } = node;
    if (type === "ImportDeclaration" && node.importKind !== "type") {
      for (const way of listImports(node)) found.add(way);
    }
    if (type === "ImportExpression" && isPackage(node)) found.add(`${node.source?.value}: *`);
    if (object?.name === "JSON" && nameOf(property) === "stringify") harmless.add(object);
    if (type === "Identifier" && node.name === "JSON" && !harmless.has(node)) found.add("JSON.parse");
    // With an argument, such as `c.json(value)` of Hono, it writes JSON.
    if (type === "CallExpression" && nameOf(callee?.property) === "json" && node.arguments?.length === 0)
      found.add(".json()");
  });
  return [...found];
}

function nameOf(property: SyntaxNode["property"]): unknown {
  return property?.name ?? property?.value;
}

function listImports(node: SyntaxNode): readonly string[] {
  if (!isPackage(node)) return [];
  return (node.specifiers ?? [])
    .filter(({ importKind }) => importKind !== "type")
    .map(({ imported }) => `${node.source?.value}: ${imported?.name ?? "*"}`);
}

/**
 * Whether an import is of a package, and not of a file, of a module of the runtime, or of what only a running program
 * knows.
 */
function isPackage({ source }: SyntaxNode): boolean {
  return typeof source?.value === "string" && !/^(?:\.|node:)/.test(source.value);
}

/** Visits every part of a syntax tree, a parent before its children. */
function visit(part: unknown, onNode: (node: SyntaxNode) => void): void {
  if (typeof part !== "object" || part === null) return;
  if ("type" in part) onNode(part as SyntaxNode);
  for (const child of Object.values(part)) visit(child, onNode);
}
