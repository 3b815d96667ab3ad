import type { Background } from "../../common/io.ts";
import type { HookContext } from "../types/types.ts";
import type { RequestContext, RequestValues } from "./context.ts";
import { readHeaderMembers, readQueryMembers } from "./request-members.ts";

/**
 * The object that hooks and handlers get for a request. It has no data of the guard or of the last step. So no change
 * to it can bypass the guard, or make a private response public.
 */
class HandlerContext implements HookContext, RequestValues {
  params: unknown;
  readonly #context: RequestContext;
  #query: unknown = undefined;
  #headers: unknown = undefined;

  constructor(context: RequestContext) {
    this.#context = context;
    this.params = context.params;
  }

  /** See {@link requestContextOf}. */
  static reveal(context: HookContext): RequestContext | undefined {
    return #context in context ? context.#context : undefined;
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
    return this.#context.state;
  }

  get set(): HookContext["set"] {
    return this.#context.set;
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
export function forHook(context: RequestContext): HookContext & RequestValues {
  context.handed ??= new HandlerContext(context);
  return context.handed;
}

/**
 * Returns the request behind the argument of a hook.
 *
 * @throws TypeError if the hook runs in another framework
 */
export function requestContextOf(context: HookContext): RequestContext {
  const revealed = HandlerContext.reveal(context);
  if (revealed === undefined) throw new TypeError("this hook requires an App of entra-gate");
  return revealed;
}
