import type { Background } from "../io.ts";
import { checkRequirement, type Requirement } from "../policy/requirement.ts";
import type { Principal } from "../token/principal.ts";
import type { AuthHook } from "./auth.ts";

export const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Methods a route can have. HEAD is answered by the route of GET. */
export type Method = (typeof methods)[number];

/** What a handler is given. */
export interface RouteContext {
  readonly request: Request;
  /** Decoded path parameters by name. */
  readonly params: Readonly<Record<string, string>>;
  readonly state: { readonly principal?: Principal };
  /** Variables and bindings of the platform. */
  readonly env: unknown;
  /** Keeps work alive past the answer. */
  readonly waitUntil: Background;
}

/** A handler's answer: plain data that becomes JSON. */
export interface RouteAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (context: RouteContext) => RouteAnswer | Response | Promise<RouteAnswer | Response>;

/** In place of a handler: the request is forwarded to the origin. */
export interface ForwardHandler {
  readonly forward: true;
}

/** One route, one contract. */
export interface RouteDefinition {
  readonly method: Method;
  /** `/orders/:id`; with a last segment `*`, `/orders/*` is `/orders` itself and everything below. */
  readonly path: string;
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  /** Who may call: one `requireAuth(…)` or `or(…)`. Without, the configuration's default requirement counts. */
  readonly middleware?: readonly [AuthHook];
  /** Anybody may call, without a token. Excludes `middleware`. */
  readonly public?: true;
  readonly handler: Handler | ForwardHandler;
}

/** A checked route, as the gate uses it. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  /** For the log: method and path as they were declared. */
  readonly name: string;
  readonly access:
    | { readonly kind: "public" | "default" }
    | { readonly kind: "required"; readonly requirement: Requirement };
  readonly handler: Handler | ForwardHandler;
}

const members = [
  "method",
  "path",
  "operationId",
  "summary",
  "description",
  "tags",
  "deprecated",
  "middleware",
  "public",
  "handler",
];
const pathSegment = /^(?::[A-Za-z_][A-Za-z0-9_]*|[A-Za-z0-9\-._~!$&'()+,=@]+)$/;

/**
 * Checks a definition. Nothing in it is ignored: what is unknown or misspelt could be a guard.
 *
 * @throws TypeError naming the route and the member
 */
export function checkRoute(definition: RouteDefinition): Route {
  const name = `${definition.method} ${definition.path}`;
  const complain = (problem: string) => new TypeError(`route ${name}: ${problem}`);
  for (const member of Object.keys(definition)) {
    if (!members.includes(member)) {
      throw complain(`unknown member ${JSON.stringify(member)}; known are ${members.join(", ")}`);
    }
  }
  const { method, path, handler, middleware, public: open } = definition;
  if (!methods.includes(method)) throw complain(`method must be one of ${methods.join(", ")}; HEAD is answered by GET`);
  if (!isPath(path)) throw complain("path must look like /orders, /orders/:id or /orders/*");
  const forwards = typeof handler === "object" && handler !== null && handler.forward === true;
  if (typeof handler !== "function" && !forwards) throw complain("handler must be a function or origin()");
  if (open !== undefined && open !== true) throw complain("public must be true or absent");
  if (middleware !== undefined && !isMiddleware(middleware))
    throw complain("middleware must be a list of one requireAuth(…)");
  for (const [member, value] of Object.entries(definition)) {
    // A guard that was lost on the way must not become the default requirement.
    if (value === undefined) throw complain(`${member} is undefined; give it a value or leave it out`);
  }
  if (open && middleware) throw complain("public excludes middleware");
  if (open) return { method, path, name, handler, access: { kind: "public" } };
  const [hook] = middleware ?? [];
  if (hook === undefined) return { method, path, name, handler, access: { kind: "default" } };
  try {
    const requirement = checkRequirement(hook.requirement);
    return { method, path, name, handler, access: { kind: "required", requirement } };
  } catch (error) {
    throw complain(error instanceof Error ? error.message : "faulty requirement");
  }
}

function isPath(path: unknown): path is string {
  if (typeof path !== "string" || !path.startsWith("/")) return false;
  if (path === "/") return true;
  const segments = path.slice(1).split("/");
  const last = segments.pop() ?? "";
  const names = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter);
  return (
    segments.every((segment) => pathSegment.test(segment) && !isDots(segment)) &&
    (last === "*" || (pathSegment.test(last) && !isDots(last))) &&
    new Set(names).size === names.length
  );
}

/** A URL never has such a segment: the route could not match. */
function isDots(segment: string): boolean {
  return segment === "." || segment === "..";
}

function isMiddleware(value: unknown): value is readonly [AuthHook] {
  return Array.isArray(value) && value.length === 1 && typeof value[0]?.requirement === "object";
}
