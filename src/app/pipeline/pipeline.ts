import { describeCause } from "../../base/common/cause.ts";
import { withDeadline } from "../../base/common/io.ts";
import { andThen, isPromised } from "../../base/common/result.ts";
import { runtime } from "../../base/common/runtime.ts";
import { makePrivate, OutgoingResponse } from "../../base/http/outgoing-response.ts";
import type { Access } from "../../core/policy/rule.ts";
import { InternalError, RequestTimeoutError } from "../errors/errors.ts";
import { type CorsHandler, findCors, type Hooks, type HooksOf, pickHooks } from "../types/hooks.ts";
import type { RouteContext, RouteResult } from "../types/types.ts";
import { type AdmittedContext, type ForwardTerms, type RequestContext, type Respond, viewOf } from "./context.ts";

/** The handler of a definition. */
export type Handler = (context: RouteContext) => RouteResult | Response | Promise<RouteResult | Response>;

/** The result of a handler. A `Response` is one of the app. */
type Handled = RouteResult | Response | OutgoingResponse;

/** The handler in a pipeline. */
export type ContextHandler = (context: AdmittedContext) => Handled | PromiseLike<Handled>;

/** Checks a response against the definition of its route. */
export type HoldToContract = (result: RouteResult) => RouteResult | Promise<RouteResult>;

/** Reads, and may replace, the response of a handler. */
export type ReadResponse = (response: OutgoingResponse) => OutgoingResponse | Promise<OutgoingResponse>;

/**
 * The step of a part around a handler. It returns a refusal, which ends the route, or a function that gets the response
 * of the handler before hooks of the app do.
 */
export type PartStep = (context: AdmittedContext) => Prepared | Promise<Prepared>;

type Prepared = OutgoingResponse | ReadResponse;

/** The bundles of a route. */
interface Layers {
  /** Hooks of the app, its groups and plugins, the outermost first. */
  readonly around: readonly Hooks[];
  /** Hooks of the route itself. */
  readonly own: readonly Hooks[];
}

/** What a route is compiled from. */
export interface RouteInput extends Layers {
  readonly access: Access;
  /** Validates the request, if the route declares schemas. */
  readonly validate: ((context: RequestContext) => undefined | PromiseLike<undefined>) | undefined;
  /** Of a part, around the handler. */
  readonly step?: PartStep | undefined;
  readonly handler: ContextHandler;
  /** Present if `responses` are declared. */
  readonly holdToContract: HoldToContract | undefined;
  /** Whether the handler may return a Response, which cannot be checked. */
  readonly acceptsResponse: boolean;
}

/** The input for a fallback, which has no definition. */
export const withoutContract = {
  own: [],
  validate: undefined,
  holdToContract: undefined,
  acceptsResponse: true,
} as const;

/** The hooks of a route in the order in which they run, and the other members of its bundles. */
export interface HookOrder {
  readonly onRequest: HooksOf<"onRequest">;
  /** Hooks `preBody` that run before the guard. */
  readonly beforeGuard: HooksOf<"preBody">;
  /** Hooks `preBody` that run after the guard. */
  readonly afterGuard: HooksOf<"preBody">;
  readonly beforeHandle: HooksOf<"beforeHandle">;
  readonly afterHandle: HooksOf<"afterHandle">;
  readonly onError: HooksOf<"onError">;
  readonly onSend: HooksOf<"onSend">;
  readonly onResponse: HooksOf<"onResponse">;
  /** The shortest time limit of the handler, in milliseconds. */
  readonly limitMilliseconds: number | undefined;
  /** The outermost CORS policy. */
  readonly cors: CorsHandler | undefined;
}

/** A route in the form in which requests use it. */
interface Compiled {
  readonly respond: Respond;
  readonly hooks: HookOrder;
  readonly cors: CorsHandler | undefined;
}

/** Runs the handler of a route, which gets only a view of the request. */
export function runHandler(handler: Handler): ContextHandler {
  return (context) => handler(viewOf(context) as RouteContext);
}

/** Forwards to the origin. */
export function forwardAs(terms: ForwardTerms): ContextHandler {
  return (context) => context.services.forward(context, terms);
}

/**
 * Compiles a route without hooks, for a bundle without an App: the guard, which checks the token's time last, and the
 * handler.
 */
export function compileBare(access: Access, handler: ContextHandler): Respond {
  return async (context) => {
    try {
      const refusal = await context.admit(access);
      if (refusal !== undefined) return refusal;
      checkAdmitted(context);
      return writeResult(checkResult(await handler(context)), context);
    } catch (error) {
      return context.answerError(error);
    }
  };
}

/**
 * Compiles a route. A feature that it does not use costs nothing, and a request waits only for promises.
 *
 * Behind the guard, hooks and the body may take long. So the caller is checked again before each hook that may answer,
 * and before the handler.
 */
export function compileRoute(input: RouteInput): Compiled {
  const { access, validate, step, handler, holdToContract, acceptsResponse } = input;
  const hooks = orderHooks(input, access);
  const { onRequest, beforeGuard, afterGuard, beforeHandle, afterHandle, limitMilliseconds } = hooks;
  const { onError, onSend, onResponse, cors } = hooks;
  const isHeld = holdToContract !== undefined && !acceptsResponse;
  /** Whether anything happens after the guard, which checks the token's time last, and before the handler. */
  const mayBeLate = afterGuard.length + beforeHandle.length > 0 || validate !== undefined || step !== undefined;

  async function respond(context: RequestContext): Promise<OutgoingResponse> {
    let response: OutgoingResponse | undefined;
    try {
      for (const hook of onRequest) await hook(context.request);
      for (const hook of beforeGuard) response ??= readEarly(await hook(viewOf(context)), isHeld);
      response ??= await context.admit(access);
      for (const hook of afterGuard) {
        response ??= await context.refuseLate();
        response ??= readEarly(await hook(viewOf(context)), isHeld);
      }
      if (response === undefined && validate !== undefined) await validate(context);
      for (const hook of beforeHandle) {
        response ??= await context.refuseLate();
        response ??= readEarly(await hook(viewOf(context)), isHeld);
      }
      if (response === undefined) {
        checkAdmitted(context);
        const prepared = step && ((await step(context)) as Prepared);
        if (prepared instanceof OutgoingResponse) response = prepared;
        else if (mayBeLate) response = await context.refuseLate();
        if (response === undefined) {
          const handling =
            step === undefined ? handler(context) : handleFor(prepared as ReadResponse, handler, context);
          let handled: unknown = await (limitMilliseconds === undefined
            ? handling
            : inTime(context, limitMilliseconds, handling));
          for (const hook of afterHandle) {
            const replaced = await showResult(handled, (shown) => hook(viewOf(context), shown));
            if (replaced !== undefined) handled = replaced;
          }
          const result = checkResult(handled);
          const isData = !(result instanceof OutgoingResponse);
          if (isHeld && !isData) throw refuseResponse();
          const held = isData && holdToContract !== undefined ? await holdToContract(result) : result;
          response = writeResult(held as typeof result, context);
        }
      }
    } catch (error) {
      response = await recover(onError, error, context);
    }
    try {
      if (context.headersSet !== undefined) response.add(context.headersSet);
      for (const hook of onSend) {
        response = await response.change(hook, (changed) => hook(changed, viewOf(context)));
      }
    } catch (error) {
      response = context.answerError(error);
    }
    if (onResponse.length > 0) tell(onResponse, response, context);
    if (cors === undefined) return response;
    return response.change(cors, (changed) => cors(context.request, changed));
  }

  return { respond, hooks, cors };
}

/**
 * Orders the hooks of a route. The guard is among the `preBody` hooks: at the first requirement, before the hooks of
 * its own bundle. The default requirement is checked after the surrounding hooks and before the route's own. A public
 * route has the guard at the start.
 */
function orderHooks({ around, own }: Layers, access: Access): HookOrder {
  const layers = [...around, ...own];
  const first = layers.findIndex(({ requirement }) => requirement !== undefined);
  const position = access.kind === "public" ? 0 : first === -1 ? around.length : first;
  const limits = layers.flatMap(({ handlerMilliseconds }) => handlerMilliseconds ?? []);
  return Object.freeze({
    onRequest: pickHooks(layers, "onRequest"),
    beforeGuard: pickHooks(layers.slice(0, position), "preBody"),
    afterGuard: pickHooks(layers.slice(position), "preBody"),
    beforeHandle: pickHooks(layers, "beforeHandle"),
    afterHandle: pickHooks(layers, "afterHandle"),
    onError: pickHooks(layers, "onError"),
    onSend: pickHooks(layers, "onSend"),
    onResponse: pickHooks(layers, "onResponse"),
    limitMilliseconds: limits.length > 0 ? Math.min(...limits) : undefined,
    cors: findCors(layers),
  });
}

/**
 * Reads what a hook returned.
 *
 * @param isHeld whether the hook may only return refusals, because the route declares its responses
 * @returns the response that ends the route, if the hook returned one
 */
function readEarly(early: unknown, isHeld: boolean): OutgoingResponse | undefined {
  if (early === undefined) return undefined;
  if (!(early instanceof Response)) throw new InternalError("a hook must return a Response or nothing");
  if (isHeld && early.status < 400) throw refuseResponse();
  return OutgoingResponse.ofApp(early);
}

/** @throws TypeError if the guard has not admitted the request */
function checkAdmitted(context: RequestContext): asserts context is AdmittedContext {
  if (context.admission === undefined) throw new TypeError("the guard has not admitted the request");
}

/** Runs a handler, and passes its response to a part. Refusals of the gate stay as they are. */
function handleFor(
  read: ReadResponse,
  handler: ContextHandler,
  context: AdmittedContext,
): Handled | PromiseLike<Handled> {
  return andThen<Handled, Handled>(handler(context), (returned) => {
    if (context.refused !== undefined) return returned;
    const result = checkResult(returned);
    if (!(result instanceof OutgoingResponse)) throw new TypeError("the handler must return a Response");
    return read(result);
  });
}

/** @throws RequestTimeoutError if the handler is late */
async function inTime(
  { services }: RequestContext,
  limitMs: number,
  handling: Handled | PromiseLike<Handled>,
): Promise<Handled> {
  const work = Promise.resolve(handling).then((value) => ({ value }));
  const settled = await withDeadline(services.io, limitMs, work);
  if (settled === undefined) throw new RequestTimeoutError(limitMs);
  return settled.value;
}

/**
 * Checks that a handler returned a response.
 *
 * @throws TypeError if it did not
 */
export function checkResult(result: unknown): RouteResult | OutgoingResponse {
  if (result instanceof OutgoingResponse) return result;
  if (result instanceof Response) return OutgoingResponse.ofApp(result);
  if (typeof (result as Partial<RouteResult> | null | undefined)?.status === "number") return result as RouteResult;
  throw new TypeError("a handler must return { status, body?, headers? } or a Response");
}

// A platform copies `Headers` faster than it reads an object.
const json = new Headers({ "content-type": "application/json" });
/** The result of `makePrivate` for {@link json}, so that the common case needs no iteration. */
const privateJson = new Headers({
  "content-type": "application/json",
  "cache-control": "no-store",
  vary: "Authorization",
});

/** Converts the result of a handler to the response. Data becomes JSON. */
export function writeResult(
  result: RouteResult | OutgoingResponse,
  { caller, headersSet }: Pick<RequestContext, "caller" | "headersSet">,
): OutgoingResponse {
  if (result instanceof OutgoingResponse) return result;
  const { status, headers: own, body: value } = result;
  // If hooks have set headers, the last step makes the response private instead.
  const isPrivate = caller !== undefined && headersSet === undefined;
  const body = value === undefined ? null : JSON.stringify(value);
  if (body === "{}" && isPromised(value)) throw new TypeError("the body of a response is a promise. Await it");
  let headers: Headers;
  if (own === undefined && body !== null) {
    const shared = isPrivate ? privateJson : json;
    headers = runtime.copiesHeaders ? shared : new Headers(shared);
  } else {
    headers = new Headers(own);
    if (body !== null && !headers.has("content-type")) headers.set("content-type", "application/json");
    if (isPrivate) makePrivate(headers, status);
  }
  const response = new Response(body, { status, headers });
  return isPrivate ? OutgoingResponse.privateOfGate(response) : OutgoingResponse.ofGate(response);
}

function showResult(result: unknown, read: (shown: unknown) => unknown): unknown {
  return result instanceof OutgoingResponse ? result.show(read) : read(result);
}

function refuseResponse(): InternalError {
  return new InternalError(
    "declared responses need plain data. To return a Response, set acknowledgeNoResponseBodySchema",
  );
}

/** Runs the hooks for errors. Without a Response of one of them, the error determines the response. */
async function recover(hooks: HooksOf<"onError">, error: unknown, context: RequestContext): Promise<OutgoingResponse> {
  try {
    for (const hook of hooks) {
      const returned = await hook(error, viewOf(context));
      if (returned instanceof Response) return OutgoingResponse.ofApp(returned);
    }
  } catch (failure) {
    return context.answerError(failure);
  }
  return context.answerError(error);
}

function tell(hooks: HooksOf<"onResponse">, response: OutgoingResponse, context: RequestContext): void {
  const told = Promise.all(hooks.map(async (hook) => response.show((shown) => hook(shown, viewOf(context)))));
  const { io } = context.services;
  const complain = (error: unknown) =>
    io.log({ event: "hook_failed", level: "error", hook: "onResponse", cause: describeCause(error) });
  context.background(told.then(() => {}, complain));
}
