import type { Requirement } from "../policy/requirement.ts";
import { addHeaders, type Handler, writeAnswer } from "./answer.ts";
import { Context } from "./context.ts";
import { answerError } from "./error-answer.ts";
import type { Exchange } from "./exchange.ts";
import { afterGuard } from "./forwarding.ts";
import type { AnswerExchange } from "./route.ts";

/**
 * Compiles the way through a route that has a handler and at most one guard: nothing is waited for that is there already.
 *
 * @param guarded whether the caller must be let in, and by which requirement; `undefined` is the default one
 */
export function createPlainAnswer(
  handler: Handler,
  path: string,
  guarded: { readonly requirement: Requirement | undefined } | undefined,
): AnswerExchange {
  function handle(exchange: Exchange): Response | Promise<Response> {
    const context = new Context(exchange, path, undefined);
    try {
      const answer = handler(context as never);
      return answer instanceof Promise
        ? answer.then((settled) => write(settled, context)).catch((error) => recover(error, context))
        : write(answer, context);
    } catch (error) {
      return recover(error, context);
    }
  }
  return (exchange) => afterGuard(exchange, guarded, handle);
}

function write(answer: Awaited<ReturnType<Handler>>, context: Context): Response {
  const { exchange, headersSet } = context;
  return headersSet === undefined ? writeAnswer(answer, exchange) : addHeaders(writeAnswer(answer), headersSet);
}

function recover(error: unknown, { exchange, headersSet }: Context): Response {
  const response = answerError(error, exchange);
  return headersSet === undefined ? response : addHeaders(response, headersSet);
}
