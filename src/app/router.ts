import { TrieRouter } from "hono/router/trie-router";
import { ignoreCase } from "./letter-case.ts";
import { eraseNames } from "./path-pattern.ts";
import type { Route } from "./route.ts";

type Params = Readonly<Record<string, string>>;

/** Where a request goes. */
export type Target =
  | { readonly kind: "route"; readonly route: Route; readonly params: Params }
  | { readonly kind: "unlisted" }
  /** Only letter case, a trailing slash, dot or space, or an encoding apart from another route, which an origin may take it for. */
  | { readonly kind: "near-miss" };

/**
 * Finds where a request goes. HEAD goes to the route of GET where it has none of its own.
 *
 * @param path normal form, see `normalizePath`
 */
export type FindTarget = (method: string, path: string) => Target;

const unlisted: Target = { kind: "unlisted" };
const nearMiss: Target = { kind: "near-miss" };
const noParams: Params = Object.freeze({});

/**
 * Builds the router of some routes. Of several that match, the most specific wins, in whatever order they were declared.
 * A path without parameters is found by its name, whatever the number of routes; others on Hono's tree.
 */
export function createRouter(routes: readonly Route[]): FindTarget {
  const literals = new Map<string, Target>();
  const exact = new TrieRouter<Route>();
  const folded = new TrieRouter<Route>();
  // Where every route is its own folded form, so is a path in lower case without encodings and without dots at the end.
  const foldsToItself = routes.every(({ path }) => foldPath(eraseNames(path)) === path.replace(/:\w+/g, ":"));
  for (const route of [...routes].sort(compareSpecificity)) {
    const { method, path } = route;
    if (!isPattern(path)) literals.set(`${method} ${path}`, { kind: "route", route, params: noParams });
    exact.add(method, path, route);
    folded.add(method, foldPath(path), route);
  }

  function find(method: string, path: string): Target {
    const literal = literals.get(`${method} ${path}`);
    if (literal !== undefined) return literal;
    const [[match] = []] = exact.match(method, path);
    const isOwnFold = foldsToItself && isFolded(path);
    if (match === undefined) return isOwnFold || findFolded(folded, method, path) === undefined ? unlisted : nearMiss;
    const [route, params] = match;
    if (hasExtraSlash(path, route.path)) return nearMiss;
    if (!isOwnFold && findFolded(folded, method, path) !== route) return nearMiss;
    return { kind: "route", route, params: decodeParams(params as Params) };
  }

  return (method, path) => {
    if (method !== "HEAD") return find(method, path);
    const target = find("HEAD", path);
    return target.kind === "unlisted" ? find("GET", path) : target;
  };
}

/** The route that an origin might see which ignores letter case, encodings, and slashes, dots and spaces at the end. */
function findFolded(router: TrieRouter<Route>, method: string, path: string): Route | undefined {
  const [[match] = []] = router.match(method, foldPath(decodeURIComponent(path)));
  return match?.[0];
}

/** Without letter case, trailing slashes, and what file systems drop of a name; parameters keep their colon. */
function foldPath(path: string): string {
  const visible = ignoreCase(path.replace(/\p{Cf}/gu, ""));
  const folded = visible.split("/").map(trimSegment).join("/");
  return folded.replace(/\/+$/, "") || "/";
}

/** Windows takes `admin.`, `admin ` and `admin::$DATA` for `admin`. */
function trimSegment(segment: string): string {
  const stream = segment.search(/::?\$/);
  let end = stream === -1 ? segment.length : stream;
  while (end > 0 && /[.\s]/.test(segment.charAt(end - 1))) end -= 1;
  return segment.slice(0, end).trimStart();
}

/** Whether folding would leave a path as it is. */
function isFolded(path: string): boolean {
  return !/[A-Z%\s\u0080-\uffff]|\/$|\.(?:\/|$)|:\$/.test(path);
}

/** The router takes `/orders/` for `/orders`; an origin need not. */
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

function compareSpecificity(a: Route, b: Route): number {
  const [left, right] = [rankSegments(a.path), rankSegments(b.path)];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Literal before parameter before wildcard. */
function rankSegments(path: string): number[] {
  return path.split("/").map((segment) => (segment === "*" ? 2 : segment.startsWith(":") ? 1 : 0));
}
