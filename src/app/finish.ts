import { describeCause } from "../cause.ts";
import { addHeaders } from "./answer.ts";
import type { Context } from "./context.ts";
import type { Hooks } from "./hooks.ts";

/**
 * Ends a pipeline: headers that hooks set are added, `onSend` has its turn, and `onResponse` is told.
 *
 * @returns finishes one answer; never rejects
 */
export function finish(
  onSend: readonly NonNullable<Hooks["onSend"]>[],
  onResponse: readonly NonNullable<Hooks["onResponse"]>[],
): (response: Response, context: Context) => Promise<Response> {
  async function send(response: Response, context: Context): Promise<Response> {
    return onSend.length === 0 && context.headersSet === undefined ? response : sendThrough(response, context);
  }

  async function sendThrough(response: Response, context: Context): Promise<Response> {
    // A copy: the headers of what a handler fetched cannot be changed by a hook.
    let sent = addHeaders(response, context.headersSet ?? new Headers());
    for (const hook of onSend) sent = (await hook(sent, context)) ?? sent;
    if (!(sent instanceof Response)) throw new TypeError("onSend must return a Response or nothing");
    return sent;
  }

  function tell(response: Response, context: Context): void {
    const { exchange } = context;
    const told = Promise.all(onResponse.map(async (hook) => hook(response, context)));
    exchange.background(
      told.then(
        () => {},
        (error) => exchange.io.log({ event: "hook-failed", hook: "onResponse", cause: describeCause(error) }),
      ),
    );
  }

  return async (response, context) => {
    const sent = await send(response, context).catch((error) => context.exchange.fail(error));
    if (onResponse.length > 0) tell(sent, context);
    // Hooks may have changed the headers of any answer.
    context.exchange.privateAnswer = undefined;
    return sent;
  };
}
