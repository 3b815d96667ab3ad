import type { Node, Program } from "acorn";
import type { Script } from "./script.ts";

/** The default export of a worker's module: an object with `fetch`. */
export interface WorkerSource {
  /** Its other members, such as `scheduled` and `queue`. */
  readonly handlers: readonly string[];
  /** Whether the module has exports beside the default one, such as classes of Durable Objects. */
  readonly hasNamedExports: boolean;
}

/** @returns `undefined` if the default export is no object that has `fetch` where it is written */
export function findWorkerSource({ program }: Script): WorkerSource | undefined {
  const exported = program.body.find(({ type }) => type === "ExportDefaultDeclaration") as
    | (Node & { declaration: Node })
    | undefined;
  const object = exported && findObject(program, exported.declaration);
  if (object === undefined) return undefined;
  const names = object.properties.map(({ key }) => key?.name ?? String(key?.value));
  if (!names.includes("fetch")) return undefined;
  const hasNamedExports = program.body.some(
    ({ type }) => type === "ExportNamedDeclaration" || type === "ExportAllDeclaration",
  );
  return { handlers: names.filter((name) => name !== "fetch"), hasNamedExports };
}

interface ObjectNode {
  readonly properties: readonly {
    readonly key?: { readonly name?: string; readonly value?: unknown };
    readonly value?: Node;
  }[];
}

/** Finds the object that an expression is, or that the variable of its name has. */
export function findObject({ body }: Program, node: Node): ObjectNode | undefined {
  if (node.type === "ObjectExpression") return node as Node & ObjectNode;
  const { name } = node as { name?: string };
  if (node.type !== "Identifier") return undefined;
  for (const statement of body) {
    if (statement.type !== "VariableDeclaration") continue;
    const found = statement.declarations.find(({ id }) => (id as { name?: string }).name === name);
    if (found?.init?.type === "ObjectExpression") return found.init as unknown as ObjectNode;
  }
  return undefined;
}

/** Whether a module has a default export. */
export function hasDefaultExport({ program }: Script): boolean {
  return program.body.some(
    (statement) =>
      statement.type === "ExportDefaultDeclaration" ||
      (statement.type === "ExportNamedDeclaration" &&
        statement.specifiers.some(({ exported }) => (exported as { name?: string }).name === "default")),
  );
}
