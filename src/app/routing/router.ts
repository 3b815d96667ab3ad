import { TrieRouter } from "hono/router/trie-router";
import { foldSpelling, hasAliases, isSpelledPlainly, trimSlashes } from "../../http/path.ts";
import { type Alias, readAliases } from "../../http/path-aliases.ts";
import { readPaths } from "../../http/path-readings.ts";
import type { Extension, FindTarget, Params, Route, Target } from "../pipeline/route.ts";
import { compareSpecificity, eraseNames } from "../types/path-pattern.ts";

const unlisted: Target = { kind: "unlisted" };
const nearMiss: Target = { kind: "near-miss" };
const noDocument: Target = { kind: "no-document" };
const noParams: Params = Object.freeze({});

type Match = readonly [route: Route, params: Params];

/** Routes by a form of their paths. */
class Tree {
  readonly #routes = new TrieRouter<Route>();
  readonly #methods = new Set<string>();

  add(method: string, path: string, route: Route): void {
    this.#methods.add(method);
    this.#routes.add(method, path, route);
  }

  match(method: string, path: string): Match | undefined {
    // Hono looks for the method in plain objects: with `__proto__`, it would change `Object.prototype`.
    if (!this.#methods.has(method)) return undefined;
    const [[match] = []] = this.#routes.match(method, path);
    return match as Match | undefined;
  }
}

/** Routes by their paths, and by the folded form of their paths. */
interface Trees {
  readonly exact: Tree;
  readonly folded: Tree;
}

/**
 * Creates a router. If several routes match, the most specific one is used, in any order of declaration. Paths without
 * parameters are found by name, independently of the number of routes. Hono's tree finds the others.
 *
 * @param extensions whose documents any caller may look for
 */
export function createRouter(routes: readonly Route[], extensions: readonly Extension[] = []): FindTarget {
  const documents = extensions.flatMap((extension) => extension.documents ?? []);
  const literals = new Map<string, Map<string, Target>>();
  const exact = new Tree();
  const folded = new Tree();
  const trees = { exact, folded };
  // If every route is its own folded form, so is a lower-case path without encodings and without dots at the end.
  const foldsToItself = routes.every(({ path }) => foldSpelling(eraseNames(path)) === path.replace(/:\w+/g, ":"));
  for (const route of [...routes].sort((a, b) => compareSpecificity(a.path, b.path))) {
    const { method, path } = route;
    if (!isPattern(path)) {
      const byMethod = literals.get(path) ?? new Map<string, Target>();
      literals.set(path, byMethod.set(method, { kind: "route", route, params: noParams }));
    }
    exact.add(method, path, route);
    folded.add(method, foldSpelling(path), route);
  }

  return (method, path) => {
    const literal = literals.get(path)?.get(method);
    if (literal !== undefined) return literal;
    const match = matchOf(exact, method, path);
    if (match === "weaker") return nearMiss;
    const isRead = method === "GET" || method === "HEAD";
    if (match === undefined && isRead && documents.some(({ includes }) => includes(path))) return noDocument;
    const isPlain = foldsToItself && isSpelledPlainly(path) && !hasAliases(path);
    if (!isPlain && isReadOtherwise(trees, method, path, match?.[0])) return nearMiss;
    if (match === undefined) return unlisted;
    const [route, params] = match;
    if (hasExtraSlash(path, route.path)) return nearMiss;
    return { kind: "route", route, params: decodeParams(params) };
  };
}

/**
 * Finds the most specific route of a method. If the route for GET is more specific, HEAD uses it. Another method gets
 * `weaker` if its pattern requires less, because it must not open a path that the route for GET protects.
 */
function matchOf(tree: Tree, method: string, path: string): Match | undefined | "weaker" {
  const own = tree.match(method, path);
  if (own === undefined ? method !== "HEAD" : !yieldsToGet(own[0])) return own;
  const ofGet = tree.match("GET", path);
  if (own === undefined || ofGet === undefined) return own ?? ofGet;
  if (compareSpecificity(ofGet[0].path, own[0].path) >= 0) return own;
  if (method === "HEAD") return ofGet;
  return isWeaker(own[0], ofGet[0]) ? "weaker" : own;
}

/** Whether an origin may find another route than the gate, or a route where the gate finds none. */
function isReadOtherwise({ exact, folded }: Trees, method: string, path: string, route: Route | undefined): boolean {
  const readings = readPaths(decodeURIComponent(path));
  if (readings === undefined) return true;
  const [spelled = path, ...others] = readings;
  const isElsewhere = (match: Match | undefined | "weaker"): boolean =>
    match === "weaker" || !isProtectedAlike(route, match?.[0]);
  const spelledMatch = matchOf(folded, method, foldSpelling(spelled));
  if (spelledMatch === "weaker" || spelledMatch?.[0] !== route) return true;
  const isFoundAs = (path: string, isOther: typeof isElsewhere): boolean =>
    isOther(matchOf(exact, method, trimSlashes(path))) || isOther(matchOf(folded, method, foldSpelling(path)));
  if (others.some((reading) => isFoundAs(reading, isElsewhere))) return true;
  const aliases = readAliases(readings);
  if (aliases === undefined) return true;
  return aliases.some(({ path: alias, kind }) =>
    isFoundAs(alias, (match) => match !== undefined && isElsewhere(match) && isReached(kind, match, route)),
  );
}

/**
 * Whether a route for an alias of a path counts, in addition to the route for the path itself. The latter may have been
 * declared for the alias.
 */
function isReached(kind: Alias["kind"], match: Match | "weaker", route: Route | undefined): boolean {
  if (kind === "parameter" || match === "weaker" || route === undefined) return true;
  const [{ path }] = match;
  const isBelow = kind === "file" && eraseNames(route.path).startsWith(`${eraseNames(path)}/`);
  return !isBelow && compareSpecificity(path, route.path) < 0;
}

/**
 * Whether a route may yield to a more specific route for GET. For HEAD this is any pattern, and for other methods a
 * pattern without its own requirement. A route that answers OPTIONS itself reveals nothing that GET protects.
 */
function yieldsToGet({ access, forwards, method, path }: Route): boolean {
  if (method === "GET" || !isPattern(path)) return false;
  return method === "HEAD" || (access.kind !== "required" && (forwards || method !== "OPTIONS"));
}

/** The router treats `/orders/` as `/orders`, but an origin may not. */
function hasExtraSlash(path: string, routePath: string): boolean {
  return path !== "/" && path.endsWith("/") && !routePath.endsWith("*");
}

function isPattern(path: string): boolean {
  return /:|\*$/.test(path);
}

function decodeParams(params: Params): Params {
  const decoded: Record<string, string> = {};
  for (const name in params) {
    const value = params[name] as string;
    decoded[name] = value.includes("%") ? decodeURIComponent(value) : value;
  }
  return decoded;
}

/**
 * Whether a confusion of two routes by an origin is harmless. Both must have the same requirement, mode, validation and
 * hooks, and both must forward or not.
 *
 * @param route `undefined` if the path has no route
 * @param other the route for the path as the origin reads it
 */
export function isProtectedAlike(route: Route | undefined, other: Route | undefined): boolean {
  if (route === other) return true;
  if (route === undefined) return false;
  if (other === undefined) return !route.forwards;
  return (
    JSON.stringify(route.access) === JSON.stringify(other.access) &&
    route.mode === other.mode &&
    route.operation.request === other.operation.request &&
    route.hooks.length === other.hooks.length &&
    route.hooks.every((hook, index) => hook === other.hooks[index]) &&
    (other.forwards || !route.forwards)
  );
}

const strengths = { public: 0, default: 1, required: 2 } as const;

/** Whether a route requires less than another: it is public, or has only the default requirement. */
export function isWeaker({ access }: Route, other: Route): boolean {
  return strengths[access.kind] < strengths[other.access.kind];
}
