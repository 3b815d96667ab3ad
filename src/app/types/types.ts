import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Background } from "../../base/common/io.ts";
import type { AppState } from "../../core/guard/app-state.ts";
import type { Principal } from "../../core/token/principal.ts";

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
  /** Path parameters by name. The schema gets decoded text. */
  readonly params?: StandardSchemaV1;
  /** Query by name. The schema gets decoded text, or a list for a repeated name. */
  readonly query?: StandardSchemaV1;
  /** Headers by lower-case name, without credentials (`authorization`, `cookie`). */
  readonly headers?: StandardSchemaV1;
  /** Body of a media type in `accepts`: the value of JSON, fields of a form by name, or text. Not for GET and HEAD. */
  readonly body?: StandardSchemaV1;
}

/** A response of a route. */
export interface ResponseSpec {
  /** Text for the OpenAPI document. Default: `Status 200.` and similar. */
  readonly description?: string;
  /** Schema of the body. Without it, the body is not checked. */
  readonly body?: StandardSchemaV1;
  /** Schemas of the headers that a handler may set. Without them, headers are not checked. */
  readonly headers?: Readonly<
    Record<
      string,
      {
        /** Text for the OpenAPI document. */
        readonly description?: string;
        /**
         * Checks the header's text; `undefined` if the handler does not set it. Without a schema, any text is allowed.
         */
        readonly schema?: StandardSchemaV1;
      }
    >
  >;
}

/** Responses by status. */
export interface ResponsesMap {
  readonly [status: number]: ResponseSpec;
}

/** Output of a schema; `Otherwise` if there is no schema. */
export type OutputOf<S, Otherwise> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : Otherwise;

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
} & (undefined extends Caller
    ? {
        /** The caller, after the guard has admitted it. A public route has none. */
        principal?: Principal;
      }
    : {
        /** The caller, as its verified access token describes it. */
        principal: Principal;
      });

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
  /**
   * Values of this request: `principal`, and what hooks and `decorate` add.
   *
   * @example
   * app.get("/me", { hooks: requireAuth("access_as_user") }, ({ state }) => ({ status: 200, body: state.principal.oid
   * }));
   */
  readonly state: State<Caller>;
  /** Additions to the response of this request. */
  readonly set: {
    /** Headers for the response, including error responses. */
    readonly headers: Headers;
  };
  /** Path of the route as declared; `undefined` if no route matches. */
  readonly routePath: string | undefined;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
  /** Keeps work alive after the response. */
  readonly waitUntil: Background;
}

/** The argument of a hook. Before `beforeHandle` nothing is validated, and `body` is `undefined`. */
export interface HookContext extends RouteContext {
  /** Path parameters: decoded text by name; after validation, the output of the schema. */
  readonly params: unknown;
  /** Query: text by name, with a list for a repeated name; after validation, the output of the schema. */
  readonly query: unknown;
  /** Headers without credentials: text by lower-case name; after validation, the output of the schema. */
  readonly headers: unknown;
  /** Body: `undefined`; after validation, the output of the schema. */
  readonly body: unknown;
}

/** The response of a handler: plain data that is sent as JSON. */
export interface RouteResult {
  /** Status from 200 to 599. */
  readonly status: number;
  /** Sent as JSON. `undefined` sends no body. */
  readonly body?: unknown;
  /** Headers of the response. The default `content-type` is `application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The return type of a handler: one of the declared responses, or any if none is declared. */
export type ResultOf<Res extends ResponsesMap> = number extends keyof Res
  ? RouteResult
  : {
      [Status in Extract<keyof Res, number>]: {
        /** One of the declared statuses. */
        readonly status: Status;
        /** Headers of the response. The default `content-type` is `application/json`. */
        readonly headers?: Readonly<Record<string, string>>;
      } & (Res[Status] extends { readonly body: infer Schema extends StandardSchemaV1 }
        ? {
            /** The input of the schema. Its output is sent as JSON. */
            readonly body: StandardSchemaV1.InferInput<Schema>;
          }
        : {
            /** Sent as JSON. `undefined` sends no body. */
            readonly body?: unknown;
          });
    }[Extract<keyof Res, number>];
