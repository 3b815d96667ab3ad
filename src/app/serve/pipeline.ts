import { describeCause } from "../../cause.ts";
import { andThen, attempt, firstInTurn } from "../../result.ts";
import type { Hooks } from "../hooks/hooks.ts";
import { addHeaders } from "./answer.ts";
import type { RequestContext } from "./context.ts";
import { forHandler } from "./handler-context.ts";

type MaybePromise<T> = T | Promise<T>;

/** Part of the way through a route. A response ends the way. */
export type Step = (context: RequestContext) => Response | undefined | PromiseLike<Response | undefined>;

/** Answers a request that was sent to a route; never throws, never rejects. */
export type Answer = (context: RequestContext) => MaybePromise<Response>;

type HooksOf<Name extends keyof Hooks> = readonly NonNullable<Hooks[Name]>[];

/** What a pipeline is made of: steps, the last of which responds, and the hooks for what comes out. */
export interface Pipeline {
  readonly steps: readonly Step[];
  readonly onError: HooksOf<"onError">;
  readonly onSend: HooksOf<"onSend">;
  readonly onResponse: HooksOf<"onResponse">;
}

/** Compiles a route. What a route does not have costs nothing, and nothing waits for what is there already. */
export function createPipeline({ steps, onError, onSend, onResponse }: Pipeline): Answer {
  const run = (context: RequestContext) =>
    andThen(
      firstInTurn(steps, (step) => step(context)),
      (response) => {
        if (response === undefined) throw new TypeError("no step of the route responds");
        return response;
      },
    );
  return (context) => {
    const produced = attempt(
      () => run(context),
      (error) => recover(onError, error, context),
    );
    const sent = andThen(produced, (response) =>
      attempt(
        () => send(onSend, response, context),
        (error) => context.answerError(error),
      ),
    );
    return andThen(sent, (response) => tell(onResponse, response, context));
  };
}

function recover(hooks: HooksOf<"onError">, error: unknown, context: RequestContext): MaybePromise<Response> {
  const handled = attempt<Response | undefined>(
    () =>
      firstInTurn(hooks, (hook) =>
        andThen(hook(error, forHandler(context)), (answer) => (answer instanceof Response ? answer : undefined)),
      ),
    (failure) => context.answerError(failure),
  );
  return andThen(handled, (response) => response ?? context.answerError(error));
}

function send(hooks: HooksOf<"onSend">, response: Response, context: RequestContext): MaybePromise<Response> {
  if (hooks.length === 0 && context.headersSet === undefined) return response;
  // Hooks may change the headers of what was private before.
  context.privateResponse = undefined;
  // A copy: the headers of a response that a handler fetched cannot be changed.
  let sent: Response = addHeaders(response, context.headersSet ?? []);
  const all = firstInTurn(hooks, (hook) =>
    andThen(hook(sent, forHandler(context)), (replaced) => {
      sent = replaced ?? sent;
      return undefined;
    }),
  );
  return andThen(all, () => {
    if (!(sent instanceof Response)) throw new TypeError("onSend must return a Response or nothing");
    return sent;
  });
}

function tell(hooks: HooksOf<"onResponse">, response: Response, context: RequestContext): Response {
  if (hooks.length === 0) return response;
  context.privateResponse = undefined;
  const told = Promise.all(hooks.map(async (hook) => hook(response, forHandler(context))));
  const { io } = context.server;
  const complain = (error: unknown) =>
    io.log({ event: "hook_failed", hook: "onResponse", cause: describeCause(error) });
  context.background(told.then(() => {}, complain));
  return response;
}
