import type { CallExpression, Node, Program, VariableDeclarator } from "acorn";
import { trim } from "../../../src/cli-exports/common.ts";
import { isFunction, listChildren, listNamesAtOnce, mentions, readString, type Script } from "../../project/script.ts";

/** A call that declares a route, middleware or a part of the app: `.get("/orders", list)`. */
export interface Link {
  readonly name: string;
  /** Text of the first argument; `undefined` if it is no literal. */
  readonly path: string | undefined;
  readonly args: CallExpression["arguments"];
  /** Where the call begins in a chain: at the end of what it is called on. */
  readonly start: number;
  readonly end: number;
}

/** A part of a module that declares something of the app: a statement, or a call in a chain. */
export interface Item {
  readonly links: readonly Link[];
  /** Whether it is a call in the expression that creates the app. */
  readonly isChained: boolean;
  readonly node: Node;
  readonly start: number;
  readonly end: number;
}

/** Where a module declares a Hono app. */
export interface HonoSource {
  /** Name of its variable; `undefined` if the module exports the expression. */
  readonly name: string | undefined;
  /** Whether another module can import it by its name. */
  readonly isExported: boolean;
  /** The statement that creates it. */
  readonly statement: Node;
  /** Everything that declares its routes and middleware, in the order of the text. */
  readonly items: readonly Item[];
  /** Where `entra()` goes: after this position. */
  readonly anchor: number;
  /** Whether the position is in the expression that creates the app. */
  readonly isAnchorChained: boolean;
  /** What every path begins with, as `basePath("/api")` says; empty if there is none. */
  readonly base: string;
  /** The import of Hono. */
  readonly honoImport: Node;
}

const honoModule = /^(?:npm:|jsr:@hono\/)?(?:hono|@hono\/zod-openapi)(?:@[^/]+)?(?:\/(?:tiny|quick))?$/;
/** Middleware of Hono that only calls `next`, or that must answer preflights before `entra()`. */
const passingMiddleware = ["cors", "logger", "requestId", "secureHeaders", "timing"];
const declaring = [
  "get",
  "post",
  "put",
  "patch",
  "delete",
  "options",
  "all",
  "on",
  "use",
  "route",
  "mount",
  "basePath",
  "openapi",
];

/**
 * Finds the Hono app that a module creates. If it creates several, the app is the one that no other contains.
 *
 * @returns `undefined` if there is none, or if it is unclear which
 */
export function findHonoSource({ program }: Script): HonoSource | undefined {
  const imported = findImport(program);
  if (imported === undefined) return undefined;
  const created = program.body.flatMap((statement) => listCreations(statement, imported.names));
  const outer = created.filter(({ name }) => name === undefined || !isMounted(program, name));
  const [creation] = outer;
  if (creation === undefined || outer.length > 1) return undefined;
  const { statement, name, links } = creation;
  const chained = links.map((link): Item => ({ ...link, links: [link], isChained: true, node: statement }));
  const stated = name === undefined ? [] : program.body.flatMap((each) => readStatement(each, name));
  const following = name === undefined ? [] : program.body.filter(({ start }) => start > statement.start);
  const isExported =
    statement.type === "ExportNamedDeclaration" || (name !== undefined && isExportedLater(program, name));
  return {
    name,
    isExported,
    statement,
    items: [...chained, ...stated],
    honoImport: imported.node,
    base: readBase(links),
    ...findAnchor(creation, chained, following, imported.passing),
  };
}

interface Creation {
  readonly name: string | undefined;
  readonly statement: Node;
  readonly links: readonly Link[];
  /** End of `new Hono()`. */
  readonly end: number;
}

function findImport({ body }: Program) {
  const passing: string[] = [];
  const names: string[] = [];
  let node: Node | undefined;
  for (const statement of body) {
    if (statement.type !== "ImportDeclaration") continue;
    const isHono = honoModule.test(String(statement.source.value));
    for (const specifier of statement.specifiers) {
      const given = specifier.type === "ImportSpecifier" ? (specifier.imported as { name?: string }).name : undefined;
      if (isHono && (given === "Hono" || given === "OpenAPIHono")) names.push(specifier.local.name);
      if (given !== undefined && passingMiddleware.includes(given) && /hono/.test(String(statement.source.value))) {
        passing.push(specifier.local.name);
      }
    }
    if (isHono && node === undefined && names.length > 0) node = statement;
  }
  return node && { node, names, passing };
}

function listCreations(statement: Node, names: readonly string[]): readonly Creation[] {
  const inner = (statement as { declaration?: Node | null }).declaration ?? statement;
  const expressions: { readonly name: string | undefined; readonly expression: Node | null | undefined }[] =
    inner.type === "VariableDeclaration"
      ? (inner as Node & { declarations: VariableDeclarator[] }).declarations.map(({ id, init }) => ({
          name: (id as { name?: string }).name,
          expression: init,
        }))
      : [{ name: undefined, expression: statement.type === "ExportDefaultDeclaration" ? inner : undefined }];
  return expressions.flatMap(({ name, expression }) => {
    const { root, links } = readChain(expression);
    const isHono = root?.type === "NewExpression" && names.includes(nameOf((root as Node & { callee: Node }).callee));
    return isHono ? [{ name, statement, links, end: root.end }] : [];
  });
}

/** The path before those of all routes: of the calls of `basePath` before the first route of a chain. */
function readBase(links: readonly Link[]): string {
  const first = links.findIndex(isRoute);
  const parts = links
    .slice(0, first === -1 ? links.length : first)
    .map(({ name, path = "" }) => (name === "basePath" ? trim(path, /\//) : ""));
  return parts.map((part) => part && `/${part}`).join("");
}

function nameOf(node: Node): string {
  return (node as Node & { name?: string }).name ?? "";
}

/** Reads `root.first(…).second(…)`. */
function readChain(node: Node | null | undefined): {
  readonly root: Node | undefined;
  readonly links: readonly Link[];
} {
  if (node?.type !== "CallExpression") return { root: node ?? undefined, links: [] };
  const { callee, arguments: args, end } = node as CallExpression;
  if (callee.type !== "MemberExpression" || callee.computed) return { root: node, links: [] };
  const { root, links } = readChain(callee.object);
  const name = nameOf(callee.property);
  const link: Link = { name, args, path: readString(args[0]), start: callee.object.end, end };
  return { root, links: [...links, link] };
}

/** Reads a statement such as `app.get("/orders", list);`. */
function readStatement(statement: Node, name: string): readonly Item[] {
  if (statement.type !== "ExpressionStatement") return [];
  const { root, links } = readChain((statement as Node & { expression: Node }).expression);
  const isOfApp = root?.type === "Identifier" && nameOf(root) === name && declaring.includes(links[0]?.name ?? "");
  return isOfApp ? [{ links, isChained: false, node: statement, start: statement.start, end: statement.end }] : [];
}

/** Whether another app contains this one: `app.route("/orders", orders)`. */
function isMounted(node: Node, name: string): boolean {
  const { callee, arguments: args } = node as CallExpression;
  const isRoute =
    node.type === "CallExpression" && nameOf((callee as Node & { property?: Node }).property ?? node) === "route";
  if (isRoute && args.some((each) => nameOf(each) === name)) return true;
  return listChildren(node).some((child) => isMounted(child, name));
}

function isExportedLater({ body }: Program, name: string): boolean {
  return body.some(
    (statement) =>
      statement.type === "ExportNamedDeclaration" &&
      statement.specifiers.some(({ local, exported }) => nameOf(local) === name && nameOf(exported) === name),
  );
}

/** After the app itself, and after middleware that may run for every caller. */
function findAnchor(
  creation: Creation,
  chained: readonly Item[],
  following: readonly Node[],
  passing: readonly string[],
): Pick<HonoSource, "anchor" | "isAnchorChained"> {
  let end = creation.end;
  for (const item of chained) {
    if (item.links[0]?.name !== "basePath" && !isPassing(item, passing)) return { anchor: end, isAnchorChained: true };
    end = item.end;
  }
  if (creation.name === undefined) return { anchor: end, isAnchorChained: true };
  let anchor = creation.statement.end;
  for (const statement of following) {
    if (!mentions(statement, creation.name)) continue;
    const [item] = readStatement(statement, creation.name);
    if (item === undefined || !isPassing(item, passing)) break;
    anchor = item.end;
  }
  return { anchor, isAnchorChained: false };
}

function isPassing({ links }: Item, passing: readonly string[]): boolean {
  const [link, another] = links;
  if (link === undefined || another !== undefined) return false;
  const middleware = listMiddleware(link);
  return (
    middleware.length > 0 &&
    middleware.every((each) => each.type === "CallExpression" && passing.includes(nameOf(each.callee)))
  );
}

/** The middleware of a call of `use`. */
export function listMiddleware({ name, path, args }: Link): Link["args"] {
  if (name !== "use") return [];
  return path === undefined ? args : args.slice(1);
}

/** Whether a call only declares a route, or a part of the app. */
export function isRoute({ name }: Link): boolean {
  return !["use", "basePath"].includes(name);
}

/** The path of a route as people write it: `GET /health`, or `/admin/*` for a part of the app. */
export function describeLink({ name, path = "" }: Link): string {
  if (name === "route" || name === "mount") return `${path.replace(/\/$/, "")}/*`;
  return name === "all" ? path : `${name.toUpperCase()} ${path}`;
}

/**
 * Says why a route cannot be declared before `entra()`.
 *
 * @returns `undefined` if it can
 */
export function findObstacle({ program }: Script, source: HonoSource, item: Item): string | undefined {
  const [link, another] = item.links;
  if (link === undefined || another !== undefined) return "it is declared in a chain of calls";
  const { path } = link;
  if (path === undefined) return "its path is not a literal";
  if (/[:*{]/.test(path)) return "its pattern could match other routes";
  if (source.isAnchorChained && !item.isChained) return "entra() comes earlier, in the chain that creates the app";
  for (const each of source.items) {
    if (each.start < source.anchor || each.start >= item.start) continue;
    const before = each.links.find(
      (other) => isMiddleware(other) && overlaps(other.path ?? "*", describeLink(link), path),
    );
    if (before !== undefined) return `the middleware ${before.name}(${before.path ?? ""}) comes before it`;
  }
  if (item.isChained) return undefined;
  const used = listNamesAtOnce(item.node);
  const declared = program.body
    .filter(({ start }) => start >= source.anchor && start < item.start)
    .flatMap(listDeclaredNames);
  const late = declared.find((name) => used.includes(name));
  return late && `it uses ${late}, which is declared after the app`;
}

function isMiddleware({ name, path, args }: Link): boolean {
  // A route handler for every method may also call `next`.
  return name === "use" || ((name === "all" || name === "on") && (path === undefined || args.some(isFunction)));
}

/** Whether middleware on a pattern may run for a route. */
function overlaps(pattern: string, name: string, path: string): boolean {
  if (/[:{]/.test(pattern)) return true;
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === path;
  const prefix = pattern.slice(0, star).replace(/\/$/, "");
  return (
    path === prefix ||
    path.startsWith(`${prefix}/`) ||
    prefix === "" ||
    (name.endsWith("/*") && prefix.startsWith(path))
  );
}

function listDeclaredNames(statement: Node): readonly string[] {
  const inner = (statement as { declaration?: Node | null }).declaration ?? statement;
  if (inner.type === "ClassDeclaration") return [nameOf((inner as Node & { id: Node }).id)];
  if (inner.type !== "VariableDeclaration") return [];
  return (inner as Node & { declarations: VariableDeclarator[] }).declarations.flatMap(({ id }) => listNamesAtOnce(id));
}
