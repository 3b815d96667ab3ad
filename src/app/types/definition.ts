import type { Mode } from "../../core/config/observation.ts";
import type { Principal } from "../../core/token/principal.ts";
import type { Requiring } from "./auth.ts";
import type { Hooks } from "./hooks.ts";
import type { PathString, RequestSchemas, ResponsesMap, ResultOf, RouteContext } from "./types.ts";

/** Methods of a route. The route for GET answers HEAD, unless HEAD has its own route. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";

export const methods: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** Forwards the request to the origin, in place of a handler. */
export interface ForwardHandler {
  /** Marks the handler. An app accepts only those that `origin()` created. */
  readonly forward: true;
  /** Name of the origin. Default: that of the group, or else the origin without a name. */
  readonly to?: string;
  /** Scopes of the token that replaces the caller's. */
  readonly onBehalfOf?: readonly string[];
  /** Whether its WebSockets are closed when the caller's token expires. */
  readonly closeWebSocketAtExpiry?: true;
}

/** Authentication for the OpenAPI document. It does not protect the route: add `requireAuth`. */
export interface AuthSpec {
  /** Name of a security scheme. */
  readonly scheme: string;
  /** A subset of the scopes that `requireAuth` requires. */
  readonly scopes?: readonly string[];
}

/**
 * The principal of a handler behind one or more bundles of hooks. It is present if one of them is `requireAuth`, and
 * optional if this is not known.
 */
export type CallerOf<H, Around extends Principal | undefined> = H extends readonly [infer First, ...infer Others]
  ? [CallerOf<First, undefined>] extends [Principal]
    ? Principal
    : CallerOf<Others, Around>
  : H extends readonly []
    ? Around
    : H extends readonly (infer Each)[]
      ? CallerOf<Each, Around>
      : H extends Requiring
        ? Principal
        : Around;

/** A route without method, path and handler. */
export interface RouteOptions<
  Req extends RequestSchemas = Record<never, never>,
  Res extends ResponsesMap = ResponsesMap,
  M extends Hooks | readonly Hooks[] = readonly Hooks[],
  H extends Hooks | readonly Hooks[] = Hooks,
> {
  /** Unique name of letters, digits, `_`, `.` and `-`. Default: from method and path, for example `getOrdersById`. */
  readonly operationId?: string;
  /** One line for the OpenAPI document. */
  readonly summary?: string;
  /** Text for the OpenAPI document. */
  readonly description?: string;
  /** Tags in the OpenAPI document, after those of the group or plugin. */
  readonly tags?: readonly string[];
  /** Whether the OpenAPI document marks the route as deprecated. Default: `false`. */
  readonly deprecated?: boolean;
  /** Authentication for the OpenAPI document, in place of the group's or plugin's. It needs `requireAuth` as well. */
  readonly auth?: AuthSpec;
  /** Schemas that are validated before the handler runs. Other parts are passed on unchecked. */
  readonly request?: Req;
  /** All responses by status. Without them, any response is allowed. */
  readonly responses?: Res;
  /** Media types of a declared body. Default: `application/json`. Forms and `text/…` can be read too. */
  readonly accepts?: readonly string[];
  /** Allows the handler to return a `Response`, whose body is not checked, although `responses` are declared. */
  readonly acknowledgeNoResponseBodySchema?: true;
  /** Another name of `hooks`. If a route has both, these run first, and only one of both has an access rule. */
  readonly middleware?: M;
  /**
   * Access rule and other hooks of the route: one bundle, or a list.
   *
   * @example
   * { hooks: [requireAuth("orders.read"), timeout(5_000)] }
   */
  readonly hooks?: H;
  /** Allows calls without a token. Not possible with `requireAuth`. */
  readonly public?: true;
  /** Overrides GATE_MODE for this route: refuse requests that policy denies, or allow and report them. */
  readonly mode?: Mode;
  /**
   * Declares that the query parameter `access_token` belongs to the route and is not a credential. Without it, a
   * request with the parameter and a bearer token in the `Authorization` header gets 400 (RFC 6750 section 2).
   */
  readonly ownsAccessTokenParameter?: true;
}

/** The handler of a route: a function, or `origin()`. */
export type RouteHandler<
  P extends string,
  Req extends RequestSchemas,
  Res extends ResponsesMap,
  Caller extends Principal | undefined,
> =
  | ForwardHandler
  | ((context: RouteContext<P, Req, Caller>) => ResultOf<Res> | Response | Promise<ResultOf<Res> | Response>);

/** A complete route. */
export interface RouteDefinition<
  P extends string = PathString,
  Req extends RequestSchemas = Record<never, never>,
  Res extends ResponsesMap = ResponsesMap,
  M extends Hooks | readonly Hooks[] = readonly Hooks[],
  H extends Hooks | readonly Hooks[] = Hooks,
  Full extends string = P,
  Around extends Principal | undefined = Principal | undefined,
> extends RouteOptions<Req, Res, M, H> {
  /** Method of the requests that the route serves. */
  readonly method: Method;
  /** For example `/orders/:id`. A final segment `*` matches the path without it and everything below. */
  readonly path: P;
  /** Answers the request, or `origin()` forwards it. */
  readonly handler: RouteHandler<Full, Req, Res, CallerOf<readonly [M, H], Around>>;
}

/**
 * The methods `app.get(path, options, handler)` and similar. The default `operationId` is derived from method and path.
 */
export type Shorthand<Prefix extends string, Around extends Principal | undefined, Self> = <
  const P extends PathString,
  Req extends RequestSchemas = Record<never, never>,
  Res extends ResponsesMap = ResponsesMap,
  const M extends Hooks | readonly Hooks[] = readonly [],
  const H extends Hooks | readonly Hooks[] = Hooks,
>(
  path: P,
  options: RouteOptions<Req, Res, M, H>,
  handler: RouteHandler<`${Prefix}${P}`, Req, Res, CallerOf<readonly [M, H], Around>>,
) => Self;
