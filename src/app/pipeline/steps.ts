import { withDeadline } from "../../common/io.ts";
import { isObject } from "../../common/objects.ts";
import { andThen, firstInTurn, isPromised } from "../../common/result.ts";
import { copyHeaders } from "../../common/runtime.ts";
import { OutgoingResponse } from "../../http/outgoing-response.ts";
import { makePrivate } from "../../http/private-response.ts";
import type { Access } from "../../policy/requirement.ts";
import { InternalError, RequestTimeoutError } from "../errors/errors.ts";
import type { Hooks } from "../types/hooks.ts";
import type { RouteContext, RouteResult } from "../types/types.ts";
import type { AdmittedContext, ForwardTerms, RequestContext, Step } from "./context.ts";
import { forHook } from "./handler-context.ts";

/** Checks a response against the definition of its route. */
export type HoldToContract = (result: RouteResult) => RouteResult | Promise<RouteResult>;

/** Checks the result of a handler, and returns it or what replaces it. */
type Hold = (result: RouteResult | OutgoingResponse) => MaybePromise<RouteResult | OutgoingResponse>;

type MaybePromise<T> = T | Promise<T>;

/** How a handler runs, and how its result is processed. */
export interface Handling {
  readonly handler: ContextHandler;
  readonly afterHandle: readonly NonNullable<Hooks["afterHandle"]>[];
  /** `undefined` means no limit. */
  readonly limitMilliseconds: number | undefined;
  /** Present if `responses` are declared. */
  readonly holdToContract: HoldToContract | undefined;
  /** Whether the handler may return a Response, which cannot be checked. */
  readonly acceptsResponse: boolean;
}

/** Runs the handler of a route, which gets only a view of the request. */
export function runHandler(handler: Handler): ContextHandler {
  return (context) => handler(forHook(context) as RouteContext);
}

/** Forwards to the origin. */
export function forwardAs(terms: ForwardTerms): ContextHandler {
  return (context) => context.services.forward(context, terms);
}

/** Admits or refuses the caller. */
export function guardStep(access: Access): Step {
  return (context) => context.admit(access);
}

/** Runs a hook with the request as received. */
export function onRequestStep(hook: NonNullable<Hooks["onRequest"]>): Step {
  return ({ request }) => andThen(hook(request), () => undefined);
}

/**
 * Runs a hook that may return a response.
 *
 * @param isHeld whether the hook may only return refusals, because the route declares its responses
 */
export function hookStep(hook: NonNullable<Hooks["preBody"]>, isHeld: boolean): Step {
  return (context) =>
    andThen(hook(forHook(context)), (early) => {
      if (early === undefined) return undefined;
      if (!(early instanceof Response)) throw new InternalError("a hook must return a Response or nothing");
      if (isHeld && early.status < 400) throw refuseResponse();
      return OutgoingResponse.ofApp(early);
    });
}

/**
 * Runs a handler and converts its result to the response.
 *
 * @param hold checks the result, if responses are declared
 */
export function answerStep(handler: ContextHandler, hold?: Hold): Step {
  return (context) => {
    checkAdmitted(context);
    const answer = () =>
      andThen(handler(context), (returned) => {
        const result = checkResult(returned);
        return hold === undefined ? write(result, context) : andThen(hold(result), (held) => write(held, context));
      });
    return andThen(context.refuseLate(), (late) => late ?? answer());
  };
}

/** Runs the handler and the hooks `afterHandle`, and holds the result to the contract of the route. */
export function handleStep(handling: Handling): Step {
  const { handler, afterHandle, limitMilliseconds, holdToContract, acceptsResponse } = handling;
  const limited: ContextHandler =
    limitMilliseconds === undefined ? handler : (context) => inTime(context, handler, limitMilliseconds);
  const last: ContextHandler =
    afterHandle.length === 0
      ? limited
      : (context) => andThen(limited(context), (result) => runAfterHandle(afterHandle, result, context));
  if (holdToContract === undefined) return answerStep(last);
  return answerStep(last, (result) => {
    if (!(result instanceof OutgoingResponse)) return holdToContract(result);
    if (!acceptsResponse) throw refuseResponse();
    return result;
  });
}

/** @throws TypeError if the guard has not admitted the request */
export function checkAdmitted(context: RequestContext): asserts context is AdmittedContext {
  if (context.admission === undefined) throw new TypeError("the guard has not admitted the request");
}

async function inTime(context: AdmittedContext, handler: ContextHandler, limitMs: number): Promise<Handled> {
  const work = Promise.resolve(handler(context)).then((value) => ({ value }));
  const settled = await withDeadline(context.services.io, limitMs, work);
  if (settled === undefined) throw new RequestTimeoutError(limitMs);
  return settled.value;
}

function runAfterHandle(
  hooks: Handling["afterHandle"],
  first: Handled,
  context: RequestContext,
): Handled | Promise<Handled> {
  let result = first;
  const all = firstInTurn(hooks, (hook) =>
    andThen(
      showResult(result, (shown) => hook(forHook(context), shown)),
      (replaced) => {
        if (replaced !== undefined) result = replaced as Handled;
        return undefined;
      },
    ),
  );
  return andThen(all, () => result);
}

function showResult(result: unknown, read: (shown: unknown) => unknown): unknown {
  return result instanceof OutgoingResponse ? result.show(read) : read(result);
}

function write(result: RouteResult | OutgoingResponse, context: RequestContext): OutgoingResponse {
  if (result instanceof OutgoingResponse) return result;
  // If hooks have set headers, the last step makes the response private instead.
  const isPrivate = context.caller !== undefined && context.headersSet === undefined;
  const response = writeResult(result, isPrivate);
  return isPrivate ? OutgoingResponse.privateOfGate(response) : OutgoingResponse.ofGate(response);
}

function refuseResponse(): InternalError {
  return new InternalError(
    "declared responses need plain data. To return a Response, set acknowledgeNoResponseBodySchema",
  );
}

/** The handler of a definition. */
export type Handler = (context: RouteContext) => RouteResult | Response | Promise<RouteResult | Response>;

/** The handler in a pipeline. A `Response` is one of the app. */
export type ContextHandler = (context: AdmittedContext) => Handled | PromiseLike<Handled>;

/** The result of a handler. */
export type Handled = RouteResult | Response | OutgoingResponse;

/**
 * Checks that a handler returned a response.
 *
 * @throws TypeError if it did not
 */
export function checkResult(result: unknown): RouteResult | OutgoingResponse {
  if (result instanceof OutgoingResponse) return result;
  if (result instanceof Response) return OutgoingResponse.ofApp(result);
  if (isObject(result) && "status" in result && typeof result.status === "number") {
    return result as RouteResult;
  }
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

/**
 * Writes the result of a handler as JSON.
 *
 * @param authenticated whether the response is for one caller and must not be shared
 */
export function writeResult(result: RouteResult, authenticated: boolean): Response {
  const body = result.body === undefined ? null : JSON.stringify(result.body);
  if (body === "{}" && isPromised(result.body)) throw new TypeError("the body of a response is a promise. Await it");
  return new Response(body, { status: result.status, headers: chooseHeaders(result, body, authenticated) });
}

function chooseHeaders({ status, headers: own }: RouteResult, body: string | null, isPrivate: boolean): Headers {
  if (own === undefined && body !== null) return copyHeaders(isPrivate ? privateJson : json);
  const headers = new Headers(own);
  if (body !== null && !headers.has("content-type")) headers.set("content-type", "application/json");
  if (isPrivate) makePrivate(headers, status);
  return headers;
}
