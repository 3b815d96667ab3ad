import type { Mode } from "../../config/observation.ts";
import type { Principal } from "../../token/principal.ts";
import type { Requiring } from "../hooks/auth.ts";
import type { Hooks } from "../hooks/hooks.ts";
import type { AnswerOf, PathString, RequestSchemas, ResponsesMap, RouteContext } from "./types.ts";

/** Methods a route can have. HEAD is answered by the route of GET where it has none of its own. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";

export const methods: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** In place of a handler: the request is forwarded to the origin. */
export interface ForwardHandler {
  readonly forward: true;
  /** Scopes of the token that the origin gets in place of the caller's. */
  readonly onBehalfOf?: readonly string[];
  /** Whether its WebSockets are closed when the caller's token expires. */
  readonly closeWebSocketAtExpiry?: true;
}

/** For the OpenAPI document. It guards nothing: a route that has it needs `requireAuth` too. */
export interface AuthSpec {
  /** Name of a security scheme. */
  readonly scheme: string;
  /** Of those that `requireAuth` wants. */
  readonly scopes?: readonly string[];
}

/**
 * Who a handler is called by, behind hooks or lists of them: a principal for sure where `requireAuth` is among them. Hooks that
 * may or may not be of `requireAuth` leave it open.
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

/** One route, one contract, without its method, path and handler. */
export interface RouteOptions<
  Req extends RequestSchemas = Record<never, never>,
  Res extends ResponsesMap = ResponsesMap,
  M extends readonly Hooks[] = readonly Hooks[],
  H extends Hooks | readonly Hooks[] = Hooks,
> {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly auth?: AuthSpec;
  /** What is validated before the handler runs. Without, a part comes as it is. */
  readonly request?: Req;
  /** Every answer there is, by status. Without, any. */
  readonly responses?: Res;
  /** Media types of the body, where one is declared. Default `application/json`; forms and `text/…` are read too. */
  readonly accepts?: readonly string[];
  /** Lets the handler return a `Response`, whose body nobody can check, although `responses` are declared. */
  readonly acknowledgeNoResponseBodySchema?: true;
  /** Who may call and what else runs, in this order, before `hooks`. At most one `requireAuth(…)` or `anyOf(…)`. */
  readonly middleware?: M;
  /** The same, as one bundle or a list. */
  readonly hooks?: H;
  /** Anybody may call, without a token. Excludes `requireAuth`. */
  readonly public?: true;
  /** In place of GATE_MODE: whether what policy refuses here is refused, or let through and reported. */
  readonly mode?: Mode;
  /**
   * The query parameter `access_token` is the route's own, and no credential. Without, a request that has it beside a bearer
   * token in the `Authorization` header gets 400 (RFC 6750 section 2).
   */
  readonly ownsAccessTokenParameter?: true;
}

/** What a route's handler is: a function of the request, or `origin()`. */
export type RouteHandler<
  P extends string,
  Req extends RequestSchemas,
  Res extends ResponsesMap,
  Caller extends Principal | undefined,
> =
  | ForwardHandler
  | ((context: RouteContext<P, Req, Caller>) => AnswerOf<Res> | Response | Promise<AnswerOf<Res> | Response>);

/** One route, one contract. */
export interface RouteDefinition<
  P extends string = PathString,
  Req extends RequestSchemas = Record<never, never>,
  Res extends ResponsesMap = ResponsesMap,
  M extends readonly Hooks[] = readonly Hooks[],
  H extends Hooks | readonly Hooks[] = Hooks,
  Full extends string = P,
  Around extends Principal | undefined = Principal | undefined,
> extends RouteOptions<Req, Res, M, H> {
  readonly method: Method;
  /** `/orders/:id`; with a last segment `*`, `/orders/*` is `/orders` itself and everything below. */
  readonly path: P;
  readonly handler: RouteHandler<Full, Req, Res, CallerOf<readonly [M, H], Around>>;
}

/** `app.get(path, options, handler)` and its like. Without an `operationId`, one is made of method and path. */
export type Shorthand<Prefix extends string, Around extends Principal | undefined, Self> = <
  const P extends PathString,
  Req extends RequestSchemas = Record<never, never>,
  Res extends ResponsesMap = ResponsesMap,
  const M extends readonly Hooks[] = readonly [],
  const H extends Hooks | readonly Hooks[] = Hooks,
>(
  path: P,
  options: RouteOptions<Req, Res, M, H>,
  handler: RouteHandler<`${Prefix}${P}`, Req, Res, CallerOf<readonly [M, H], Around>>,
) => Self;
