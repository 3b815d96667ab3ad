import { withDeadline } from "../../io.ts";
import type { Access } from "../../policy/requirement.ts";
import { andThen, firstInTurn } from "../../result.ts";
import type { RouteAnswer } from "../contract/types.ts";
import type { Hooks } from "../hooks/hooks.ts";
import { type ContextHandler, checkAnswer, writeAnswer } from "./answer.ts";
import type { RequestContext } from "./context.ts";
import { InternalError, RequestTimeoutError } from "./errors.ts";
import { forHandler } from "./handler-context.ts";
import type { Step } from "./pipeline.ts";

/** Holds an answer to what its route declares. */
export type HoldToContract = (answer: RouteAnswer) => RouteAnswer | Promise<RouteAnswer>;

/** How a handler is run, and what becomes of what it returns. */
export interface Handling {
  readonly handler: ContextHandler;
  readonly afterHandle: readonly NonNullable<Hooks["afterHandle"]>[];
  /** `undefined` has no limit. */
  readonly limitMilliseconds: number | undefined;
  /** Where `responses` are declared. */
  readonly holdToContract: HoldToContract | undefined;
  /** Whether a Response may stand in for a declared answer, which nobody can then check. */
  readonly acceptsResponse: boolean;
}

/** Lets the caller in, or refuses. */
export function guardStep(access: Access): Step {
  return (context) => context.admit(access);
}

/** Gives a hook the request as it came. */
export function onRequestStep(hook: NonNullable<Hooks["onRequest"]>): Step {
  return ({ request }) => andThen(hook(request), () => undefined);
}

/**
 * Runs a hook that may respond.
 *
 * @param isHeld whether only a refusal may pass by the route's contract
 */
export function hookStep(hook: NonNullable<Hooks["preBody"]>, isHeld: boolean): Step {
  return (context) =>
    andThen(hook(forHandler(context)), (early) => {
      if (early === undefined) return undefined;
      if (!(early instanceof Response)) throw new InternalError("a hook must return a Response or nothing");
      if (isHeld && early.status < 400) throw refuseResponse();
      return early;
    });
}

/** Runs the handler, and turns what it returns into the response. */
export function handleStep({ handler, afterHandle, limitMilliseconds, ...contract }: Handling): Step {
  return (context) => {
    const handled = limitMilliseconds === undefined ? handler(context) : inTime(context, handler, limitMilliseconds);
    if (afterHandle.length === 0) return andThen(handled, (result) => respond(result, context, contract));
    return andThen(handled, (result) =>
      andThen(runAfterHandle(afterHandle, result, context), (last) => respond(last, context, contract)),
    );
  };
}

async function inTime(context: RequestContext, handler: ContextHandler, limitMs: number): Promise<unknown> {
  const work = Promise.resolve(handler(context)).then((value) => ({ value }));
  const settled = await withDeadline(context.server.io, limitMs, work);
  if (settled === undefined) throw new RequestTimeoutError(limitMs);
  return settled.value;
}

function runAfterHandle(hooks: Handling["afterHandle"], first: unknown, context: RequestContext): unknown {
  let result = first;
  // A hook may change the headers of what was private before.
  context.privateResponse = undefined;
  const all = firstInTurn(hooks, (hook) =>
    andThen(hook(forHandler(context), result), (replaced) => {
      if (replaced !== undefined) result = replaced;
      return undefined;
    }),
  );
  return andThen(all, () => result);
}

function respond(
  result: unknown,
  context: RequestContext,
  { holdToContract, acceptsResponse }: Pick<Handling, "holdToContract" | "acceptsResponse">,
): Response | Promise<Response> {
  const answer = checkAnswer(result);
  if (answer instanceof Response) {
    if (holdToContract !== undefined && !acceptsResponse) throw refuseResponse();
    return answer;
  }
  if (holdToContract === undefined) return write(answer, context);
  return andThen(holdToContract(answer), (held) => write(held, context));
}

function write(answer: RouteAnswer, context: RequestContext): Response {
  // Headers that are set beside the answer come first: the last step makes them private.
  const isPrivate = context.caller !== undefined && context.headersSet === undefined;
  const response = writeAnswer(answer, isPrivate);
  if (isPrivate) context.privateResponse = response;
  return response;
}

function refuseResponse(): InternalError {
  return new InternalError(
    "a Response cannot be held to declared responses: acknowledgeNoResponseBodySchema allows it",
  );
}
