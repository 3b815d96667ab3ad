import type { Denial } from "../../base/common/denial.ts";
import type { Background, Io } from "../../base/common/io.ts";
import { andThen } from "../../base/common/result.ts";
import {
  backgroundOf,
  type Call,
  type CalledRoute,
  type CallTrace,
  type PlatformContext,
  type RequestTarget,
  readTarget,
} from "../../base/http/call.ts";
import { addMember, type Members } from "../../base/http/members.ts";
import { OutgoingResponse } from "../../base/http/outgoing-response.ts";
import { readQuery } from "../../base/http/path.ts";
import { parseQuery } from "../../base/http/query.ts";
import { readBodies } from "../../base/http/read-bodies.ts";
import type { TokenCaller } from "../../core/guard/downstream.ts";
import { describeException } from "../../core/guard/exception.ts";
import { type Admission, type Guard, type Refused, stillHolds } from "../../core/guard/guard.ts";
import { writeRefusal } from "../../core/guard/refusal-writer.ts";
import type { WriteServerTiming } from "../../core/guard/server-timing.ts";
import type { GateSetup } from "../../core/guard/setup.ts";
import type { GuardSpans, Tracer } from "../../core/guard/trace.ts";
import { verifyToken } from "../../core/guard/verify-token.ts";
import type { Access } from "../../core/policy/rule.ts";
import type { Caller } from "../../core/token/caller.ts";
import type { Identity } from "../../core/token/identity.ts";
import { BadRequestError, describeHttpError, HttpError } from "../errors/errors.ts";
import type { HookContext, TokenVerifier } from "../types/types.ts";

/** How a route forwards requests. */
export interface ForwardTerms {
  /** Name of the origin; `undefined` for the one without a name. */
  readonly to?: string | undefined;
  /** Scopes of the token that replaces the caller's; `undefined` if the route has none. */
  readonly onBehalfOfScopes?: readonly string[] | undefined;
  /** Closes its WebSockets when the caller's token expires; `undefined` if they stay open. */
  readonly closeAtExpiry?:
    | ((io: Io, response: Response, endsAtMs: number, isRevoked?: () => Promise<boolean>) => Response)
    | undefined;
}

/**
 * Forwards an admitted request to the origin.
 *
 * @returns the origin's response, or the refusal; never rejects
 */
export type Forward = (context: AdmittedContext, terms: ForwardTerms) => OutgoingResponse | Promise<OutgoingResponse>;

/** The parts that all requests of a gate, or of an app that serves itself, share. */
export interface GateServices {
  readonly io: Io;
  readonly guard: Guard;
  readonly forward: Forward;
  /** Removes headers that the origin must not get. Does nothing if nothing is forwarded. */
  readonly stripHeaders: (headers: Headers) => void;
  /** Whether the health page is served. It is available at every address. */
  readonly servesHealth: boolean;
  /** Used with GATE_SERVER_TIMING; `undefined` in an app without a configuration. */
  readonly writeServerTiming?: WriteServerTiming;
  /** With the option `trace`. */
  readonly tracer?: Tracer | undefined;
  /** With the option `spans`: adds a span to each request. */
  readonly traceServing?: ((serve: ServeContext) => ServeContext) | undefined;
}

/** Serves one request. Never throws or rejects. */
export type ServeContext = (context: RequestContext) => Promise<Response>;

/** The interface of the option `spans` to the gate. */
export interface SpanFactory extends GuardSpans {
  /** The origin. */
  traceForward(forward: Forward): Forward;
  /** The whole request. */
  traceServing(serve: ServeContext): ServeContext;
}

/** Changes a refusal of the gate. Its headers must still keep it out of caches. */
export type ChangeRefusal = (refusal: Response, denial: Denial, context: RequestContext) => Response;

/** Handles a request for a route. */
export type Respond = (context: RequestContext) => Promise<OutgoingResponse>;

/** A request that the guard has admitted. */
export type AdmittedContext = RequestContext & { readonly admission: Admission };

/** The route of a request, or a label in its place. */
interface FoundRoute extends CalledRoute {
  readonly path?: string;
  /** What a part of the app makes of its refusals. */
  readonly changeRefusal?: ChangeRefusal | undefined;
  /** Values of the app for `state`. */
  readonly decorations?: object;
}

/** The body of a request, as far as it was read. */
export interface RequestBody {
  /** For hooks and the handler. */
  readonly value: unknown;
  /** What the origin gets. */
  readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
  /** Releases the memory of a body that is forwarded, after the origin has responded. */
  readonly release?: (() => void) | undefined;
}

/** What hooks may change for later hooks and for the handler. */
export interface RequestValues {
  params: unknown;
  query: unknown;
  headers: unknown;
  body: unknown;
}

/** Before a route is found. */
const noRoute: FoundRoute = { name: undefined };
const noParams: Readonly<Record<string, string>> = Object.freeze({});

/**
 * One request in a gate or in an app that serves itself. It contains the guard's data, so hooks and handlers do not get
 * it, see `viewOf`.
 */
export class RequestContext implements Call, TokenCaller {
  readonly env: unknown;
  readonly platform: PlatformContext | undefined;
  readonly background: Background;
  readonly target: RequestTarget;
  /** Whether the request came with `Authorization`: hooks can change its headers on some platforms. */
  readonly hasCredential: boolean;
  route: FoundRoute = noRoute;
  names: Set<string> | undefined = undefined;
  /** Parameters in the path of the route. */
  params: Readonly<Record<string, string>> = noParams;
  /** Of the guard. Without one, no handler runs. */
  admission: Admission | undefined = undefined;
  /** The last refusal of the request. */
  refused: Refused | undefined = undefined;
  /** Why the gate, a handler or a hook answered with an error, as the log says it. */
  reason: string | undefined = undefined;
  /** `undefined` until it is read. */
  body: RequestBody | undefined = undefined;
  readonly services: GateServices;
  readonly setup: GateSetup;
  readonly trace: CallTrace | undefined;
  /** What the guard was asked last: the access of the route, or what its message requires too. */
  asked: Access | undefined = undefined;
  /** The object that hooks and the handler get, once one of them has run: see `viewOf`. */
  view: (HookContext & RequestValues) | undefined = undefined;
  /** The values of the request, once a hook or the handler has read them. */
  state: HookContext["state"] | undefined = undefined;
  /** Headers for the response, if any were set. */
  headersSet: Headers | undefined = undefined;
  #id: string | undefined = undefined;
  #request: Request;

  constructor(
    services: GateServices,
    setup: GateSetup,
    request: Request,
    env: unknown,
    platform: PlatformContext | undefined,
  ) {
    const { access, path: healthPath } = setup.health;
    const isProbed = access === "public" || (access === "guarded" && setup.tlsProxy === undefined);
    const probePath = services.servesHealth && isProbed ? healthPath : undefined;
    this.services = services;
    this.setup = setup;
    this.#request = request;
    this.env = env;
    this.platform = platform;
    this.background = backgroundOf(platform);
    this.target = readTarget(request, setup, probePath);
    this.hasCredential = request.headers.has("authorization");
    this.trace = services.tracer?.traceOf(request);
  }

  /** The request as received. If its body was read, it is a new one, which most handlers never ask for. */
  get request(): Request {
    const bytes = this.body?.bytes;
    if (bytes !== undefined && !readBodies.has(this.#request)) {
      this.#request = new Request(this.#request, { body: bytes });
      readBodies.set(this.#request, bytes);
    }
    return this.#request;
  }

  set request(request: Request) {
    this.#request = request;
  }

  /** The caller, after the guard has verified its token, even if it was refused. */
  get caller(): Caller | undefined {
    return this.refused?.caller ?? this.admission?.caller;
  }

  /** The admitted caller. */
  get identity(): Identity | undefined {
    return this.admission?.caller?.identity;
  }

  /** ID of this request in the log and in the `instance` of problem details. */
  get requestId(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  /** Asks the guard. @returns the refusal, or `undefined` if the caller is admitted */
  admit(access: Access): OutgoingResponse | undefined | Promise<OutgoingResponse | undefined> {
    this.asked = access;
    return andThen(this.services.guard(this, this.setup, access, this.admission), (found) => {
      if (found.denial !== undefined) return this.refuse(found.denial, found.caller);
      this.admission = found;
      if (this.state !== undefined) Object.assign(this.state, this.describeCaller());
      return undefined;
    });
  }

  /**
   * Refuses the request. The caller gets the class of the denial, and the log the exact reason. Hooks that run after it
   * see no caller, also if the guard had admitted one before.
   */
  refuse(denial: Denial, caller: Caller | undefined = this.caller): OutgoingResponse {
    this.refused = { denial, caller };
    this.admission = undefined;
    if (this.state !== undefined) delete this.state.principal;
    this.reason = denial.reason;
    const refusal = writeRefusal(this.setup, this.refused, this, this.asked, this.requestId);
    return OutgoingResponse.privateOfGate(this.route.changeRefusal?.(refusal, denial, this) ?? refusal);
  }

  /**
   * Refuses the caller if its token has expired since the guard admitted it, or was revoked: hooks and the body may
   * have taken long. A promise only if the guard is asked again and has to wait.
   */
  refuseLate(): OutgoingResponse | undefined | Promise<OutgoingResponse | undefined> {
    const { admission, asked } = this;
    if (admission === undefined || stillHolds(admission, this.services.io.now())) return undefined;
    return this.admit(asked!);
  }

  /** Responds to an exception: an HttpError determines the response, and any other exception gets 500. */
  answerError(error: unknown): OutgoingResponse {
    const { setup, caller, requestId } = this;
    if (!(error instanceof HttpError)) {
      const refused = { denial: describeException(error), caller };
      this.reason = refused.denial.reason;
      return OutgoingResponse.privateOfGate(writeRefusal(setup, refused, this, undefined, requestId));
    }
    const { status } = error;
    const denial = describeHttpError(error);
    this.reason = denial.reason;
    const level = status >= 500 ? "error" : "info";
    setup.record({ event: "refused", level, denial, caller, call: this, status, id: requestId });
    // A class of the app may have its own `toResponse`.
    return OutgoingResponse.ofApp(error.toResponse({ requestId }));
  }

  /** What `state` has of an admitted caller. */
  describeCaller(): object {
    const caller = this.admission?.caller;
    return { ...(caller && { principal: caller.principal }), ...this.setup.downstream?.stateOf(this) };
  }
}

/**
 * The object that hooks and handlers get for a request. It has no data of the guard or of the last step. So no change
 * to it can bypass the guard, or make a private response public.
 */
class RequestView implements HookContext, RequestValues {
  params: unknown;
  readonly #context: RequestContext;
  #query: unknown = undefined;
  #headers: unknown = undefined;
  #set: HookContext["set"] | undefined = undefined;

  constructor(context: RequestContext) {
    this.#context = context;
    this.params = context.params;
  }

  /** See {@link requestContextOf}. */
  static reveal(view: HookContext): RequestContext | undefined {
    return #context in view ? view.#context : undefined;
  }

  get request(): Request {
    return this.#context.request;
  }

  get env(): unknown {
    return this.#context.env;
  }

  get waitUntil(): Background {
    return this.#context.background;
  }

  get routePath(): string | undefined {
    return this.#context.route.path;
  }

  get state(): HookContext["state"] {
    const context = this.#context;
    if (context.state === undefined) {
      const { route, trace } = context;
      const traced = trace && { trace: trace.headers };
      const state = Object.assign(new RequestState(context), route.decorations, traced, context.describeCaller());
      context.state = state as object as HookContext["state"];
    }
    return context.state;
  }

  get set(): HookContext["set"] {
    const context = this.#context;
    context.headersSet ??= new Headers();
    this.#set ??= { headers: context.headersSet };
    return this.#set;
  }

  get query(): unknown {
    this.#query ??= readQueryMembers(this.request.url);
    return this.#query;
  }

  set query(value: unknown) {
    this.#query = value;
  }

  get headers(): unknown {
    this.#headers ??= readHeaderMembers(this.request.headers);
    return this.#headers;
  }

  set headers(value: unknown) {
    this.#headers = value;
  }

  get body(): unknown {
    return this.#context.body?.value;
  }

  set body(value: unknown) {
    this.#context.body = { ...this.#context.body, value };
  }
}

/** Returns the object for the hooks of a request. It is the same for all of them. */
export function viewOf(context: RequestContext): HookContext & RequestValues {
  context.view ??= new RequestView(context);
  return context.view;
}

/**
 * Returns the request behind the argument of a hook.
 *
 * @throws TypeError if the hook runs in another framework
 */
export function requestContextOf(view: HookContext): RequestContext {
  const revealed = RequestView.reveal(view);
  if (revealed === undefined) throw new TypeError("this hook requires an App of entra-gate");
  return revealed;
}

/**
 * The values of one request. Hooks, decorations and the guard add members to an instance, which replace these getters.
 */
class RequestState {
  readonly #context: RequestContext;

  constructor(context: RequestContext) {
    this.#context = context;
  }

  get verifier(): TokenVerifier {
    const { services, setup, background } = this.#context;
    return { verify: (token) => verifyToken(token, { guard: services.guard, setup, background }) };
  }

  set verifier(value: unknown) {
    replace(this, "verifier", value);
  }

  get downstream(): never {
    throw missing("downstream");
  }

  set downstream(value: unknown) {
    replace(this, "downstream", value);
  }

  get downstreamFetch(): never {
    throw missing("downstreamFetch");
  }

  set downstreamFetch(value: unknown) {
    replace(this, "downstreamFetch", value);
  }
}

function replace(state: RequestState, name: string, value: unknown): void {
  Object.defineProperty(state, name, { value, configurable: true, enumerable: true, writable: true });
}

function missing(name: string): TypeError {
  return new TypeError(
    `state.${name} requires the option downstream: downstream(), of createGate or createEntraPlugin`,
  );
}

/** Only the guard reads credentials, because a validator could quote them in its message. */
const credentialNames = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Returns the query parameters by name. @throws BadRequestError if the query is malformed */
export function readQueryMembers(url: string): Members {
  const query = parseQuery(readQuery(url));
  if (query === undefined) throw new BadRequestError("Invalid query");
  return query;
}

/** Returns the headers by name, without credentials. */
export function readHeaderMembers(headers: Headers): Members {
  const members: Members = {};
  for (const [name, value] of headers) {
    if (!credentialNames.has(name)) addMember(members, name, value);
  }
  return members;
}
