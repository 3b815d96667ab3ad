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
    try {
      const context = new Context(exchange, path, undefined);
      const answer = handler(context as never);
      return answer instanceof Promise
        ? answer.then((settled) => write(settled, context)).catch((error) => answerError(error, exchange))
        : write(answer, context);
    } catch (error) {
      return answerError(error, exchange);
    }
  }
  return (exchange) => afterGuard(exchange, guarded, handle);
}

function write(answer: Awaited<ReturnType<Handler>>, { exchange, headersSet }: Context): Response {
  const response = writeAnswer(answer, exchange.principal !== undefined);
  return headersSet === undefined ? response : addHeaders(response, headersSet);
}
