import { describeCause } from "../cause.ts";
import { HttpError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";

/** Answers what was thrown: an HttpError says what the caller is told, anything else is 500. The log has a line of each. */
export function answerError(error: unknown, exchange: Exchange): Response {
  if (!(error instanceof HttpError)) return exchange.fail(error);
  const { requestId: id } = exchange;
  const { name: reason, status } = error;
  const cause = status >= 500 ? { cause: describeCause(error) } : {};
  exchange.io.log({ event: "refused", id, status, reason, ...cause, ...exchange.describe() });
  return error.toResponse({ requestId: id });
}
