import type { Background } from "../../common/io.ts";
import { verifyToken } from "../../guard/verify-token.ts";
import { addMember, type Members } from "../../http/members.ts";
import { readQuery } from "../../http/path.ts";
import { parseQuery } from "../../http/query.ts";
import { BadRequestError } from "../errors/errors.ts";
import type { HookContext, TokenVerifier } from "../types/types.ts";
import type { RequestContext, RequestValues } from "./context.ts";

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
