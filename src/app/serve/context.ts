import { describeCause } from "../../cause.ts";
import type { Denial, Reason } from "../../denial.ts";
import type { DownstreamCaller } from "../../guard/downstream.ts";
import type { Guard, GuardedCall } from "../../guard/guard.ts";
import { recordRefusal, refuse, refuseException } from "../../guard/refusal-writer.ts";
import type { GateSetup } from "../../guard/setup.ts";
import { readTarget } from "../../http/call.ts";
import type { Background, Io } from "../../io.ts";
import type { Access } from "../../policy/requirement.ts";
import { andThen } from "../../result.ts";
import type { Caller } from "../../token/authenticator.ts";
import type { Principal } from "../../token/principal.ts";
import type { HookContext } from "../contract/types.ts";
import { HttpError } from "./errors.ts";
import { readHeaderMembers, readQueryMembers } from "./request-members.ts";

/** What a route says of how it is forwarded. */
export interface ForwardTerms {
  /** Of the token that the origin gets in place of the caller's; `undefined` where the route names none. */
  readonly onBehalfOfScopes?: readonly string[] | undefined;
  /** Whether its WebSockets are closed when the caller's token expires. */
  readonly closesWebSocketAtExpiry?: boolean;
}

/**
 * Forwards a request that was let in to the origin.
 *
 * @returns the origin's response, or the refusal; never rejects
 */
export type Forward = (context: RequestContext, terms: ForwardTerms) => Response | Promise<Response>;

/** Who serves a request: the same for all requests of one gate, or of one app that serves itself. */
export interface Server {
  readonly io: Io;
  readonly guard: Guard;
  readonly forward: Forward;
  /** Removes the headers of a request that the origin is not sent. Where nothing is forwarded, it does nothing. */
  readonly stripHeaders: (headers: Headers) => void;
  /** Whether the health page is served: it answers under any address. */
  readonly servesHealth: boolean;
}

/** Part of the way through a route. A response ends the way. */
export type Step = (context: RequestContext) => Response | undefined | PromiseLike<Response | undefined>;

/** Answers a request that was sent to a route; never throws, never rejects. */
export type Answer = (context: RequestContext) => Response | Promise<Response>;

const noParams: Readonly<Record<string, string>> = Object.freeze({});

/**
 * One request in a gate or in an app that serves itself: what the guard decides by, and what becomes of the request. Hooks and
 * handlers never get it, see `HandlerContext`.
 */
export class RequestContext implements GuardedCall, DownstreamCaller {
  /** As it came; with a new body where the body was read to be validated. */
  request: Request;
  readonly env: unknown;
  readonly background: Background;
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly fault: Denial | undefined;
  route: string | undefined = undefined;
  routePath: string | undefined = undefined;
  mode: GuardedCall["mode"] = undefined;
  ownsAccessTokenParameter = false;
  caller: Caller | undefined = undefined;
  admitted: Caller | undefined = undefined;
  /** Why policy would have refused, where report mode let the request through. */
  reported: Reason | undefined = undefined;
  /** Why the request was refused, last. */
  denial: Denial | undefined = undefined;
  params: unknown = noParams;
  body: unknown = undefined;
  /** Gives back what the body takes of the isolate's memory, where an origin is sent it: once there is a response. */
  releaseBody: (() => void) | undefined = undefined;
  readonly server: Server;
  readonly setup: GateSetup;
  /** Of the app, for `state`. */
  decorations: object | undefined = undefined;
  /** What hooks and the handler get in place of this, once one of them has run: see `forHandler`. */
  handed: HookContext | undefined = undefined;
  /** The response that no shared cache stores, whatever happens to it. */
  privateResponse: Response | undefined = undefined;
  #state: HookContext["state"] | undefined = undefined;
  #query: unknown = undefined;
  #headers: unknown = undefined;
  #set: { readonly headers: Headers } | undefined = undefined;
  #id: string | undefined = undefined;

  constructor(server: Server, setup: GateSetup, request: Request, env: unknown, background: Background) {
    const { access, path: healthPath } = setup.health;
    const probePath = server.servesHealth && access !== "off" ? healthPath : undefined;
    const { method, url, path, fault } = readTarget(request, setup.addresses, probePath);
    this.server = server;
    this.setup = setup;
    this.request = request;
    this.env = env;
    this.background = background;
    this.method = method;
    this.url = url;
    this.path = path;
    this.fault = fault;
  }

  /** Who calls, once the guard has let the caller in. */
  get principal(): Principal | undefined {
    return this.caller?.principal;
  }

  /** Names this request in the log and in a problem's `instance`. */
  get requestId(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  get state(): HookContext["state"] {
    this.#state ??= { ...this.decorations, ...this.#describeCaller() } as HookContext["state"];
    return this.#state;
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

  get set(): { readonly headers: Headers } {
    this.#set ??= { headers: new Headers() };
    return this.#set;
  }

  /** Headers for the response, where anybody set some. */
  get headersSet(): Headers | undefined {
    return this.#set?.headers;
  }

  /** Asks the guard. @returns the refusal, or `undefined` where the caller is in */
  admit(access: Access): Response | undefined | Promise<Response | undefined> {
    return andThen(this.server.guard(this, this.setup, access), (result) => {
      if (!result.ok) return this.refuse(result.error);
      this.reported = result.value.reported;
      if (this.#state !== undefined) Object.assign(this.#state, this.#describeCaller());
      return undefined;
    });
  }

  /** Refuses the request: the caller gets the class of the denial, the log its exact reason. */
  refuse(denial: Denial): Response {
    this.denial = denial;
    const response = refuse(this.setup, denial, this, this.requestId);
    this.privateResponse = response;
    return response;
  }

  /** Answers what was thrown: an HttpError says what the caller is told, anything else is 500. */
  answerError(error: unknown): Response {
    if (!(error instanceof HttpError)) return refuseException(this.setup, error, this, this.requestId);
    recordRefusal(this.setup.record, describeHttpError(error), this, error.status, this.requestId);
    return error.toResponse({ requestId: this.requestId });
  }

  #describeCaller(): object {
    const { principal } = this;
    return { ...(principal && { principal }), ...this.setup.downstream?.stateOf(this) };
  }
}

/** The reason is the error's name in snake_case. From status 500 on, only the log has the message. */
function describeHttpError(error: HttpError): { readonly reason: string } {
  const reason = error.name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  return { reason, ...(error.status >= 500 && { cause: describeCause(error) }) };
}
