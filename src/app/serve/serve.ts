import type { GateSetup } from "../../guard/setup.ts";
import { backgroundOf, type PlatformContext } from "../../http/call.ts";
import { completeResponse } from "../../http/complete.ts";
import { isPreflight } from "../../http/preflight.ts";
import { andThen, attempt } from "../../result.ts";
import type { FindTarget, Target } from "../contract/route.ts";
import type { CorsPolicy } from "../hooks/hooks.ts";
import { compileRoute, withoutContract } from "./compile.ts";
import { RequestContext, type Server } from "./context.ts";
import type { Fallbacks } from "./fallbacks.ts";
import type { Answer } from "./pipeline.ts";

/** How the requests of a gate, or of an app that serves itself, are served. */
export interface ServeParts {
  readonly server: Server;
  readonly setupOf: (env: unknown) => GateSetup;
  readonly find: FindTarget;
  readonly fallbacks: Fallbacks;
  /** Of the whole gate; without, that of the route. */
  readonly cors?: CorsPolicy | undefined;
  /** The health page, where the request asks for it. It comes before all routes, and enforces in every mode. */
  readonly findHealth?: (context: RequestContext) => Answer | undefined;
}

/** A fetch handler. */
export type Serve = (
  request: Request,
  env: unknown,
  platform: PlatformContext | undefined,
) => Response | Promise<Response>;

/** Makes a fetch handler of routes. */
export function createServe({ server, setupOf, find, fallbacks, cors, findHealth }: ServeParts): Serve {
  function dispatch(context: RequestContext): Response | Promise<Response> {
    const { request, method, path, fault, setup } = context;
    if (fault !== undefined || !setup.configured) return refuseAtSight(context);
    const answerHealth = findHealth?.(context);
    if (answerHealth !== undefined) {
      context.route = "health";
      context.mode = "enforce";
      return answerHealth(context);
    }
    if (method === "OPTIONS" && isPreflight(request)) return answerPreflight(request, path);
    const answered = answer(context, find(method, path));
    return cors === undefined ? answered : andThen(answered, (response) => cors(request, response));
  }

  function answer(context: RequestContext, target: Target): Response | Promise<Response> {
    if (target.kind !== "route") {
      context.route = target.kind;
      return fallbacks[target.kind].answer(context);
    }
    const { route, params } = target;
    context.route = route.name;
    context.routePath = route.path;
    context.params = params;
    context.mode = route.mode;
    context.ownsAccessTokenParameter = route.ownsAccessTokenParameter;
    return route.answer(context);
  }

  /** By the policy of the route that the browser asks about. Neither a route nor a hook sees it. */
  function answerPreflight(request: Request, path: string): Response | Promise<Response> {
    const target = find(request.headers.get("access-control-request-method") as string, path);
    const { cors: own } = target.kind === "route" ? target.route : fallbacks[target.kind];
    return (cors ?? own)?.(request) ?? new Response(null, { status: 204 });
  }

  /** An isolate hands over the same environment with every request. */
  let latest: { readonly env: unknown; readonly setup: GateSetup } | undefined;

  return (request, env, platform) => {
    if (latest === undefined || latest.env !== env) latest = { env, setup: setupOf(env) };
    const context = new RequestContext(server, latest.setup, request, env, backgroundOf(platform));
    const answered = attempt(
      () => dispatch(context),
      (error) => context.answerError(error),
    );
    return andThen(answered, (response) => complete(response, context));
  };
}

/** The last step. A response that cannot be copied, such as one whose body was read before, is answered as an error. */
function complete(response: Response, context: RequestContext): Response {
  const { method, caller, privateResponse } = context;
  context.releaseBody?.();
  const isPrivate = caller !== undefined && response !== privateResponse;
  if (!isPrivate && method !== "HEAD") return response;
  try {
    return completeResponse(method, response, isPrivate);
  } catch (error) {
    return completeResponse(method, context.answerError(error), isPrivate);
  }
}

/** The guard's refusal of what is wrong with the request itself, or with the configuration. */
const { answer: refuseAtSight } = compileRoute({
  ...withoutContract,
  around: [],
  access: { kind: "public" },
  handler: () => {
    throw new TypeError("the guard let a faulty request in");
  },
});
