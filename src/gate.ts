import { writeAnswer } from "./app/answer.ts";
import { App } from "./app/app.ts";
import { createCors } from "./app/cors.ts";
import { createDispatcher, type Target } from "./app/dispatcher.ts";
import { checkOptions, declareRoutes, type GateOptions } from "./app/options.ts";
import { normalizePath, readPath } from "./app/path.ts";
import { refuse } from "./app/refuser.ts";
import { describeCause } from "./cause.ts";
import { readEnvironment } from "./config/environment.ts";
import { isLoopback } from "./config/loopback.ts";
import type { Environment } from "./config/variables.ts";
import type { Denial } from "./denial.ts";
import { type Background, type Io, platformIo } from "./io.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { limits } from "./limits.ts";
import { forwardToOrigin } from "./origin/forward.ts";
import { decide } from "./policy/decide.ts";
import { checkRevocation } from "./policy/revocation.ts";
import type { Result } from "./result.ts";
import { createRuntime, type Runtime } from "./runtime.ts";
import type { Principal } from "./token/principal.ts";

/** A worker's default export. */
export interface Gate {
  fetch(request: Request, env?: unknown, ctx?: { waitUntil(work: Promise<unknown>): void }): Promise<Response>;
}

/** Methods that `fetch` cannot forward, and that only help attackers. */
const unsupportedMethods = new Set(["CONNECT", "TRACE", "TRACK"]);

/** One request on its way through. */
interface Passage {
  readonly request: Request;
  readonly env: unknown;
  /** As it was sent, until it is known to have one normal form. */
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
  const keys = createKeyStore(io);
  const withCors = createCors(options.cors);
  const runtimes = new WeakMap<Environment, Runtime>();
  const defaultRequirementUnused = unlisted === "reject" && app.routes.every(({ access }) => access.kind !== "default");

  function runtimeOf(environment: Environment): Runtime {
    let runtime = runtimes.get(environment);
    if (runtime === undefined) {
      runtime = createRuntime(environment, { io, keys, isTenantAllowed, defaultRequirementUnused });
      runtimes.set(environment, runtime);
    }
    return runtime;
  }

  function turnAway({ request, runtime, target, principal }: Passage, denial: Denial): Response {
    return refuse(io, denial, {
      method: request.method,
      route: target?.kind === "route" ? target.route.name : target?.kind,
      tenant: principal?.tid,
      client: principal?.azp,
      authorizationUri: runtime.authorizationUri,
    });
  }

  function authenticate(passage: Passage, target: Target): Response | Promise<Response> {
    passage.target = target;
    if (target.kind === "route" && target.route.access.kind === "public") return serve(passage, target);
    const result = passage.runtime.authenticate(passage.request.headers.get("authorization"), passage.background);
    return result instanceof Promise
      ? result.then((settled) => admit(passage, target, settled))
      : admit(passage, target, result);
  }

  function admit(passage: Passage, target: Target, result: Result<Principal, Denial>): Response | Promise<Response> {
    if (!result.ok) return turnAway(passage, result.error);
    const principal = result.value;
    passage.principal = principal;
    if (revokedAtSeconds === undefined) return authorize(passage, target, principal);
    return checkRevocation(io, principal, revokedAtSeconds).then((denial) =>
      denial ? turnAway(passage, denial) : authorize(passage, target, principal),
    );
  }

  function authorize(passage: Passage, target: Target, principal: Principal): Response | Promise<Response> {
    const denial = findDenial(passage.runtime, target, principal);
    return denial === undefined ? serve(passage, target) : turnAway(passage, denial);
  }

  function findDenial(runtime: Runtime, target: Target, principal: Principal): Denial | undefined {
    if (target.kind === "near-miss") return { reason: "route_unlisted" };
    if (target.kind === "unlisted" && unlisted === "reject") return { reason: "route_unlisted" };
    if (!runtime.isClientAllowed(principal.azp)) return { reason: "client_not_allowed", scopes: [] };
    const access = target.kind === "route" ? target.route.access : undefined;
    const requirement = access?.kind === "required" ? access.requirement : runtime.defaultRequirement;
    return requirement === undefined ? { reason: "kind_not_allowed", scopes: [] } : decide(principal, requirement);
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

  const dispatch = createDispatcher<Passage>(app.routes, authenticate, (error, passage) =>
    turnAway(passage, describeError(error)),
  );

  function pass(passage: Passage): Response | Promise<Response> {
    const { request, runtime } = passage;
    if (!runtime.configured) return turnAway(passage, { reason: "misconfigured" });
    if (isPlaintext(request.url)) return turnAway(passage, { reason: "plaintext_transport" });
    if (unsupportedMethods.has(request.method)) return turnAway(passage, { reason: "method_not_supported" });
    const path = normalizePath(passage.path);
    if (!path.ok) return turnAway(passage, path.error);
    passage.path = path.value;
    return withCors(request, () => dispatch(request, passage));
  }

  return {
    async fetch(request, env, ctx) {
      const runtime = runtimeOf(readEnvironment(env));
      const background: Background = (work) => ctx?.waitUntil?.(work);
      const passage: Passage = {
        request,
        env,
        path: readPath(request.url),
        runtime,
        background,
        target: undefined,
        principal: undefined,
      };
      try {
        return await pass(passage);
      } catch (error) {
        return turnAway(passage, describeError(error));
      }
    },
  };
}

function isPlaintext(url: string): boolean {
  return !url.startsWith("https:") && !isLoopback(new URL(url).hostname);
}

function describeError(error: unknown): Denial {
  const name = error instanceof Error ? `${error.name}: ` : "";
  return { reason: "internal_error", cause: `${name}${describeCause(error)}` };
}
