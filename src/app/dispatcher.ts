import { Hono } from "hono";
import type { Route } from "./route.ts";

/** Where a request goes. */
export type Target =
  | { readonly kind: "route"; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: "unlisted" }
  /** Only letter case or a trailing slash apart from a route: an origin may take it for that route. */
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
  const folded = createRouter<{ readonly path: string; readonly exchange: E }>();
  for (const route of [...routes].sort(compareSpecificity)) {
    exact.on(route.method, route.path, (c) => answer(c.env, { kind: "route", route, params: c.req.param() }));
    folded.on(route.method, foldPath(route.path), (c) => answer(c.env.exchange, nearMiss));
  }
  exact.notFound((c) => folded.fetch(c.req.raw, { path: foldPath(c.env.path), exchange: c.env }));
  folded.notFound((c) => answer(c.env.exchange, unlisted));
  exact.onError((error, c) => onError(error, c.env));
  folded.onError((error, c) => onError(error, c.env.exchange));
  return (request, exchange) => exact.fetch(request, exchange);
}

function createRouter<E extends Exchange>(): Hono<{ Bindings: E }> {
  const getPath = (_request: Request, options?: { env?: unknown }) => (options as { env: E }).env.path;
  return new Hono<{ Bindings: E }>({ getPath });
}

/** Lower case, without trailing slashes; parameters keep their colon. */
function foldPath(path: string): string {
  return path.toLowerCase().replace(/\/+$/, "") || "/";
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
