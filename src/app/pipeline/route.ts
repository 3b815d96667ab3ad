import type { Mode } from "../../core/config/observation.ts";
import type { ServedRoute as Destination } from "../../core/config/serving.ts";
import type { Access, RouteAccess } from "../../core/policy/rule.ts";
import type { AuthSpec, Method } from "../types/definition.ts";
import type { CorsHandler } from "../types/hooks.ts";
import type { RequestSchemas, ResponsesMap } from "../types/types.ts";
import type { ChangeRefusal, ForwardTerms, Respond } from "./context.ts";
import type { Part, RouteAdditions } from "./part.ts";
import type { ContextHandler, HookOrder } from "./pipeline.ts";

/** What the definition of a route and the options of its groups say for the OpenAPI document. */
export interface Operation {
  readonly operationId: string | undefined;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly auth: AuthSpec | undefined;
  readonly responses: ResponsesMap | undefined;
}

/**
 * A checked route, frozen. `isProtectedAlike` compares every member that changes which requests are admitted, or what
 * is forwarded.
 */
export interface Route extends Required<Pick<RouteAdditions, "step">> {
  readonly method: Method;
  readonly path: string;
  /** For the log: method and path as declared. */
  readonly name: string;
  readonly access: RouteAccess;
  readonly hooks: HookOrder;
  /** Values of the app that hooks and the handler get in `state`. */
  readonly decorations: Readonly<Record<string, unknown>>;
  readonly request: RequestSchemas | undefined;
  /** Media types of a declared body. */
  readonly accepts: readonly string[];
  /** Mode that overrides the configuration. */
  readonly mode: Mode | undefined;
  /** Whether the query parameter `access_token` belongs to the route and is not a credential. */
  readonly ownsAccessTokenParameter: boolean;
  readonly operation: Operation;
  /** How the route forwards to the origin; `undefined` if a handler answers. */
  readonly forwarding: ForwardTerms | undefined;
  readonly respond: Respond;
  /** What a part of the app makes of its refusals. */
  readonly changeRefusal?: ChangeRefusal | undefined;
  /** Answers preflights; `undefined` permits nothing. */
  readonly cors: CorsHandler | undefined;
}

/** The members of a route that requests for it use. */
export type ServedRoute = Pick<
  Route,
  "name" | "path" | "mode" | "ownsAccessTokenParameter" | "respond" | "changeRefusal" | "cors"
> &
  Partial<Pick<Route, "decorations">>;

/** The handler for requests without a route. */
export type Fallback = Pick<Route, "respond" | "cors">;

/** Decoded values of a route's path parameters. */
export type Params = Readonly<Record<string, string>>;

/** What the router finds for a request: a route, or why there is none. */
export type RouteMatch<Found = Route> =
  | { readonly kind: "route"; readonly route: Found; readonly params: Params }
  | { readonly kind: "unlisted" }
  /** An origin may read the request as one for another route with another requirement. */
  | { readonly kind: "near-miss" }
  /** A document that clients look for before they have a token, and that does not exist. */
  | { readonly kind: "no-document" };

/**
 * Finds what serves a request. HEAD uses the more specific of its own route and the route for GET.
 *
 * @param path normal form, see `normalizePath`
 */
export type FindMatch<Found = Route> = (method: string, path: string) => RouteMatch<Found>;

/** The routes of a gate: an `App`. */
export interface RouteSource {
  readonly routes: readonly Route[];
  readonly parts: readonly Part[];
  /** Access rule and CORS policy of the whole app's hooks. */
  readonly appWide: Pick<Route, "access" | "cors">;
  /**
   * Compiles a fallback: the hooks of the whole app and `handler`.
   *
   * @param access who may reach the handler
   * @param cors policy that takes precedence over that of the app
   */
  fallback(access: Access, handler: ContextHandler, cors?: CorsHandler): Fallback;
  /**
   * Lists where routes, and names in their messages, forward, and for whom.
   *
   * @param unlisted access of requests without a route, if they are forwarded
   */
  listServed(unlisted: Access | undefined): readonly Destination[];
  /** Ends the declarations, because a later route would be ignored silently. Returns the router of all routes. */
  close(): FindMatch;
}
