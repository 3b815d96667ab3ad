import { anyOf as combineHooks, requireAuth as createHook, type Requiring } from "../app/hooks/auth.ts";
import type { GuardedCall } from "../guard/guard.ts";
import { refuse } from "../guard/refusal-writer.ts";
import { createBareSetup } from "../guard/setup.ts";
import { keepPrivate, makePrivate } from "../http/private-response.ts";
import { type Background, type Io, platformIo } from "../io.ts";
import { type Access, checkRequirement, type RuleOptions } from "../policy/requirement.ts";
import { type Decisions, decisionsName, type EntraConfig, type EntraOptions } from "./configuration.ts";
import { createCall, enter } from "./entry.ts";
import { createEntraVerifier, type EntraVerifier, findEntry, isVerifier, type TokenVerifier } from "./verifier.ts";

export type * from "./public-types.ts";
export type { EntraVerifier, TokenVerifier, VerifiedCaller } from "./verifier.ts";

/** What a plugin needs of DaloyJS's `App`. */
export interface PluginApp {
  decorate(key: string, value: unknown): unknown;
}

/** What a hook needs of DaloyJS's context, before the body is read. */
export interface HookContext {
  readonly request: Request;
  readonly state: Record<string, unknown>;
  readonly routePath?: string | undefined;
}

/** Hooks of DaloyJS that guard what they are put on: a route, a group, a plugin, an app. */
export interface AuthHooks extends Requiring {
  preBody(context: HookContext): Promise<Response | undefined>;
  onSend(response: Response, context: HookContext | undefined): Response | undefined;
  /** Hooks of other bundles can change headers after `onSend`, and in `onResponse` too. */
  onResponse(response: Response, context: HookContext | undefined): void;
}

/** A plugin of DaloyJS that brings a verifier. */
export interface AuthPlugin<Verifier extends TokenVerifier = TokenVerifier> {
  readonly name: string;
  /** To decorate a root app with, where one worker has several: `app.decorate("verifier", plugin.verifier)`. */
  readonly verifier: Verifier;
  register(app: PluginApp): void;
}

/** DaloyJS refuses to start in production where a route declares `auth` and no hook of it has this mark. */
const authMark: unique symbol = Symbol.for("daloyjs.auth.hook");

/** Verifiers of the plugins that were registered, on whatever app: what a plugin decorates is hidden from root routes. */
const registered = new Set<TokenVerifier>();
const nowhere: Background = () => {};
/** Answers that are no handler's. */
const refusals = new WeakSet<Response>();

/**
 * Makes the plugin of Microsoft Entra ID for a DaloyJS app.
 *
 * @param config in code, under the environment's names; without it, that of the process
 * @param options decisions in code
 * @param io what it takes from the world; the platform's own unless a test passes another
 * @throws TypeError where the configuration in code or an option is faulty. A faulty environment is known with the first
 * request: then every guarded route answers 500 and the log says why
 *
 * @example
 * app.register(createEntraPlugin({ ENTRA_TENANT_ID: "11111111-…", ENTRA_API_AUDIENCE: "22222222-…" }));
 */
export function createEntraPlugin(
  config?: EntraConfig,
  options: EntraOptions = {},
  io: Io = platformIo,
): AuthPlugin<EntraVerifier> {
  return createPlugin("entra", createEntraVerifier("createEntraPlugin", config, options, keepAlive, io));
}

/** The plugin with the configuration of the process: `process.env`, which Workers fill too, or `Deno.env`. */
export const entraPlugin: AuthPlugin<EntraVerifier> = createEntraPlugin();

/**
 * Makes a plugin of any provider's verifier, as DaloyJS's documentation does.
 *
 * @throws TypeError where it cannot verify
 *
 * @example
 * app.register(authPlugin({ verify: async (token) => ({ sub: await ask(token), scopes: ["read"], claims: {} }) }));
 */
export function authPlugin<Verifier extends TokenVerifier>(verifier: Verifier): AuthPlugin<Verifier> {
  if (!isVerifier(verifier)) throw new TypeError("authPlugin: a verifier must have a method verify(token)");
  return createPlugin("auth", verifier);
}

/**
 * DaloyJS hands no context of a request on, so that of workerd is asked for. By name: where there is no such module, an
 * import of it fails, and nothing ends with the answer anyway.
 */
function keepAlive(work: Promise<unknown>): void {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const workers = process?.getBuiltinModule?.("cloudflare:workers") as { waitUntil?: Background } | undefined;
  workers?.waitUntil?.(work);
}

function createPlugin<Verifier extends TokenVerifier>(name: string, verifier: Verifier): AuthPlugin<Verifier> {
  return Object.freeze({
    name,
    verifier,
    register(app: PluginApp) {
      app.decorate("verifier", verifier);
      registered.add(verifier);
    },
  });
}

/**
 * Says what a route wants of its caller, as hooks: `{ hooks: requireAuth("orders.read") }`. The verifier is the one that is
 * decorated, else that of the only plugin that was registered; where there is none, or a choice, everybody is refused.
 * `state.principal` is who calls.
 *
 * @param wanted scopes, of which a delegated token must have all; or one object of lists
 * @throws TypeError where the requirement is empty, names an unknown member, or would let anybody in
 *
 * @example
 * app.get("/me", { hooks: requireAuth("access_as_user"), responses }, ({ state }) => answer(state.principal));
 */
export function requireAuth(...wanted: readonly string[] | readonly [RuleOptions]): AuthHooks {
  return createHooks(createHook(...wanted));
}

/**
 * Lets in whoever satisfies one of several requirements.
 *
 * @throws TypeError without any
 *
 * @example
 * app.get("/orders", { hooks: anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] })) }, list);
 */
export function anyOf(...hooks: readonly Requiring[]): AuthHooks {
  return createHooks(combineHooks(...hooks));
}

function createHooks(hook: Requiring): AuthHooks {
  const requirement = checkRequirement(hook.requirement);
  const access: Access = { kind: "required", requirements: [requirement] };
  async function admit({ request, state, routePath }: HookContext): Promise<Response | undefined> {
    const route = routePath === undefined ? undefined : `${request.method} ${routePath}`;
    const verifier = state.verifier ?? findRegistered();
    if (!isVerifier(verifier)) return refuseUnguarded(createCall(request, undefined, nowhere, route, undefined));
    const { guard, background, readSetup } = findEntry(verifier);
    const setup = readSetup();
    const call = createCall(request, undefined, background, route, setup.addresses);
    const entered = await enter(guard, setup, call, access);
    if (!entered.ok) return entered.error;
    state.principal = entered.value.principal;
    return undefined;
  }
  return Object.freeze({
    [authMark]: true,
    [decisionsName]: findDecisions,
    requirement,
    async preBody(context: HookContext) {
      const refusal = await admit(context);
      if (refusal !== undefined) refusals.add(refusal);
      return refusal;
    },
    onSend(response: Response, context: HookContext | undefined) {
      return isForOneCaller(response, context) ? keepPrivate(response) : undefined;
    },
    onResponse(response: Response, context: HookContext | undefined) {
      if (isForOneCaller(response, context)) makePrivate(response.headers);
    },
  });
}

/** Whoever was let in has a token; where hooks were left out for a path, its answer stays as it is. */
function isForOneCaller(response: Response, context: HookContext | undefined): boolean {
  const anonymous = context !== undefined && !context.request.headers.has("authorization");
  // The headers of a WebSocket's answer are the platform's.
  return !anonymous && response.status !== 101 && !refusals.has(response);
}

/** For `entra-gate explain` and `doctor`: what the only plugin was given in code. */
function findDecisions(): Decisions | undefined {
  const verifier = findRegistered();
  return verifier && findEntry(verifier).decisions;
}

function findRegistered(): TokenVerifier | undefined {
  const [first, second] = registered;
  return second === undefined ? first : undefined;
}

function refuseUnguarded(call: GuardedCall): Response {
  const problem = registered.size > 1 ? 'several plugins. Select one with app.decorate("verifier", …)' : "no verifier";
  platformIo.log({ event: "misconfigured", fault: `${call.route}: requireAuth found ${problem}` });
  return refuse(createBareSetup(platformIo), { reason: "misconfigured" }, call);
}
