import type { Node, Program } from "acorn";
import { isFunction, parseScript } from "./script.ts";
import { findObject } from "./worker-source.ts";

/**
 * Finds the app or the gate behind a default export such as `{ fetch: app.fetch, scheduled }`. The object itself does not show
 * whose `fetch` it has.
 *
 * @param text of the module, in JavaScript or TypeScript
 * @returns its name in the module; `undefined` if the object does something else with a request
 */
export function findServedName(text: string): string | undefined {
  const { program } = parseScript(text) ?? {};
  const exported = program?.body.find(({ type }) => type === "ExportDefaultDeclaration");
  const object = exported && program && findObject(program, (exported as Node & { declaration: Node }).declaration);
  const fetching = object?.properties.find(({ key }) => (key?.name ?? key?.value) === "fetch")?.value;
  const name = fetching && readOwner(fetching);
  return program && name && isDeclared(program, name) ? name : undefined;
}

type Parts = Node & {
  readonly body?: Node | readonly Node[];
  readonly argument?: Node | null;
  readonly callee?: Node;
  readonly object?: Node;
  readonly property?: Node;
  readonly name?: string;
};

/** `app` of `app.fetch`, of `app.fetch.bind(app)`, and of a function that only calls `app.fetch(…)`. */
function readOwner(node: Parts): string | undefined {
  if (node.type === "MemberExpression" && (node.property as Parts).name === "fetch") return (node.object as Parts).name;
  if (node.type === "CallExpression") return readOwner(isBound(node) ? (node.callee as Parts).object! : node.callee!);
  if (node.type === "AwaitExpression") return readOwner(node.argument!);
  if (!isFunction(node)) return undefined;
  const { type, body } = node.body as Parts;
  if (type !== "BlockStatement") return readOwner(node.body as Parts);
  const [statement, another] = body as readonly Parts[];
  if (statement?.type !== "ReturnStatement" || another !== undefined) return undefined;
  return statement.argument ? readOwner(statement.argument) : undefined;
}

function isBound({ callee }: Parts): boolean {
  return ((callee as Parts).property as Parts | undefined)?.name === "bind";
}

/** Whether a module imports the name, or declares it as a variable outside functions. */
export function isDeclared({ body }: Program, name: string): boolean {
  return body.some((statement) => {
    const inner = (statement as { declaration?: Node | null }).declaration ?? statement;
    if (inner.type === "ImportDeclaration" && statement.type === "ImportDeclaration") {
      return statement.specifiers.some(({ local }) => local.name === name);
    }
    const { declarations = [] } = inner as { declarations?: readonly { readonly id: { readonly name?: string } }[] };
    return declarations.some(({ id }) => id.name === name);
  });
}
