import { foldSpelling, hasAliases, isSpelledPlainly } from "../../http/path.ts";
import { type Alias, readAliases } from "../../http/path-aliases.ts";
import { readPaths } from "../../http/path-readings.ts";
import type { Part } from "../pipeline/part.ts";
import type { FindMatch, Params, Route, RouteMatch } from "../pipeline/route.ts";
import { compareSpecificity, eraseNames } from "../types/path-pattern.ts";
import { isPattern, PathTree, splitPath } from "./path-tree.ts";
import { isProtectedAlike, isWeaker } from "./protection.ts";

const unlisted: RouteMatch = { kind: "unlisted" };
const nearMiss: RouteMatch = { kind: "near-miss" };
const noDocument: RouteMatch = { kind: "no-document" };
const noParams: Params = Object.freeze({});

/** `weaker` if a more specific route for GET requires more. */
type Found = Route | undefined | "weaker";

/**
 * Creates a router. If several routes match, the most specific one is used, in any order of declaration. Paths without
 * parameters are found by name, and the others segment by segment, independently of the number of routes.
 *
 * @param parts whose documents any caller may look for
 */
export function createRouter(routes: readonly Route[], parts: readonly Part[] = []): FindMatch {
  const documents = parts.flatMap((part) => part.documents ?? []);
  const tree = new PathTree<Route>();
  // If every route is its own folded form, so is a lower-case path without encodings and without dots at the end.
  const foldsToItself = routes.every(({ path }) => foldSpelling(eraseNames(path)) === path.replace(/:\w+/g, ":"));
  for (const route of routes) tree.add(route.method, route.path, route);

  return (method, path) => {
    const literal = tree.findLiteral(method, path);
    if (literal !== undefined) return { kind: "route", route: literal, params: noParams };
    const route = findRoute(tree, method, path);
    if (route === "weaker") return nearMiss;
    const isRead = method === "GET" || method === "HEAD";
    if (route === undefined && isRead && documents.some(({ includes }) => includes(path))) return noDocument;
    const isPlain = foldsToItself && isSpelledPlainly(path) && !hasAliases(path);
    if (!isPlain && isReadOtherwise(tree, method, path, route)) return nearMiss;
    if (route === undefined) return unlisted;
    return { kind: "route", route, params: readParams(route.path, path) };
  };
}

/**
 * Finds the most specific route of a method. If the route for GET is more specific, HEAD uses it. Another method gets
 * `weaker` if its pattern requires less, because it must not open a path that the route for GET protects.
 */
function findRoute(tree: PathTree<Route>, method: string, path: string): Found {
  const own = tree.find(method, path);
  return mayYieldToGet(method, own) ? yieldToGet(method, own, tree.find("GET", path)) : own;
}

/**
 * Finds every route that {@link findRoute} finds for a path with other spellings of its segments, see
 * `PathTree.findAll`.
 */
function findRoutes(tree: PathTree<Route>, method: string, path: string, mayBeEmpty: boolean): readonly Found[] {
  return [...tree.findAll(method, path, mayBeEmpty)].flatMap((own): readonly Found[] => {
    if (!mayYieldToGet(method, own)) return [own];
    return [...tree.findAll("GET", path, mayBeEmpty)].map((ofGet) => yieldToGet(method, own, ofGet));
  });
}

function yieldToGet(method: string, own: Route | undefined, ofGet: Route | undefined): Found {
  if (own === undefined || ofGet === undefined) return own ?? ofGet;
  if (compareSpecificity(ofGet.path, own.path) >= 0) return own;
  if (method === "HEAD") return ofGet;
  return isWeaker(own, ofGet) ? "weaker" : own;
}

/** Whether an origin may find another route than the gate, or a route where the gate finds none. */
function isReadOtherwise(tree: PathTree<Route>, method: string, path: string, route: Route | undefined): boolean {
  const readings = readPaths(decodeURIComponent(path));
  if (readings === undefined) return true;
  const [spelled = path, ...others] = readings;
  if (findRoutes(tree, method, spelled, false).some((found) => found !== route)) return true;
  const isElsewhere = (found: Found) => found === "weaker" || !isProtectedAlike(route, found);
  const read = spelled.endsWith("/") ? readings : others;
  if ([...read].some((reading) => findRoutes(tree, method, reading, true).some(isElsewhere))) return true;
  const aliases = readAliases(readings);
  if (aliases === undefined) return true;
  return aliases.some(({ path: alias, kind }) =>
    findRoutes(tree, method, alias, true).some(
      (found) => found !== undefined && isElsewhere(found) && isReached(kind, found, route),
    ),
  );
}

/**
 * Whether a route for an alias of a path counts, in addition to the route for the path itself. The latter may have been
 * declared for the alias.
 */
function isReached(kind: Alias["kind"], other: Route | "weaker", route: Route | undefined): boolean {
  if (kind === "parameter" || other === "weaker" || route === undefined) return true;
  const { path } = other;
  const isBelow = kind === "file" && eraseNames(route.path).startsWith(`${eraseNames(path)}/`);
  return !isBelow && compareSpecificity(path, route.path) < 0;
}

/**
 * Whether the route of a method may yield to a more specific route for GET. For HEAD this is none or any pattern, and
 * for other methods a pattern without its own requirement. A route that answers OPTIONS itself reveals nothing that GET
 * protects.
 */
function mayYieldToGet(asked: string, route: Route | undefined): boolean {
  if (route === undefined) return asked === "HEAD";
  const { access, forwarding, method, path } = route;
  if (method === "GET" || !isPattern(path)) return false;
  return method === "HEAD" || (access.kind !== "required" && (forwarding !== undefined || method !== "OPTIONS"));
}

/** @param pattern path of the route that matches the path */
function readParams(pattern: string, path: string): Params {
  const params: Record<string, string> = {};
  const segments = splitPath(path);
  for (const [index, name] of splitPath(pattern).entries()) {
    if (!name.startsWith(":")) continue;
    const value = segments[index] as string;
    params[name.slice(1)] = value.includes("%") ? decodeURIComponent(value) : value;
  }
  return params;
}
