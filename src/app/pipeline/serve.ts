import { describeCause } from "../../common/cause.ts";
import { andThen, attempt, firstInTurn } from "../../common/result.ts";
import type { GateSetup } from "../../guard/setup.ts";
import { isPreflight, type PlatformContext } from "../../http/call.ts";
import { OutgoingResponse } from "../../http/outgoing-response.ts";
import type { CorsHandler, HooksOf } from "../types/hooks.ts";
import { type GateServices, RequestContext, type Respond, type ServeContext, type Step } from "./context.ts";
import type { Fallbacks } from "./fallbacks.ts";
import { forHook } from "./handler-context.ts";
import type { FindMatch, RouteMatch, ServedRoute } from "./route.ts";

/** How the requests of a gate, or of an app that serves itself, are served. */
export interface ServeOptions {
  readonly services: GateServices;
  readonly setupOf: (env: unknown) => GateSetup;
  readonly find: FindMatch<ServedRoute>;
  readonly fallbacks: Fallbacks;
  /** CORS policy of the whole gate. Without it, the route's policy applies. */
  readonly cors?: CorsHandler | undefined;
  /** Serves the health page, in its two forms. It takes precedence over all routes, and always enforces its requirement. */
  readonly health?: Readonly<Record<"public" | "guarded", Respond>>;
}

/** A fetch handler. */
export type Serve = (request: Request, env?: unknown, platform?: PlatformContext) => Response | Promise<Response>;

const healthRoute = { name: "health", mode: "enforce" } as const;

/** Creates a fetch handler for routes. */
export function createServe({ services, setupOf, find, fallbacks, cors, health }: ServeOptions): Serve {
  function dispatch(context: RequestContext): MaybePromise<OutgoingResponse> {
    const { request, target, setup } = context;
    const { method, path } = target;
    if (target.fault !== undefined || !setup.configured) return refuseAtSight(context);
    const document = setup.issuer?.answer(context);
    if (document !== undefined) return document;
    const { access, path: healthPath } = setup.health;
    if (health !== undefined && access !== "off" && path === healthPath) {
      context.route = healthRoute;
      return health[access](context);
    }
    if (method === "OPTIONS" && isPreflight(request)) return answerPreflight(request, path);
    const response = respond(context, find(method, path));
    return cors === undefined
      ? response
      : andThen(response, (response) => response.change(cors, (changed) => cors(request, changed)));
  }

  function respond(context: RequestContext, found: RouteMatch<ServedRoute>): MaybePromise<OutgoingResponse> {
    if (found.kind !== "route") {
      context.route = { name: found.kind };
      return fallbacks[found.kind].respond(context);
    }
    context.route = found.route;
    context.params = found.params;
    return found.route.respond(context);
  }

  /** Answers a preflight with the policy of the requested route. Neither the route nor its hooks run. */
  function answerPreflight(request: Request, path: string): MaybePromise<OutgoingResponse> {
    const target = find(request.headers.get("access-control-request-method") as string, path);
    const { cors: own } = target.kind === "route" ? target.route : fallbacks[target.kind];
    return andThen((own ?? cors)?.(request) ?? new Response(null, { status: 204 }), OutgoingResponse.ofApp);
  }

  const serve: ServeContext = (context) => {
    const response = attempt(
      () => dispatch(context),
      (error) => context.answerError(error),
    );
    return andThen(response, (response) => complete(response, context));
  };
  const serveTraced = services.traceServing?.(serve) ?? serve;

  /** An isolate passes the same environment with every request. */
  let latest: { readonly env: unknown; readonly setup: GateSetup } | undefined;

  return (request, env, platform) => {
    if (latest === undefined || latest.env !== env) latest = { env, setup: setupOf(env) };
    return serveTraced(new RequestContext(services, latest.setup, request, env, platform));
  };
}

/** Completes a response. If it cannot be copied, for example because its body was read, the caller gets an error. */
function complete(response: OutgoingResponse, context: RequestContext): Response {
  const { target, caller, refused, setup, services } = context;
  context.body?.release?.();
  // A shared cache that stored a refusal would refuse other callers too.
  const isPrivate = caller !== undefined || refused !== undefined;
  const finish = (outgoing: OutgoingResponse) => outgoing.finish(target.method, isPrivate);
  try {
    const isMeasured = setup.serverTiming && caller !== undefined && refused === undefined;
    if (isMeasured && services.writeServerTiming !== undefined) {
      response.add([["server-timing", services.writeServerTiming(caller)]]);
    }
    return finish(response);
  } catch (error) {
    return finish(context.answerError(error));
  }
}

/** Returns the guard's refusal for a faulty request or configuration. */
function refuseAtSight(context: RequestContext): MaybePromise<OutgoingResponse> {
  return andThen(context.admit({ kind: "public" }), (refusal) => {
    if (refusal === undefined) throw new TypeError("the guard admitted a faulty request");
    return refusal;
  });
}

type MaybePromise<T> = T | Promise<T>;

/** The parts of a pipeline: steps, the last of which returns a response, and the hooks for the response. */
export interface Pipeline {
  readonly steps: readonly Step[];
  readonly onError: HooksOf<"onError">;
  readonly onSend: HooksOf<"onSend">;
  readonly onResponse: HooksOf<"onResponse">;
}

/**
 * Runs the steps of a route until one returns a response.
 *
 * @param answerError responds to an exception
 */
export function runSteps(
  steps: readonly Step[],
  context: RequestContext,
  answerError: (error: unknown) => MaybePromise<OutgoingResponse>,
): MaybePromise<OutgoingResponse> {
  const run = () =>
    andThen(
      firstInTurn(steps, (step) => step(context)),
      (response) => {
        if (response === undefined) throw new TypeError("no step of the route returned a response");
        return response;
      },
    );
  return attempt(run, answerError);
}

/** Compiles a route. Features that a route does not use cost nothing, and it waits only for promises. */
export function createPipeline({ steps, onError, onSend, onResponse }: Pipeline): Respond {
  return (context) => {
    const produced = runSteps(steps, context, (error) => recover(onError, error, context));
    const sent = andThen(produced, (response) =>
      attempt(
        () => send(onSend, response, context),
        (error) => context.answerError(error),
      ),
    );
    return andThen(sent, (response) => tell(onResponse, response, context));
  };
}

function recover(hooks: HooksOf<"onError">, error: unknown, context: RequestContext): MaybePromise<OutgoingResponse> {
  const handled = attempt<OutgoingResponse | undefined>(
    () =>
      firstInTurn(hooks, (hook) =>
        andThen(hook(error, forHook(context)), (returned) =>
          returned instanceof Response ? OutgoingResponse.ofApp(returned) : undefined,
        ),
      ),
    (failure) => context.answerError(failure),
  );
  return andThen(handled, (response) => response ?? context.answerError(error));
}

function send(
  hooks: HooksOf<"onSend">,
  response: OutgoingResponse,
  context: RequestContext,
): MaybePromise<OutgoingResponse> {
  let sent = response;
  if (context.headersSet !== undefined) sent.add(context.headersSet);
  const all = firstInTurn(hooks, (hook) =>
    andThen(
      sent.change(hook, (changed) => hook(changed, forHook(context))),
      (changed) => {
        sent = changed;
        return undefined;
      },
    ),
  );
  return andThen(all, () => sent);
}

function tell(hooks: HooksOf<"onResponse">, response: OutgoingResponse, context: RequestContext): OutgoingResponse {
  if (hooks.length === 0) return response;
  const told = Promise.all(hooks.map(async (hook) => response.show((shown) => hook(shown, forHook(context)))));
  const { io } = context.services;
  const complain = (error: unknown) =>
    io.log({ event: "hook_failed", level: "error", hook: "onResponse", cause: describeCause(error) });
  context.background(told.then(() => {}, complain));
  return response;
}
