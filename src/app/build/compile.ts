import { andThen } from "../../common/result.ts";
import type { Access } from "../../policy/requirement.ts";
import type { Step } from "../pipeline/context.ts";
import type { Fallback } from "../pipeline/route.ts";
import { createPipeline } from "../pipeline/serve.ts";
import {
  type ContextHandler,
  guardStep,
  type Handling,
  handleStep,
  hookStep,
  onRequestStep,
} from "../pipeline/steps.ts";
import { findCors, type Hooks, pickHooks } from "../types/hooks.ts";

/** What a route is compiled from. */
export interface RouteInput extends Pick<Handling, "holdToContract" | "acceptsResponse"> {
  /** Hooks of the app, its groups and plugins, the outermost first. */
  readonly around: readonly Hooks[];
  /** Hooks of the route itself. */
  readonly own: readonly Hooks[];
  readonly access: Access;
  readonly decorations: object | undefined;
  /** Validates the request, if the route declares schemas. */
  readonly validate: Step | undefined;
  readonly handler: ContextHandler;
}

/** The input for a fallback, which has no definition. */
export const withoutContract = {
  own: [],
  decorations: undefined,
  validate: undefined,
  holdToContract: undefined,
  acceptsResponse: true,
} as const;

/** Compiles a route into a list of steps. */
export function compileRoute(input: RouteInput): Fallback {
  const { around, own, decorations, validate, handler, holdToContract, acceptsResponse } = input;
  const layers = [...around, ...own];
  const isHeld = holdToContract !== undefined && !acceptsResponse;
  const limits = layers.flatMap(({ handlerMilliseconds }) => handlerMilliseconds ?? []);
  const steps = [
    ...(decorations === undefined ? [] : [decorateStep(decorations)]),
    ...pickHooks(layers, "onRequest").map(onRequestStep),
    ...guardedSteps(input, isHeld),
    ...(validate === undefined ? [] : [validate]),
    ...pickHooks(layers, "beforeHandle").map((hook) => hookStep(hook, isHeld)),
    handleStep({
      handler,
      afterHandle: pickHooks(layers, "afterHandle"),
      limitMilliseconds: limits.length > 0 ? Math.min(...limits) : undefined,
      holdToContract,
      acceptsResponse,
    }),
  ];
  const respond = createPipeline({
    steps,
    onError: pickHooks(layers, "onError"),
    onSend: pickHooks(layers, "onSend"),
    onResponse: pickHooks(layers, "onResponse"),
  });
  const cors = findCors(layers);
  if (cors === undefined) return { respond, cors };
  return {
    respond: (context) =>
      andThen(respond(context), (response) => response.change(cors, (changed) => cors(context.request, changed))),
    cors,
  };
}

/**
 * Inserts the guard among the `preBody` hooks: at the first requirement, before the hooks of its own bundle. The
 * default requirement is checked after the surrounding hooks and before the route's own. A public route has the guard
 * at the start.
 */
function guardedSteps({ around, own, access }: RouteInput, isHeld: boolean): readonly Step[] {
  const guard = guardStep(access);
  const stepsOf = (layers: readonly Hooks[]) => pickHooks(layers, "preBody").map((hook) => hookStep(hook, isHeld));
  if (access.kind === "public") return [guard, ...stepsOf([...around, ...own])];
  const layers = [...around, ...own];
  const first = layers.findIndex(({ requirement }) => requirement !== undefined);
  const position = first === -1 ? around.length : first;
  return [...stepsOf(layers.slice(0, position)), guard, ...stepsOf(layers.slice(position))];
}

function decorateStep(decorations: object): Step {
  return (context) => {
    context.decorations = decorations;
    return undefined;
  };
}
