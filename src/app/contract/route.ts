import type { ConfigChecker } from "../../config/config.ts";
import type { Mode } from "../../config/observation.ts";
import type { Access, RouteAccess } from "../../policy/requirement.ts";
import type { CorsPolicy } from "../hooks/hooks.ts";
import type { Answer } from "../serve/context.ts";
import type { ContextHandler } from "../serve/steps.ts";
import type { AuthSpec, Method } from "./definition.ts";
import type { RequestSchemas, ResponsesMap } from "./types.ts";

/** What a route declares, with what its groups add, as data. */
export interface Operation {
  readonly operationId: string | undefined;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly auth: AuthSpec | undefined;
  readonly request: RequestSchemas | undefined;
  readonly responses: ResponsesMap | undefined;
  /** Media types of the body, where one is declared. */
  readonly accepts: readonly string[];
}

/** A checked route, as whoever serves it uses it. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  /** For the log: method and path as they were declared. */
  readonly name: string;
  readonly access: RouteAccess;
  /** What runs around the handler, the guard apart, in order. */
  readonly hooks: readonly unknown[];
  /** In place of the configuration's. */
  readonly mode: Mode | undefined;
  /** Whether the query parameter `access_token` is its own and no credential. */
  readonly ownsAccessTokenParameter: boolean;
  readonly operation: Operation;
  /** Whether it goes to the origin. */
  readonly forwards: boolean;
  /** Scopes of the token that the origin gets in place of the caller's; `undefined` is what the configuration says. */
  readonly onBehalfOfScopes: readonly string[] | undefined;
  /** Whether its WebSockets are closed when the caller's token expires. */
  readonly closesWebSocketAtExpiry: boolean;
  readonly answer: Answer;
  /** Answers preflights; `undefined` permits nothing. */
  readonly cors: CorsPolicy | undefined;
}

/** What answers where no route matches. */
export type Fallback = Pick<Route, "answer" | "cors">;

/** Values of the parameters in a route's path, decoded. */
export type Params = Readonly<Record<string, string>>;

/** Where a request goes. */
export type Target =
  | { readonly kind: "route"; readonly route: Route; readonly params: Params }
  | { readonly kind: "unlisted" }
  /** An origin may take it for a request to another route, which asks something else of its caller. */
  | { readonly kind: "near-miss" };

/**
 * Finds where a request goes. HEAD goes to the more specific of its own route and that of GET.
 *
 * @param path normal form, see `normalizePath`
 */
export type FindTarget = (method: string, path: string) => Target;

/** What an entry of the package adds to an app beside routes: the protected resources of `entra-gate/mcp`. */
export interface Extension extends ConfigChecker {
  /** Changes how a route answers, and which browsers may call it. It still asks for the same callers. */
  extend(route: Route): Route;
}

/** Routes for a gate: an `App`. */
export interface RouteSource {
  readonly routes: readonly Route[];
  readonly extensions: readonly Extension[];
  /** What the hooks of the whole app say. */
  readonly appWide: Pick<Route, "access" | "cors">;
  /**
   * Compiles what answers where no route matches: the hooks of the whole app, and `handler`.
   *
   * @param access who may reach the handler, where the app says nothing of it
   */
  fallback(access: Access, handler: ContextHandler): Fallback;
  /** Ends the declarations: a later route would be missing, and nobody would see it. Returns the router of all routes. */
  close(): FindTarget;
}
