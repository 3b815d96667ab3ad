/**
 * Middleware for apps in Hono.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "hono";
import { anyOf as combineHooks, requireAuth as createHook, type Requiring } from "../app/types/auth.ts";
import { type Background, type Io, platformIo } from "../base/common/io.ts";
import { runtime } from "../base/common/runtime.ts";
import { type Call, isPreflight, type TraceHeaders } from "../base/http/call.ts";
import { copyPrivate } from "../base/http/outgoing-response.ts";
import { readEnvironmentOrProcess } from "../core/config/environment.ts";
import type { AuthorityVariables, EntraConfig } from "../core/config/gate-variables.ts";
import { workersObstacle } from "../core/config/tls-proxy.ts";
import { createAuthorityCheck, type FindAuthorityMistake } from "../core/guard/authority-check.ts";
import type { EntraOptions } from "../core/guard/entra-options.ts";
import { describeException } from "../core/guard/exception.ts";
import { type Admission, type Guard, stillHolds } from "../core/guard/guard.ts";
import { writeRefusal } from "../core/guard/refusal-writer.ts";
import type { GateSetup } from "../core/guard/setup.ts";
import type { Tracer } from "../core/guard/trace.ts";
import { accessOf, type Requirement, type RuleOptions } from "../core/policy/rule.ts";
import type { Principal } from "../core/token/principal.ts";
import { createAdapterGate, createCall, enter, refuseMisconfigured } from "./adapter-gate.ts";
import { checkConfiguration, passingName, settingsName } from "./configuration.ts";
import { findDeclared, guards, type HonoSettings, passing, requirements } from "./hono-declared.ts";

export { authorities } from "../extensions/authorities/authorities.ts";
export { revocations } from "../extensions/revocations/revocations.ts";
export { spans } from "../extensions/trace/spans.ts";
export { traceContext } from "../extensions/trace/trace.ts";
export type * from "./public-types.ts";

/** The environment of a Hono app with {@link entra}: `new Hono<EntraEnv>()`. */
export interface EntraEnv {
  /** Variables of a request, for `c.get`. */
  Variables: {
    /** The caller, after {@link entra} has admitted it: `c.get("principal")`. */
    principal: Principal;
    /** With the option `trace`: headers for requests of the app, after {@link entra} has admitted the caller. */
    trace?: TraceHeaders;
  };
}

/** Middleware with the access rule of a route. */
export type AuthMiddleware = MiddlewareHandler<EntraEnv> &
  Requiring & {
    /** Never present: where hooks of a gate are expected, the compiler prints what to import. */
    readonly preBody?: {
      /** The text that the compiler prints. */
      readonly "Import requireAuth and anyOf of entra-gate, not of entra-gate/hono": never;
    };
  };

interface Entered {
  readonly io: Io;
  readonly guard: Guard;
  readonly setup: GateSetup;
  readonly call: Call;
  readonly admission: Admission;
  /** Requirements that were already checked. */
  readonly met: readonly Requirement[];
  readonly findMistake: FindAuthorityMistake;
}

/** The admitted caller, for later requirements. Context variables are not safe, because any code can set them. */
const enteredContexts = new WeakMap<Context, Entered>();

/**
 * Protects a Hono app. Put it before the routes, and before middleware that reads a body. A later handler or middleware
 * that can respond runs only if the caller meets every `requireAuth(…)` or `anyOf(…)` before it. If there is none, the
 * default requirement applies, and without a default every caller is refused. A preflight gets no permission, unless
 * `hono/cors` is before it. docs/how-to/protect-a-hono-app.md lists the patterns.
 *
 * @param config in code, with the names of the environment; without it, `c.env` applies, or the process if `c.env` has
 * no `ENTRA_` variable
 * @param options see {@link EntraOptions}
 * @param io interfaces to the platform; tests pass their own
 * @throws TypeError if the configuration in code or an option is invalid. An invalid environment is detected with the
 * first request: every request then gets 500, and the log has the faults.
 *
 * @example
 * const app = new Hono<EntraEnv>();
 * app.get("/health", (c) => c.text("ok")); // before the guard: public
 * app.use(entra());
 * app.get("/me", requireAuth("access_as_user"), (c) => c.json({ oid: c.get("principal").oid }));
 */
export function entra(
  config?: EntraConfig | (EntraConfig & AuthorityVariables),
  options: EntraOptions = {},
  io: Io = platformIo,
): MiddlewareHandler<EntraEnv> {
  const obstacle = runtime.isWorkers ? workersObstacle : undefined;
  const given = checkConfiguration("entra", config, options, obstacle);
  const { guard: admit, setupOf, tracer } = createAdapterGate(io, options, obstacle);
  /** Routes as declared, whose requirement without an effect is in the log. */
  const warned = new Set<string>();
  const findMistake = createAuthorityCheck(options);
  const guard: MiddlewareHandler<EntraEnv> = async (c, next) => {
    // The helper in hono/route supports only the contexts of its own copy of Hono.
    const declared = findDeclared(c.req.matchedRoutes.slice(c.req.routeIndex), guard);
    const { route, wanted, unused, advice } = declared;
    const mistake = declared.mistake ?? findMistake(wanted);
    if (mistake !== undefined) return insist(c, refuseRoute(c, io, route, mistake, tracer));
    if (unused !== undefined && !warned.has(unused.route)) {
      warned.add(unused.route);
      io.log({ event: "requirement_unused", level: "warn", ...unused });
    }
    const setup = setupOf(given ?? readEnvironmentOrProcess(c.env));
    const call = createCall(c.req.raw, c.env, backgroundOf(c), route, setup, tracer);
    if (call.target.fault === undefined && setup.configured && isPreflight(c.req.raw)) {
      return insist(c, new Response(null, { status: 204 }));
    }
    const admission = await enter(admit, setup, call, accessOf(wanted));
    if (admission instanceof Response) {
      // Without a default requirement, every caller is refused, and the reason does not name the middleware.
      if (advice !== undefined && setup.defaultRequirement === undefined && admission.status === 403) {
        io.log({ event: "misconfigured", level: "error", fault: `${route}: ${advice}` });
      }
      return insist(c, admission);
    }
    keep(c, { io, guard: admit, setup, call, admission, met: wanted, findMistake });
    await next();
    try {
      // Without a response, `c.res` would be an empty 200.
      if (!c.finalized) throw new TypeError("no handler returned a response");
      replaceResponse(c, copyPrivate(c.res));
      return undefined;
    } catch (error) {
      // The response of `app.onError` would not be private, because it replaces that of the guard.
      return insist(c, writeRefusal(setup, { denial: describeException(error), caller: admission.caller }, call));
    }
  };
  guards.add(guard);
  const findDeclaredIn: HonoSettings["findDeclared"] = (matched) => findDeclared(matched, guard);
  const recreate: HonoSettings["recreate"] = (others, otherIo) => entra(undefined, others, otherIo);
  const settings: HonoSettings = { environment: given, options, findDeclared: findDeclaredIn, recreate };
  // Not enumerable: a log of the guard must not show a secret of the configuration.
  return Object.defineProperty(guard, settingsName, { value: settings });
}

/**
 * Requires callers to meet a requirement, like the gate's function of the same name. Without {@link entra} before it,
 * it refuses every caller.
 *
 * @param wanted scopes, all of which a delegated token needs; or one object with lists
 * @throws TypeError if the requirement is empty, has an unknown member, or would admit every caller
 *
 * @example
 * app.get("/orders", requireAuth("orders.read"), (c) => c.json([]));
 */
export function requireAuth(...wanted: readonly string[] | readonly [RuleOptions]): AuthMiddleware {
  return createMiddleware(createHook(...wanted));
}

/**
 * Requires callers to meet one of several requirements.
 *
 * @throws TypeError if there is no requirement
 *
 * @example
 * app.get("/orders", anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] })), list);
 */
export function anyOf(...hooks: readonly Requiring[]): AuthMiddleware {
  return createMiddleware(combineHooks(...hooks));
}

/**
 * Marks middleware that only calls `next`, such as `logger()` or `secureHeaders()` of Hono. The guard then applies the
 * `requireAuth(…)` after it. Without the mark, the middleware could respond, so the default requirement applies before
 * it. If marked middleware responds without calling `next`, the caller gets 500, and the log names it. It may answer
 * preflights, as `cors()` does before the guard.
 *
 * @param middleware of Hono or of your own
 *
 * @example
 * app.use(entra(), passThrough(logger()));
 * app.get("/me", requireAuth("access_as_user"), (c) => c.json({ oid: c.get("principal").oid }));
 */
export function passThrough(middleware: MiddlewareHandler): MiddlewareHandler {
  if (typeof middleware !== "function")
    throw new TypeError("passThrough: must be middleware. Write passThrough(logger())");
  const passed: MiddlewareHandler = async (c, next) => {
    let isNextCalled = false;
    const response = await middleware(c, () => {
      isNextCalled = true;
      return next();
    });
    if (isNextCalled || isPreflight(c.req.raw)) return response;
    // `hono/cors` answers every OPTIONS, also one that the guard must judge.
    if (c.req.method === "OPTIONS" && !c.finalized) {
      await next();
      return undefined;
    }
    const name = middleware.name || "the middleware";
    return insist(c, refuseRoute(c, platformIo, nameRoute(c), `passThrough: ${name} did not call next`));
  };
  passing.add(passed);
  return Object.defineProperty(passed, passingName, { value: true });
}

/** The route as declared, for the log. The path of the request is text of the caller. */
function nameRoute(c: Context): string | undefined {
  const declared = c.req.matchedRoutes[c.req.routeIndex];
  return declared && `${declared.method} ${declared.path}`;
}

function createMiddleware({ requirement }: Requiring): AuthMiddleware {
  const middleware: MiddlewareHandler<EntraEnv> = async (c, next) => {
    const route = nameRoute(c);
    const entered = enteredContexts.get(c);
    if (entered === undefined) {
      return insist(c, refuseRoute(c, platformIo, route, "add app.use(entra()) before requireAuth"));
    }
    const { io, guard, setup, call, admission, met, findMistake } = entered;
    const isMet = met.includes(requirement);
    // Middleware before this one may have taken long.
    if (!isMet || !stillHolds(admission, io.now())) {
      const whole = isMet ? met : [...met, requirement];
      const mistake = findMistake(whole);
      if (mistake !== undefined) return insist(c, refuseRoute(c, platformIo, route, mistake));
      const further = await enter(
        guard,
        setup,
        { ...call, route: { name: route } },
        accessOf([requirement]),
        admission,
        accessOf(whole),
      );
      if (further instanceof Response) return insist(c, further);
      // The option `groups` can have added groups to the caller.
      keep(c, { ...entered, admission: further });
    }
    await next();
    return undefined;
  };
  requirements.set(middleware, requirement);
  return Object.freeze(Object.assign(middleware, { requirement }));
}

/** Lets later requirements and handlers know the caller, and with the option `trace` the trace. */
function keep(c: Context, entered: Entered): void {
  const { admission, call } = entered;
  enteredContexts.set(c, entered);
  c.set("principal", admission.caller?.principal as Principal);
  if (call.trace !== undefined) c.set("trace", call.trace.headers);
}

function refuseRoute(c: Context, io: Io, route: string | undefined, mistake: string, tracer?: Tracer): Response {
  return refuseMisconfigured(io, createCall(c.req.raw, c.env, backgroundOf(c), route, {}, tracer), mistake);
}

/**
 * Makes a refusal the response, whatever was set before, and whether or not the caller returns it. Middleware that
 * continues after it sees no caller.
 */
function insist(c: Context, refusal: Response): Response {
  c.set("principal", undefined);
  // Hono keeps an existing response, and drops one that is returned.
  if (c.finalized) c.res = undefined;
  // Hono adds existing headers to a response, including `Cache-Control`.
  else for (const name of refusal.headers.keys()) c.res.headers.delete(name);
  c.res = refusal;
  return refusal;
}

function replaceResponse(c: Context, response: Response): void {
  // Without this, Hono would copy the headers of the earlier response to the new one.
  c.res = undefined;
  c.res = response;
}

function backgroundOf(c: Context): Background {
  return (work) => {
    try {
      c.executionCtx.waitUntil(work);
    } catch {
      // Hono throws if the platform has no context. Then no work outlives the response.
    }
  };
}
