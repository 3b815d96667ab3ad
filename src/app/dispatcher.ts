import { TrieRouter } from "hono/router/trie-router";
import { Hono } from "hono/tiny";
import type { Route } from "./route.ts";

/** Where a request goes. */
export type Target =
  | { readonly kind: "route"; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: "unlisted" }
  /** Only letter case, a trailing slash or an encoding apart from another route, which an origin may take it for. */
  | { readonly kind: "near-miss" };

/** What travels with a request through Hono. */
export interface Exchange {
  /** Normal form of the path, see `normalizePath`. */
  readonly path: string;
}

/** Sends a request to its target. */
export type Dispatch<E extends Exchange> = (request: Request, exchange: E) => Response | Promise<Response>;

const unlisted: Target = { kind: "unlisted" };
const nearMiss: Target = { kind: "near-miss" };

/**
 * Builds the router of some routes. Of several that match, the most specific wins, in whatever order they were declared.
 *
 * @param routes checked
 * @param answer answers an exchange whose target is known
 * @param onError answers what was thrown on the way
 */
export function createDispatcher<E extends Exchange>(
  routes: readonly Route[],
  answer: (exchange: E, target: Target) => Response | Promise<Response>,
  onError: (error: Error, exchange: E) => Response,
): Dispatch<E> {
  const exact = createRouter<E>();
  const folded = new TrieRouter<Route>();
  for (const route of [...routes].sort(compareSpecificity)) {
    exact.on(route.method, route.path, (c) => {
      const { path } = c.env;
      const isLookalike =
        hasExtraSlash(path, route.path) || (isPattern(route.path) && findFolded(folded, route.method, path) !== route);
      return answer(c.env, isLookalike ? nearMiss : { kind: "route", route, params: c.req.param() });
    });
    folded.add(route.method, foldPath(route.path), route);
  }
  // HEAD was turned into GET on its way here; the request itself still says HEAD.
  exact.notFound((c) => {
    const method = c.req.method === "HEAD" ? "GET" : c.req.method;
    return answer(c.env, findFolded(folded, method, c.env.path) === undefined ? unlisted : nearMiss);
  });
  exact.onError((error, c) => onError(error, c.env));
  return (request, exchange) => exact.fetch(request, exchange);
}

function createRouter<E extends Exchange>(): Hono<{ Bindings: E }> {
  const getPath = (_request: Request, options?: { env?: unknown }) => (options as { env: E }).env.path;
  return new Hono<{ Bindings: E }>({ getPath, router: new TrieRouter() });
}

/** The route that an origin might see which ignores letter case, trailing slashes and encodings. */
function findFolded(router: TrieRouter<Route>, method: string, path: string): Route | undefined {
  const [[match] = []] = router.match(method, foldPath(decodeURIComponent(path)));
  return match?.[0];
}

/** Lower case, without trailing slashes; parameters keep their colon. */
function foldPath(path: string): string {
  return path.toLowerCase().replace(/\/+$/, "") || "/";
}

/** The router takes `/orders/` for `/orders`; an origin need not. */
function hasExtraSlash(path: string, routePath: string): boolean {
  return path !== "/" && path.endsWith("/") && !routePath.endsWith("*");
}

function isPattern(path: string): boolean {
  return /:|\*$/.test(path);
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
