import type { Background } from "../../io.ts";
import type { HookContext } from "../contract/types.ts";
import type { RequestContext } from "./context.ts";

/**
 * What hooks and handlers get of a request. It has nothing that the guard decides by, nor anything that the last step looks
 * at: whatever a hook assigns to it, the guard is not skipped, and the response to one caller stays private.
 */
class HandlerContext implements HookContext {
  readonly #context: RequestContext;

  constructor(context: RequestContext) {
    this.#context = context;
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
    return this.#context.routePath;
  }

  get state(): HookContext["state"] {
    return this.#context.state;
  }

  get set(): HookContext["set"] {
    return this.#context.set;
  }

  get params(): unknown {
    return this.#context.params;
  }

  set params(value: unknown) {
    this.#context.params = value;
  }

  get query(): unknown {
    return this.#context.query;
  }

  set query(value: unknown) {
    this.#context.query = value;
  }

  get headers(): unknown {
    return this.#context.headers;
  }

  set headers(value: unknown) {
    this.#context.headers = value;
  }

  get body(): unknown {
    return this.#context.body;
  }

  set body(value: unknown) {
    this.#context.body = value;
  }
}

/** What the hooks and the handler of a request get, the same object each. */
export function forHandler(context: RequestContext): HookContext {
  context.handed ??= new HandlerContext(context);
  return context.handed;
}

/**
 * The request behind what a hook was given.
 *
 * @throws TypeError where the hook runs in another framework
 */
export function requestContextOf(context: HookContext): RequestContext {
  const revealed = HandlerContext.reveal(context);
  if (revealed === undefined) throw new TypeError("this hook requires an App of entra-gate");
  return revealed;
}
