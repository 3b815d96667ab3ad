import { andThen } from "../../common/result.ts";
import { OutgoingResponse } from "../../http/outgoing-response.ts";
import type { AdmittedContext, Step } from "./context.ts";
import { type ContextHandler, checkAdmitted, checkResult, type Handled, type Handling, handleStep } from "./steps.ts";

/** Reads, and may replace, the response of a handler. */
export type ReadResponse = (response: OutgoingResponse) => OutgoingResponse | Promise<OutgoingResponse>;

/**
 * The step of a part around a handler. It returns a refusal, which ends the route, or a function that gets the response of
 * the handler before hooks of the app do.
 */
export type PartStep = (context: AdmittedContext) => Prepared | Promise<Prepared>;

type Prepared = OutgoingResponse | ReadResponse;

/** Runs a step, and then the handler in its terms. */
export function handleAfter(step: PartStep): (handling: Handling) => Step {
  return ({ handler, ...handling }) =>
    (context) => {
      checkAdmitted(context);
      return andThen(step(context), (prepared) =>
        prepared instanceof OutgoingResponse
          ? prepared
          : handleStep({ ...handling, handler: readingHandler(handler, prepared) })(context),
      );
    };
}

/** Passes the response of a handler to a part. Refusals of the gate stay as they are. */
function readingHandler(handler: ContextHandler, read: ReadResponse): ContextHandler {
  return (context) =>
    andThen(handler(context), (returned): Handled | Promise<Handled> => {
      if (context.refused !== undefined) return returned;
      const result = checkResult(returned);
      if (!(result instanceof OutgoingResponse)) throw new TypeError("the handler must return a Response");
      return read(result);
    });
}
