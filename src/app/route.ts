import type { Mode } from "../config/observation.ts";
import type { Requirement } from "../policy/requirement.ts";
import type { AnswerWithCors } from "./cors.ts";
import type { AuthSpec, Method } from "./definition.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestSchemas, ResponsesMap } from "./types.ts";

/** Who may call a route. Of several requirements, those of groups among them, all must hold. */
export type Access =
  | { readonly kind: "public" | "default" }
  | { readonly kind: "required"; readonly requirements: readonly [Requirement, ...Requirement[]] };

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

/** Answers a request that was sent here; never throws, never rejects. */
export type AnswerExchange = (exchange: Exchange) => Response | Promise<Response>;

/** A checked route, as whoever serves it uses it. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  /** For the log: method and path as they were declared. */
  readonly name: string;
  readonly access: Access;
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
  readonly ownScopes: readonly string[] | undefined;
  /** Whether its WebSockets are closed when the caller's token expires. */
  readonly closesWebSocketAtExpiry: boolean;
  readonly answer: AnswerExchange;
  /** Answers preflights for this route; `undefined` if no `cors(…)` is among its hooks. */
  readonly cors: AnswerWithCors | undefined;
}

/** What answers where no route matches. */
export type Fallback = Pick<Route, "access" | "answer" | "cors">;

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

/** Routes for a gate: an `App`. */
export interface RouteSource {
  readonly routes: readonly Route[];
  /** Answers what matches none of them. */
  readonly fallback: Fallback;
  /** Ends the declarations: a later route would be missing, and nobody would see it. Returns the router of all routes. */
  close(): FindTarget;
}
