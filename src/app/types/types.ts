import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Background } from "../../common/io.ts";
import type { Principal } from "../../token/principal.ts";

/** The path of a route. It starts with a slash. */
export type PathString = `/${string}`;

/** Names of a path's parameters, for example `"org" | "repo"` for `"/orgs/:org/repos/:repo"`. */
export type ParamsOf<P extends string> = string extends P
  ? string
  : P extends `${string}:${infer Name}/${infer Rest}`
    ? Name | ParamsOf<`/${Rest}`>
    : P extends `${string}:${infer Name}`
      ? Name
      : never;

/** Decoded parameters of a path. */
export type PathParams<P extends string> = { readonly [Name in ParamsOf<P>]: string };

/** Schemas for the parts of a request, from any Standard Schema library. */
export interface RequestSchemas {
  readonly params?: StandardSchemaV1;
  readonly query?: StandardSchemaV1;
  /** Headers by lower-case name, without credentials (`authorization`, `cookie`). */
  readonly headers?: StandardSchemaV1;
  readonly body?: StandardSchemaV1;
}

/** A response of a route. */
export interface ResponseSpec {
  readonly description?: string;
  /** Schema of the body. Without it, the body is not checked. */
  readonly body?: StandardSchemaV1;
  /** Schemas of the headers that a handler may set. Without them, headers are not checked. */
  readonly headers?: Readonly<Record<string, { readonly description?: string; readonly schema?: StandardSchemaV1 }>>;
}

/** Responses by status. */
export interface ResponsesMap {
  readonly [status: number]: ResponseSpec;
}

/** Output of a schema; `Otherwise` if there is no schema. */
export type OutputOf<S, Otherwise> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : Otherwise;

/** Augment this interface with your own values: `declare module "entra-gate" { interface AppState { db: Database } }`. */
// biome-ignore lint/suspicious/noEmptyInterface: module augmentation fills it
export interface AppState {}

/** Verifies a token that is not in the `Authorization` header of a request. */
export interface TokenVerifier {
  /**
   * Authenticates the caller. It does not check scopes or roles.
   *
   * @param token the text after `Bearer `
   * @returns a promise that rejects with an Error without the cause, which is only logged
   */
  verify(token: string): Promise<Principal>;
}

/** Values of one request. Hooks add to them and the handler reads them. */
export type State<Caller extends Principal | undefined> = AppState & {
  /** Set by `requestId()`. */
  readonly requestId?: string;
  /** Verifies further tokens with the configuration of the guard. */
  readonly verifier: TokenVerifier;
} & (undefined extends Caller ? { principal?: Principal } : { principal: Principal });

/** The argument of a handler. */
export interface RouteContext<
  P extends string = string,
  Req extends RequestSchemas = RequestSchemas,
  Caller extends Principal | undefined = Principal | undefined,
> {
  /** The request as received. If `request.body` is declared, its body has been read. */
  readonly request: Request;
  /** Path parameters: the output of the schema, or decoded text by name. */
  readonly params: OutputOf<Req["params"], PathParams<P>>;
  /** Query: the output of the schema, or text by name, with a list for a repeated name. */
  readonly query: OutputOf<Req["query"], Readonly<Record<string, string | readonly string[] | undefined>>>;
  /** Headers without credentials: the output of the schema, or text by lower-case name. */
  readonly headers: OutputOf<Req["headers"], Readonly<Record<string, string | undefined>>>;
  /** Body: the output of the schema; `undefined` without one. */
  readonly body: OutputOf<Req["body"], undefined>;
  readonly state: State<Caller>;
  /** Headers for the response, including error responses. */
  readonly set: { readonly headers: Headers };
  /** Path of the route as declared; `undefined` if no route matches. */
  readonly routePath: string | undefined;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
  /** Keeps work alive after the response. */
  readonly waitUntil: Background;
}

/** The argument of a hook. Before `beforeHandle` nothing is validated, and `body` is `undefined`. */
export interface HookContext extends Omit<RouteContext, "params" | "query" | "headers" | "body"> {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/** The response of a handler: plain data that is sent as JSON. */
export interface RouteAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The return type of a handler: one of the declared responses, or any if none is declared. */
export type AnswerOf<Res extends ResponsesMap> = number extends keyof Res
  ? RouteAnswer
  : {
      [Status in Extract<keyof Res, number>]: {
        readonly status: Status;
        readonly headers?: Readonly<Record<string, string>>;
      } & (Res[Status] extends { readonly body: infer Schema extends StandardSchemaV1 }
        ? { readonly body: StandardSchemaV1.InferInput<Schema> }
        : { readonly body?: unknown });
    }[Extract<keyof Res, number>];
