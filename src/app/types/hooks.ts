import type { Requirement } from "../../core/policy/rule.ts";
import type { HookContext } from "./types.ts";

/** The result of a hook: a Response, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is one
export type HookResult = Response | void | Promise<Response | void>;

/**
 * Applies a CORS policy.
 *
 * @param response to add the headers to; without it, the request is a preflight, and the function returns the response
 */
export type CorsHandler = (request: Request, response?: Response) => Response | Promise<Response>;

/**
 * Functions that run around a handler, in this order: `onRequest`, `preBody`, validation, `beforeHandle`, the handler,
 * `afterHandle`, a check of the response, `onSend`, `onResponse`. The bundles of the app run first, then those of
 * groups and plugins from the outside in, then the route's own.
 */
export interface Hooks {
  /** The access rule of `requireAuth`. It is checked together with the `preBody` hooks of the surrounding bundles. */
  readonly requirement?: Requirement;
  /** The CORS policy of `cors`. */
  readonly cors?: CorsHandler;
  /** The time limit of `timeout` for the handler, in milliseconds. */
  readonly handlerMilliseconds?: number;
  /** Runs first, with the request as received. */
  readonly onRequest?: (request: Request) => void | Promise<void>;
  /** Runs before the body is read and before validation. A Response ends the request. */
  readonly preBody?: (context: HookContext) => HookResult;
  /** Runs with the validated request. A Response replaces the handler. */
  readonly beforeHandle?: (context: HookContext) => HookResult;
  /** Runs with the result of the handler. A result other than `undefined` replaces it. */
  readonly afterHandle?: (context: HookContext, result: unknown) => unknown;
  /** Runs with an exception. A Response replaces the problem details. */
  readonly onError?: (error: unknown, context: HookContext) => HookResult;
  /** Runs with every response, including refusals. It may change headers or replace the response. */
  readonly onSend?: (response: Response, context: HookContext) => HookResult;
  /**
   * Runs with the response after `onSend`, before the last step makes it private. The response does not wait for it.
   */
  readonly onResponse?: (response: Response, context: HookContext) => void | Promise<void>;
}

/** Names of the functions of a bundle. */
export type HookName = Exclude<keyof Hooks, "requirement" | "cors" | "handlerMilliseconds">;

/** DaloyJS refuses to start in production if a route declares `auth` and no hook of it has this mark. */
export const daloyMark: unique symbol = Symbol.for("daloyjs.auth.hook");

/** What an access rule says where a function is called. */
export const noHandler =
  'requireAuth and anyOf of "entra-gate" are hooks of an App, and no handlers. In a Hono app, import them from "entra-gate/hono"';

/**
 * Whether a value is what `requireAuth` and `anyOf` return. It is a function, so that Hono calls it and it can say what
 * is wrong.
 */
export function isAccessRule(value: unknown): boolean {
  return typeof value === "function" && (value as { readonly preBody?: unknown }).preBody === refuseElsewhere;
}

/** Returns the outermost CORS policy. */
export function findCors(layers: readonly Hooks[]): CorsHandler | undefined {
  return layers.find(({ cors }) => cors !== undefined)?.cors;
}

/** Functions with one name, in the order of their bundles. */
export type HooksOf<Name extends HookName> = readonly NonNullable<Hooks[Name]>[];

/** Returns all functions with one name, in the order of their bundles. */
export function pickHooks<Name extends HookName>(layers: readonly Hooks[], name: Name): HooksOf<Name> {
  const picked = layers.map((hooks) => hooks[name]).filter((hook) => hook !== undefined && hook !== refuseElsewhere);
  return picked as NonNullable<Hooks[Name]>[];
}

/**
 * Hook `preBody` of an access rule, which an `App` does not run. A DaloyJS app ignores the requirement, and would leave
 * the route open.
 */
export function refuseElsewhere(): never {
  throw new TypeError(
    'requireAuth and anyOf of "entra-gate" protect only an App of entra-gate. In a DaloyJS app, import them from "entra-gate/daloy"',
  );
}
