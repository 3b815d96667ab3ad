import type { Node, Program } from "acorn";
import { isFunction, listNames, parseScript } from "./script.ts";
import { findObject } from "./worker-source.ts";

/**
 * Finds the app or the gate behind a default export such as `{ fetch: app.fetch, scheduled }`. The object itself does
 * not show whose `fetch` it has.
 *
 * @param text of the module, in JavaScript or TypeScript
 * @returns its name in the module; `undefined` if the object does something else with a request, or can change
 */
export function findServedName(text: string): string | undefined {
  const { program } = parseScript(text) ?? {};
  const exported = findDefaultExport(program);
  if (program === undefined || exported === undefined || !isUsedOnce(program, exported.declaration)) return undefined;
  const properties = (findObject(program, exported.declaration)?.properties ?? []) as readonly Parts[];
  // A later spread, a computed name or a second member can replace the first one.
  const own = properties.slice(properties.findLastIndex(({ type }) => type === "SpreadElement") + 1);
  if (!own.every(isPlain)) return undefined;
  const [fetching, another] = own.filter(({ key }) => (key!.name ?? key!.value) === "fetch");
  const name = fetching === undefined || another !== undefined ? undefined : readOwner(fetching.value as Parts);
  return name !== undefined && isDeclared(program, name) ? name : undefined;
}

/**
 * Writes what decides which `fetch` a module serves, to compare it: its default export, and each statement that
 * mentions one of the names there. Names of the app are left out, because the app itself is read.
 *
 * @param text of the module
 */
export function writeEntrance(text: string): string {
  const { program } = parseScript(text) ?? {};
  const exported = findDefaultExport(program);
  if (program === undefined || exported === undefined) return text;
  const apps = ["app", ...program.body.flatMap(listAppNames)];
  const statements = new Set<Node>([exported]);
  for (const statement of statements) {
    const names = listNames(statement).filter((name) => !apps.includes(name));
    for (const other of program.body) if (listNames(other).some((name) => names.includes(name))) statements.add(other);
  }
  const written = program.body.filter((statement) => statements.has(statement));
  return written.map(({ start, end }) => text.slice(start, end)).join("\n");
}

type Parts = Node & {
  readonly kind?: string;
  readonly computed?: boolean;
  readonly key?: { readonly name?: string; readonly value?: unknown };
  readonly value?: unknown;
  readonly body?: Node | readonly Node[];
  readonly params?: readonly Parts[];
  readonly arguments?: readonly Parts[];
  readonly argument?: Node | null;
  readonly callee?: Parts;
  readonly object?: Parts;
  readonly property?: Parts;
  readonly name?: string;
};

type DefaultExport = Node & { readonly declaration: Parts };

function findDefaultExport(program: Program | undefined): DefaultExport | undefined {
  return program?.body.find(({ type }) => type === "ExportDefaultDeclaration") as DefaultExport | undefined;
}

/** Whether an object of this name is mentioned only where it is created and exported, so that nothing changes it. */
function isUsedOnce({ body }: Program, { type, name }: Parts): boolean {
  if (type !== "Identifier") return true;
  return body.flatMap(listNames).filter((other) => other === name).length === 2;
}

function isPlain({ type, kind, computed }: Parts): boolean {
  return type === "Property" && kind === "init" && computed === false;
}

/** `gate` of `export { gate as app }`. */
function listAppNames(statement: Node): readonly string[] {
  const { specifiers = [] } = statement as { specifiers?: readonly { local: Parts; exported?: Parts }[] };
  return specifiers.flatMap(({ local, exported }) => (exported?.name === "app" && local.name ? [local.name] : []));
}

/**
 * `app` of `app.fetch`, of `app.fetch.bind(app)`, and of a function that only calls `app.fetch` with its own
 * parameters.
 */
function readOwner(node: Parts): string | undefined {
  if (!isFunction(node)) return readMember(node) ?? readBound(node);
  const call = readResult(node);
  const owner = call?.type === "CallExpression" ? readMember(call.callee!) : undefined;
  const params = (node.params ?? []).map(readParameter);
  const isSame = call?.arguments?.every((each, index) => params[index] && readParameter(each) === params[index]);
  const isShadowed = params.some((each) => each === undefined || each === owner || each === `...${owner}`);
  return isSame && !isShadowed ? owner : undefined;
}

function readMember({ type, object, property, computed }: Parts): string | undefined {
  return type === "MemberExpression" && !computed && property?.name === "fetch" ? object?.name : undefined;
}

function readBound({ callee, arguments: [owner, another] = [] }: Parts): string | undefined {
  if (callee?.type !== "MemberExpression" || callee.computed || callee.property?.name !== "bind") return undefined;
  const name = readMember(callee.object!);
  return another === undefined && owner?.name === name ? name : undefined;
}

/** What a function returns, if it does nothing else. */
function readResult(node: Parts): Parts | undefined {
  const { type, body } = node.body as Parts;
  const [statement, another] = type === "BlockStatement" ? (body as readonly Parts[]) : [];
  const isReturn = statement?.type === "ReturnStatement" && another === undefined;
  const result = type === "BlockStatement" ? (isReturn ? statement.argument : undefined) : node.body;
  const own = (result ?? undefined) as Parts | undefined;
  return own?.type === "AwaitExpression" ? (own.argument as Parts) : own;
}

/** A name, or `...name`. A pattern and a default value have none. */
function readParameter({ type, name, argument }: Parts): string | undefined {
  if (type === "Identifier") return name;
  const isRest = type === "RestElement" || type === "SpreadElement";
  return isRest && argument?.type === "Identifier" ? `...${(argument as Parts).name}` : undefined;
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
