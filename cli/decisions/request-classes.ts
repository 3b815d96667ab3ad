import { type Access, methods } from "../../src/cli-exports/policy.ts";
import type { DeclaredRoute, RouteTable } from "../project/gate-code.ts";
import { listPaths, type PathClasses } from "./paths.ts";
import { findRoute, joinAccess, type Policy } from "./policy.ts";

/**
 * Kind and name of what a message of MCP asks for: `tools` and `delete_order`. The name `*` stands for every one
 * without an entry.
 */
export type MessageName = readonly [kind: string, name: string];

/** One request, which stands for all that every policy and every rule decides alike. */
export interface RequestClass {
  readonly method: string;
  readonly path: string;
  readonly patterns: ReadonlySet<string>;
}

/** A message, in the same way. */
export interface MessageClass extends RequestClass {
  readonly message: MessageName;
}

/** Classes of requests, and the patterns of which they do not tell everything. */
export interface RequestClasses extends Omit<PathClasses, "classes" | "match"> {
  readonly requests: Iterable<RequestClass>;
  readonly messages: readonly MessageClass[];
}

/** Which requests are listed. */
export interface ClassOptions {
  /** With it, one other method is listed too, and paths that end in a slash. */
  readonly named?: NamedRequests;
  /** See `PathOptions`. */
  readonly withMarks?: boolean;
}

/** What rules name, in addition to the routes. */
export interface NamedRequests {
  readonly methods: readonly string[];
  readonly paths: readonly string[];
  readonly messages: readonly MessageName[];
}

/** Used if routes and rules name every method of routes. */
const anotherMethod = "PURGE";

/**
 * Lists the classes of requests of some policies: one path for each set of patterns, with each method of a route. HEAD
 * is beside GET, whose routes answer it.
 *
 * @throws UsageError if there are too many
 */
export function listClasses(
  policies: readonly Policy[],
  { named, withMarks = false }: ClassOptions = {},
): RequestClasses {
  const tables = policies.map(({ table }) => table);
  const routes = tables.flatMap((table) => table.routes.map(({ name }) => name.split(" ")));
  const shared = tables.flatMap(({ sharedPaths = [] }) => sharedPaths);
  const own = policies.flatMap(({ table: { servesHealth }, settings: { health } }) =>
    servesHealth && health.access !== "off" ? [health.path] : [],
  );
  const patterns = [...routes.map(([, path = ""]) => path), ...shared, ...own, ...(named?.paths ?? [])];
  const routers = tables.flatMap(({ router }) => router ?? []);
  const { classes, match, ...unknown } = listPaths(patterns, {
    withSlashes: named !== undefined,
    withMarks,
    routers,
  });
  const used = new Set<string>([...routes.map(([method = ""]) => method), ...(named?.methods ?? [])]);
  if (used.has("GET")) used.add("HEAD");
  if (shared.length > 0) for (const method of methods) used.add(method);
  if (named !== undefined) used.add(methods.find((each) => !used.has(each)) ?? anotherMethod);
  const messages = listMessages(tables, named?.messages ?? [], match);
  return { requests: combine(classes, [...used]), messages, ...unknown };
}

function* combine(paths: PathClasses["classes"], used: readonly string[]): Generator<RequestClass> {
  for (const { path, patterns } of paths) for (const method of used) yield { method, path, patterns };
}

/** Each entry in the maps of MCP routes, and `*` for all other names of its kind. */
function listMessages(
  tables: readonly RouteTable[],
  named: readonly MessageName[],
  match: PathClasses["match"],
): readonly MessageClass[] {
  const listed = tables.flatMap(({ names = [] }) =>
    names.flatMap(({ path, entries }) =>
      [...entries, ...named].flatMap(([kind, name]) =>
        [name, "*"].map((each): MessageClass => {
          return { method: "POST", path, patterns: match(path), message: [kind, each] };
        }),
      ),
    ),
  );
  return [...new Map(listed.map((each) => [nameMessage(each), each])).values()];
}

/** A message as a request: `POST /mcp tools/delete_order`. */
export function nameMessage({ method, path, message }: MessageClass): string {
  return `${method} ${path} ${message.join("/")}`;
}

/**
 * Finds who may send a message: callers that may send the request, and have what the name requires.
 *
 * @returns the access by name too; `undefined` if that of the route is enough
 */
export function findMessageRoute(
  policy: Policy,
  message: MessageClass,
): { readonly own: Access | undefined; readonly route: DeclaredRoute } {
  const { method, path, message: parts } = message;
  const route = findRoute(policy, method, path);
  const own = policy.table.names?.find((each) => each.path === path)?.accessOf(...parts);
  const access = own === undefined ? route.access : joinAccess(route.access, own, policy.settings.defaultRequirement);
  const callers = own?.kind === "closed" ? { callers: "no caller" } : {};
  return { own, route: { ...route, name: nameMessage(message), access, ...callers } };
}
