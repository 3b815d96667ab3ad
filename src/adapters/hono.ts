import type { Context, MiddlewareHandler } from "hono";
import { anyOf as combineHooks, requireAuth as createHook, type Requiring } from "../app/hooks/auth.ts";
import { readEnvironmentOrProcess } from "../config/environment.ts";
import type { Guard, GuardedCall } from "../guard/guard.ts";
import { refuse } from "../guard/refusal-writer.ts";
import { createBareSetup, type GateSetup } from "../guard/setup.ts";
import { isPreflight } from "../http/call.ts";
import { keepPrivate } from "../http/private-response.ts";
import { type Background, type Io, platformIo } from "../io.ts";
import { type Access, checkRequirement, type Requirement, type RuleOptions } from "../policy/requirement.ts";
import type { Principal } from "../token/principal.ts";
import { checkConfiguration, decisionsName, type EntraConfig, type EntraOptions } from "./configuration.ts";
import { createCall, createEntry, enter } from "./entry.ts";
import { findDeclared, guards, type HonoDecisions, requirements } from "./hono-declared.ts";

export type * from "./public-types.ts";

/** What a Hono app has behind {@link entra}: `new Hono<EntraEnv>()`. */
export interface EntraEnv {
  Variables: { principal: Principal };
}

/** A middleware that says who may call its route. */
export type AuthMiddleware = MiddlewareHandler<EntraEnv> & Requiring;

interface Entered {
  readonly guard: Guard;
  readonly setup: GateSetup;
  readonly call: GuardedCall;
  /** Requirements that were met on the way in: they are not decided again. */
  readonly met: readonly Requirement[];
}

/** Who is in, for the requirements on the way. Not in the context's variables, which anybody may set. */
const entries = new WeakMap<Context, Entered>();

/**
 * Guards a Hono app as the gate guards an origin: put it before the routes, and before whatever reads a body. Whatever may
 * answer behind it runs only for a caller who has met every `requireAuth(…)` or `anyOf(…)` before it, or the configuration's
 * default requirement where there is none before it. Without a default, nobody gets there. Answers a browser's preflight
 * without permission: put `hono/cors` before it to permit. docs/how-to/protect-a-hono-app.md lists the patterns.
 *
 * @param config in code, under the environment's names; without it, that of `c.env`, or of the process where that says
 * nothing of Entra
 * @param options decisions in code
 * @param io what it takes from the world; the platform's own unless a test passes another
 * @throws TypeError where the configuration in code or an option is faulty. A faulty environment is known with the first
 * request: then every request gets 500 and the log says why
 *
 * @example
 * const app = new Hono<EntraEnv>();
 * app.get("/health", (c) => c.text("ok")); // before the guard: public
 * app.use(entra());
 * app.get("/me", requireAuth("access_as_user"), (c) => c.json({ oid: c.get("principal").oid }));
 */
export function entra(
  config?: EntraConfig,
  options: EntraOptions = {},
  io: Io = platformIo,
): MiddlewareHandler<EntraEnv> {
  const given = checkConfiguration("entra", config, options);
  const { guard: admit, setupOf } = createEntry(io, options);
  const guard: MiddlewareHandler<EntraEnv> = async (c, next) => {
    // Not by the helper in hono/route: that knows the contexts of its own copy of Hono only.
    const { route, wanted } = findDeclared(c.req.matchedRoutes.slice(c.req.routeIndex), guard);
    const setup = setupOf(given ?? readEnvironmentOrProcess(c.env));
    const call = createCall(c.req.raw, c.env, backgroundOf(c), route, setup.addresses);
    if (call.fault === undefined && setup.configured && isPreflight(c.req.raw)) {
      return insist(c, new Response(null, { status: 204 }));
    }
    const entered = await enter(admit, setup, call, accessOf(wanted));
    if (!entered.ok) return insist(c, entered.error);
    entries.set(c, { guard: admit, setup, call, met: wanted });
    c.set("principal", entered.value.principal as Principal);
    await next();
    replaceAnswer(c, keepPrivate(c.res));
    return undefined;
  };
  guards.add(guard);
  const findDeclaredIn: HonoDecisions["findDeclared"] = (matched) => findDeclared(matched, guard);
  const decisions: HonoDecisions = { environment: given, options, findDeclared: findDeclaredIn };
  return Object.assign(guard, { [decisionsName]: decisions });
}

/**
 * Says what a route wants of its caller; see the gate's function of the same name. Only behind {@link entra}: without, it
 * refuses everybody.
 *
 * @param wanted scopes, of which a delegated token must have all; or one object of lists
 * @throws TypeError where the requirement is empty, names an unknown member, or would let anybody in
 *
 * @example
 * app.get("/orders", requireAuth("orders.read"), (c) => c.json([]));
 */
export function requireAuth(...wanted: readonly string[] | readonly [RuleOptions]): AuthMiddleware {
  return createMiddleware(createHook(...wanted));
}

/**
 * Lets in whoever satisfies one of several requirements.
 *
 * @throws TypeError without any
 *
 * @example
 * app.get("/orders", anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] })), list);
 */
export function anyOf(...hooks: readonly Requiring[]): AuthMiddleware {
  return createMiddleware(combineHooks(...hooks));
}

function createMiddleware(hook: Requiring): AuthMiddleware {
  const requirement = checkRequirement(hook.requirement);
  const middleware: MiddlewareHandler<EntraEnv> = async (c, next) => {
    const { method, path } = c.req.matchedRoutes[c.req.routeIndex] ?? { method: c.req.method, path: c.req.path };
    const route = `${method} ${path}`;
    const entry = entries.get(c);
    if (entry === undefined) return insist(c, refuseUnguarded(c, route));
    if (!entry.met.includes(requirement)) {
      const entered = await enter(entry.guard, entry.setup, { ...entry.call, route }, accessOf([requirement]));
      if (!entered.ok) return insist(c, entered.error);
    }
    await next();
    return undefined;
  };
  requirements.set(middleware, requirement);
  return Object.freeze(Object.assign(middleware, { requirement }));
}

function accessOf([first, ...others]: readonly Requirement[]): Access {
  return first === undefined ? { kind: "default" } : { kind: "required", requirements: [first, ...others] };
}

function refuseUnguarded(c: Context, route: string): Response {
  platformIo.log({ event: "misconfigured", fault: `${route}: add app.use(entra()) before requireAuth` });
  const call = createCall(c.req.raw, c.env, backgroundOf(c), route, undefined);
  return refuse(createBareSetup(platformIo), { reason: "misconfigured" }, call);
}

/** Makes a refusal the answer, whatever was set on the way in, and whether or not its caller hands it on. */
function insist(c: Context, refusal: Response): Response {
  // Hono keeps an answer that is already set, and drops one that is returned.
  if (c.finalized) c.res = undefined;
  // It lays headers that are already set over those of an answer, `Cache-Control` too.
  else for (const name of refusal.headers.keys()) c.res.headers.delete(name);
  c.res = refusal;
  return refusal;
}

function replaceAnswer(c: Context, answer: Response): void {
  // Without, Hono would lay the headers of the former answer over the new one's.
  c.res = undefined;
  c.res = answer;
}

function backgroundOf(c: Context): Background {
  return (work) => {
    try {
      c.executionCtx.waitUntil(work);
    } catch {
      // Hono throws where the platform has no context: then nothing ends with the answer.
    }
  };
}
