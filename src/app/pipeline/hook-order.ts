import type { Access } from "../../policy/requirement.ts";
import { type CorsHandler, findCors, type Hooks, type HooksOf, pickHooks } from "../types/hooks.ts";

/** The hooks of a route in the order in which they run, and the other members of its bundles. */
export interface HookOrder {
  readonly onRequest: HooksOf<"onRequest">;
  /** Hooks `preBody` that run before the guard. */
  readonly beforeGuard: HooksOf<"preBody">;
  /** Hooks `preBody` that run after the guard. */
  readonly afterGuard: HooksOf<"preBody">;
  readonly beforeHandle: HooksOf<"beforeHandle">;
  readonly afterHandle: HooksOf<"afterHandle">;
  readonly onError: HooksOf<"onError">;
  readonly onSend: HooksOf<"onSend">;
  readonly onResponse: HooksOf<"onResponse">;
  /** The shortest time limit of the handler, in milliseconds. */
  readonly limitMilliseconds: number | undefined;
  /** The outermost CORS policy. */
  readonly cors: CorsHandler | undefined;
}

/** The bundles of a route. */
export interface Layers {
  /** Hooks of the app, its groups and plugins, the outermost first. */
  readonly around: readonly Hooks[];
  /** Hooks of the route itself. */
  readonly own: readonly Hooks[];
}

/**
 * Orders the hooks of a route. The guard is among the `preBody` hooks: at the first requirement, before the hooks of its
 * own bundle. The default requirement is checked after the surrounding hooks and before the route's own. A public route
 * has the guard at the start.
 */
export function orderHooks({ around, own }: Layers, access: Access): HookOrder {
  const layers = [...around, ...own];
  const first = layers.findIndex(({ requirement }) => requirement !== undefined);
  const position = access.kind === "public" ? 0 : first === -1 ? around.length : first;
  const limits = layers.flatMap(({ handlerMilliseconds }) => handlerMilliseconds ?? []);
  return Object.freeze({
    onRequest: pickHooks(layers, "onRequest"),
    beforeGuard: pickHooks(layers.slice(0, position), "preBody"),
    afterGuard: pickHooks(layers.slice(position), "preBody"),
    beforeHandle: pickHooks(layers, "beforeHandle"),
    afterHandle: pickHooks(layers, "afterHandle"),
    onError: pickHooks(layers, "onError"),
    onSend: pickHooks(layers, "onSend"),
    onResponse: pickHooks(layers, "onResponse"),
    limitMilliseconds: limits.length > 0 ? Math.min(...limits) : undefined,
    cors: findCors(layers),
  });
}
