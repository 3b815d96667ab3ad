import { isPreflight, type PlatformContext } from "../../base/http/call.ts";
import { OutgoingResponse } from "../../base/http/outgoing-response.ts";
import type { GateSetup } from "../../core/guard/setup.ts";
import type { CorsHandler } from "../types/hooks.ts";
import { type GateServices, RequestContext, type Respond } from "./context.ts";
import type { Fallbacks } from "./fallbacks.ts";
import type { FindMatch, ServedRoute } from "./route.ts";

/** How the requests of a gate, or of an app that serves itself, are served. */
export interface ServeOptions {
  readonly services: GateServices;
  readonly setupOf: (env: unknown) => GateSetup;
  readonly find: FindMatch<ServedRoute>;
  readonly fallbacks: Fallbacks;
  /** CORS policy of the whole gate. Without it, the route's policy applies. */
  readonly cors?: CorsHandler | undefined;
  /**
   * Serves the health page, in its two forms. It takes precedence over all routes, and always enforces its requirement.
   */
  readonly health?: Readonly<Record<"public" | "guarded", Respond>>;
}

/** A fetch handler. */
export type Serve = (request: Request, env?: unknown, platform?: PlatformContext) => Promise<Response>;

const healthRoute = { name: "health", mode: "enforce" } as const;

/** Creates a fetch handler for routes. */
export function createServe({ services, setupOf, find, fallbacks, cors, health }: ServeOptions): Serve {
  async function respond(context: RequestContext): Promise<Response> {
    const { request, target, setup } = context;
    const { access, path: healthPath } = setup.health;
    let response: OutgoingResponse;
    try {
      const isFaulty = target.fault !== undefined || !setup.configured;
      const document = isFaulty ? undefined : setup.issuer?.answer(context);
      if (isFaulty) {
        response = await refuseAtSight(context);
      } else if (document !== undefined) {
        response = await document;
      } else if (health !== undefined && access !== "off" && target.path === healthPath) {
        context.route = healthRoute;
        response = await health[access](context);
      } else if (target.method === "OPTIONS" && isPreflight(request)) {
        response = await answerPreflight(request, target.path);
      } else {
        const found = find(target.method, target.path);
        if (found.kind === "route") {
          context.route = found.route;
          context.params = found.params;
          response = await found.route.respond(context);
        } else {
          context.route = { name: found.kind };
          response = await fallbacks[found.kind].respond(context);
        }
        if (cors !== undefined) {
          response = await response.change(cors, (changed) => cors(request, changed));
        }
      }
    } catch (error) {
      response = context.answerError(error);
    }
    return complete(response, context);
  }

  /** Answers a preflight with the policy of the requested route. Neither the route nor its hooks run. */
  async function answerPreflight(request: Request, path: string): Promise<OutgoingResponse> {
    const target = find(request.headers.get("access-control-request-method") as string, path);
    const { cors: own } = target.kind === "route" ? target.route : fallbacks[target.kind];
    return OutgoingResponse.ofApp((await (own ?? cors)?.(request)) ?? new Response(null, { status: 204 }));
  }

  const serveTraced = services.traceServing?.(respond) ?? respond;

  /** An isolate passes the same environment with every request. */
  let latest: { readonly env: unknown; readonly setup: GateSetup } | undefined;

  return (request, env, platform) => {
    if (latest === undefined || latest.env !== env) latest = { env, setup: setupOf(env) };
    return serveTraced(new RequestContext(services, latest.setup, request, env, platform));
  };
}

/** Completes a response. If it cannot be copied, for example because its body was read, the caller gets an error. */
function complete(response: OutgoingResponse, context: RequestContext): Response {
  const { target, caller, refused, hasCredential, asked, setup, services } = context;
  context.body?.release?.();
  // A shared cache that stored a refusal would refuse other callers too.
  const isJudged = caller !== undefined || refused !== undefined;
  const isPublic = asked?.kind === "public";
  try {
    const isMeasured = setup.serverTiming && caller !== undefined && refused === undefined;
    if (isMeasured && services.writeServerTiming !== undefined) {
      response.add([["server-timing", services.writeServerTiming(caller)]]);
    }
    return response.finish(target.method, isJudged, hasCredential, isPublic);
  } catch (error) {
    return context.answerError(error).finish(target.method, isJudged, hasCredential, isPublic);
  }
}

/** Returns the guard's refusal for a faulty request or configuration. */
async function refuseAtSight(context: RequestContext): Promise<OutgoingResponse> {
  const refusal = await context.admit({ kind: "public" });
  if (refusal === undefined) throw new TypeError("the guard admitted a faulty request");
  return refusal;
}
