import { stripTypeScriptTypes } from "node:module";
import { type Node, type Program, parse } from "acorn";

/** A JavaScript or TypeScript module. Positions in the tree are positions in the text. */
export interface Script {
  readonly text: string;
  readonly program: Program;
}

/**
 * Parses a module. Node replaces the types of TypeScript by spaces, so the other code keeps its position.
 *
 * @returns `undefined` if it cannot be parsed: it has JSX, an `enum` or a `namespace`, or it is not valid
 */
export function parseScript(text: string): Script | undefined {
  try {
    return {
      text,
      program: parse(stripTypes(text), { ecmaVersion: "latest", sourceType: "module", allowHashBang: true }),
    };
  } catch {
    return undefined;
  }
}

/** Node warns that the function is experimental, which a user of this command cannot change. */
function stripTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Lists the nodes directly below a node, in the order of the text. */
export function listChildren(node: Node): readonly Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof (value as Node | null)?.type === "string");
}

/** Names of the identifiers that run when the node runs, without those in functions. Functions run later. */
export function listNamesAtOnce(node: Node): readonly string[] {
  if (isFunction(node)) return [];
  const own = node.type === "Identifier" ? [(node as Node & { name: string }).name] : [];
  return [...own, ...listChildren(node).flatMap(listNamesAtOnce)];
}

/** Names of all identifiers of the node. */
export function listNames(node: Node): readonly string[] {
  const own = node.type === "Identifier" ? [(node as Node & { name: string }).name] : [];
  return [...own, ...listChildren(node).flatMap(listNames)];
}

/** Whether a name occurs anywhere in the node. */
export function mentions(node: Node, name: string): boolean {
  if (node.type === "Identifier" && (node as Node & { name: string }).name === name) return true;
  return listChildren(node).some((child) => mentions(child, name));
}

export function isFunction({ type }: Node): boolean {
  return type === "FunctionExpression" || type === "ArrowFunctionExpression" || type === "FunctionDeclaration";
}

/** @returns the text of a string in quotes, or of a template without expressions */
export function readString(node: Node | undefined): string | undefined {
  const { value, quasis, expressions } = (node ?? {}) as {
    readonly value?: unknown;
    readonly quasis?: readonly { readonly value: { readonly cooked?: string } }[];
    readonly expressions?: readonly unknown[];
  };
  if (typeof value === "string") return value;
  return expressions?.length === 0 ? quasis?.[0]?.value.cooked : undefined;
}
