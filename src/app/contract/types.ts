import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Background } from "../../io.ts";
import type { Principal } from "../../token/principal.ts";

/** A path of a route: it begins with a slash. */
export type PathString = `/${string}`;

/** Names of a path's parameters: `"/orgs/:org/repos/:repo"` has `"org" | "repo"`. */
export type ParamsOf<P extends string> = string extends P
  ? string
  : P extends `${string}:${infer Name}/${infer Rest}`
    ? Name | ParamsOf<`/${Rest}`>
    : P extends `${string}:${infer Name}`
      ? Name
      : never;

/** A path's parameters, decoded. */
export type PathParams<P extends string> = { readonly [Name in ParamsOf<P>]: string };

/** What of a request is validated, by any validator that speaks Standard Schema. */
export interface RequestSchemas {
  readonly params?: StandardSchemaV1;
  readonly query?: StandardSchemaV1;
  /** Names in lower case. Credentials (`authorization`, `cookie`) are not among them. */
  readonly headers?: StandardSchemaV1;
  readonly body?: StandardSchemaV1;
}

/** One answer that a route may give. */
export interface ResponseSpec {
  readonly description?: string;
  /** What its body must be; without, the body is not checked. */
  readonly body?: StandardSchemaV1;
  /** Which headers a handler may set, and what they must be; without, headers are not checked. */
  readonly headers?: Readonly<Record<string, { readonly description?: string; readonly schema?: StandardSchemaV1 }>>;
}

/** Answers by status. */
export interface ResponsesMap {
  readonly [status: number]: ResponseSpec;
}

/** What a schema makes of its input; `Otherwise` where there is no schema. */
export type OutputOf<S, Otherwise> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : Otherwise;

/** Yours to augment: `declare module "entra-gate" { interface AppState { db: Database } }`. */
// biome-ignore lint/suspicious/noEmptyInterface: module augmentation fills it
export interface AppState {}

/** Values that belong to one request. Hooks add to them, and the handler reads them. */
export type State<Caller extends Principal | undefined> = AppState & /** Set by `requestId()`. */ {
  readonly requestId?: string;
} & (undefined extends Caller ? { principal?: Principal } : { principal: Principal });

/** What a handler is given. */
export interface RouteContext<
  P extends string = string,
  Req extends RequestSchemas = RequestSchemas,
  Caller extends Principal | undefined = Principal | undefined,
> {
  /** As it came. Where `request.body` was declared, its body has been read. */
  readonly request: Request;
  /** Path parameters: as the schema made them, else decoded text by name. */
  readonly params: OutputOf<Req["params"], PathParams<P>>;
  /** Query: as the schema made it, else text by name, a list where a name is repeated. */
  readonly query: OutputOf<Req["query"], Readonly<Record<string, string | readonly string[] | undefined>>>;
  /** Headers without credentials: as the schema made them, else text by name in lower case. */
  readonly headers: OutputOf<Req["headers"], Readonly<Record<string, string | undefined>>>;
  /** Body: as the schema made it; `undefined` where none was declared. */
  readonly body: OutputOf<Req["body"], undefined>;
  readonly state: State<Caller>;
  /** Headers for whatever answer goes out, errors too. */
  readonly set: { readonly headers: Headers };
  /** The route's path as it was declared; `undefined` where no route was found. */
  readonly routePath: string | undefined;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
  /** Keeps work alive past the answer. */
  readonly waitUntil: Background;
}

/** What a hook is given. Before `beforeHandle` nothing is validated, and `body` is `undefined`. */
export interface HookContext extends Omit<RouteContext, "params" | "query" | "headers" | "body"> {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/** A handler's answer: plain data that becomes JSON. */
export interface RouteAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler may return: one of the declared answers; any, where none is declared. */
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
