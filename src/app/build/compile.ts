import { andThen } from "../../common/result.ts";
import type { Access } from "../../policy/requirement.ts";
import type { Respond, Step } from "../pipeline/context.ts";
import { type Layers, orderHooks } from "../pipeline/hook-order.ts";
import type { RouteAdditions } from "../pipeline/part.ts";
import type { Fallback, Route } from "../pipeline/route.ts";
import { createPipeline, runSteps } from "../pipeline/serve.ts";
import {
  answerStep,
  type ContextHandler,
  guardStep,
  type Handling,
  handleStep,
  hookStep,
  onRequestStep,
} from "../pipeline/steps.ts";

/** What a route is compiled from. */
export interface RouteInput extends Layers, Pick<Handling, "holdToContract" | "acceptsResponse"> {
  readonly access: Access;
  /** Validates the request, if the route declares schemas. */
  readonly validate: Step | undefined;
  readonly handler: ContextHandler;
  /** Creates the last step from the handler. */
  readonly handle?: RouteAdditions["handle"];
}

/** The input for a fallback, which has no definition. */
export const withoutContract = {
  own: [],
  validate: undefined,
  holdToContract: undefined,
  acceptsResponse: true,
} as const;

/** Compiles a route without hooks, for a bundle without an App: the guard, and a handler. */
export function compileBare(access: Access, handler: ContextHandler): Respond {
  const steps = [guardStep(access), answerStep(handler)];
  return (context) => runSteps(steps, context, (error) => context.answerError(error));
}

/** Compiles a route into a list of steps. */
export function compileRoute(input: RouteInput): Fallback & Pick<Route, "hooks"> {
  const { access, validate, handle = handleStep, handler, holdToContract, acceptsResponse } = input;
  const hooks = orderHooks(input, access);
  const { afterHandle, limitMilliseconds, onError, onSend, onResponse, cors } = hooks;
  const isHeld = holdToContract !== undefined && !acceptsResponse;
  const stepsOf = (named: typeof hooks.beforeGuard) => named.map((hook) => hookStep(hook, isHeld));
  const steps = [
    ...hooks.onRequest.map(onRequestStep),
    ...stepsOf(hooks.beforeGuard),
    guardStep(access),
    ...stepsOf(hooks.afterGuard),
    ...(validate === undefined ? [] : [validate]),
    ...stepsOf(hooks.beforeHandle),
    handle({ handler, afterHandle, limitMilliseconds, holdToContract, acceptsResponse }),
  ];
  const respond = createPipeline({ steps, onError, onSend, onResponse });
  if (cors === undefined) return { respond, hooks, cors };
  return {
    respond: (context) =>
      andThen(respond(context), (response) => response.change(cors, (changed) => cors(context.request, changed))),
    hooks,
    cors,
  };
}
