import { writeAnswer } from "./app/answer.ts";
import { App } from "./app/app.ts";
import { createCors } from "./app/cors.ts";
import { createDispatcher, type Target } from "./app/dispatcher.ts";
import { checkOptions, declareRoutes, type GateOptions } from "./app/options.ts";
import { refuse } from "./app/refuser.ts";
import { checkTransport } from "./app/transport.ts";
import { describeException } from "./cause.ts";
import { readEnvironment } from "./config/environment.ts";
import type { Denial } from "./denial.ts";
import { type Background, type Io, platformIo } from "./io.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { limits } from "./limits.ts";
import { forwardToOrigin } from "./origin/forward.ts";
import { type Admission, authorize, createAdmit } from "./policy/admission.ts";
import { createRuntimes, type Runtime } from "./runtime.ts";
import type { Principal } from "./token/principal.ts";

/** A worker's default export. */
export interface Gate {
  /** What it was made of, for `entra-gate explain` and `doctor`. */
  readonly options: GateOptions;
  fetch(request: Request, env?: unknown, ctx?: { waitUntil(work: Promise<unknown>): void }): Promise<Response>;
}

/** One request on its way through. */
interface Passage {
  readonly request: Request;
  readonly env: unknown;
  /** Normal form of the path; empty until it is known to have one. */
  path: string;
  readonly runtime: Runtime;
  readonly background: Background;
  target: Target | undefined;
  principal: Principal | undefined;
}

/**
 * Makes a gate. Does no I/O: the configuration comes with the first request.
 *
 * @param options routes, and decisions that are made in code
 * @param io what the gate takes from the world; the platform's own unless a test passes another
 * @throws TypeError where an option or a route is faulty
 *
 * @example
 * export default createGate({
 *   routes: (app) => app.route({ method: "GET", path: "/orders/*", middleware: [requireAuth("orders.read")], handler: origin() }),
 *   unlisted: "reject",
 * });
 */
export function createGate(options: GateOptions = {}, io: Io = platformIo): Gate {
  checkOptions(options);
  const {
    unlisted = "guard",
    originMilliseconds = limits.originMilliseconds,
    isTenantAllowed,
    revokedAtSeconds,
  } = options;
  const app = new App();
  declareRoutes(app, options);
  const admit = createAdmit(io, revokedAtSeconds);
  const withCors = createCors(options.cors);
  const defaultRequirementUnused = unlisted === "reject" && app.routes.every(({ access }) => access.kind !== "default");

  const runtimeOf = createRuntimes({ io, keys: createKeyStore(io), isTenantAllowed, defaultRequirementUnused });

  function turnAway({ request, runtime, target, principal }: Passage, denial: Denial): Response {
    return refuse(io, denial, {
      method: request.method,
      route: target?.kind === "route" ? target.route.name : target?.kind,
      tenant: principal?.tid,
      client: principal?.azp,
      authorizationUri: runtime.authorizationUri,
    });
  }

  function admitTo(passage: Passage, target: Target): Response | Promise<Response> {
    passage.target = target;
    if (target.kind === "route" && target.route.access.kind === "public") return serve(passage, target);
    const { request, runtime, background } = passage;
    const authorization = request.headers.get("authorization");
    const admission = admit(runtime, authorization, background, (caller) => findDenial(runtime, target, caller));
    return admission instanceof Promise
      ? admission.then((settled) => follow(passage, target, settled))
      : follow(passage, target, admission);
  }

  function follow(passage: Passage, target: Target, { principal, denial }: Admission): Response | Promise<Response> {
    passage.principal = principal;
    return denial === undefined ? serve(passage, target) : turnAway(passage, denial);
  }

  function findDenial(runtime: Runtime, target: Target, principal: Principal): Denial | undefined {
    if (target.kind === "near-miss") return { reason: "route_unlisted" };
    if (target.kind === "unlisted" && unlisted === "reject") return { reason: "route_unlisted" };
    const access = target.kind === "route" ? target.route.access : undefined;
    return authorize(runtime, principal, access?.kind === "required" ? access.requirement : runtime.defaultRequirement);
  }

  function serve(passage: Passage, target: Target): Response | Promise<Response> {
    const { request, env, background, principal } = passage;
    if (target.kind !== "route" || typeof target.route.handler === "object") return forward(passage);
    const state = principal === undefined ? {} : { principal };
    const answer = target.route.handler({ request, params: target.params, state, env, waitUntil: background });
    const authenticated = principal !== undefined;
    return answer instanceof Promise
      ? answer.then((settled) => writeAnswer(settled, authenticated))
      : writeAnswer(answer, authenticated);
  }

  async function forward(passage: Passage): Promise<Response> {
    const { origin } = passage.runtime;
    if (origin === undefined) return turnAway(passage, { reason: "misconfigured" });
    const result = await forwardToOrigin(io, origin, passage, originMilliseconds);
    return result.ok ? result.value : turnAway(passage, result.error);
  }

  const dispatch = createDispatcher<Passage>(app.routes, admitTo, (error, passage) =>
    turnAway(passage, describeException(error)),
  );

  function pass(passage: Passage): Response | Promise<Response> {
    const { request, runtime } = passage;
    if (!runtime.configured) return turnAway(passage, { reason: "misconfigured" });
    const path = checkTransport(request);
    if (!path.ok) return turnAway(passage, path.error);
    passage.path = path.value;
    return withCors(request, () => dispatch(request, passage));
  }

  return {
    options,
    async fetch(request, env, ctx) {
      const runtime = runtimeOf(readEnvironment(env));
      const background: Background = (work) => ctx?.waitUntil?.(work);
      const passage: Passage = {
        request,
        env,
        path: "",
        runtime,
        background,
        target: undefined,
        principal: undefined,
      };
      try {
        return await pass(passage);
      } catch (error) {
        return turnAway(passage, describeException(error));
      }
    },
  };
}
