/**
 * A plugin and hooks for apps in DaloyJS.
 *
 * @module
 */

import { anyOf as combineHooks, type Requiring, readWanted } from "../app/types/auth.ts";
import { daloyMark } from "../app/types/hooks.ts";
import type { Denial } from "../base/common/denial.ts";
import { type Background, type Io, platformIo } from "../base/common/io.ts";
import { findRuntimeModule } from "../base/common/runtime.ts";
import type { Call } from "../base/http/call.ts";
import { copyPrivate, isForOneCaller, makePrivate } from "../base/http/outgoing-response.ts";
import type { AuthorityVariables, EntraConfig } from "../core/config/gate-variables.ts";
import { createAuthorityCheck } from "../core/guard/authority-check.ts";
import type { EntraOptions, SettingsInCode } from "../core/guard/entra-options.ts";
import { type Admission, stillHolds } from "../core/guard/guard.ts";
import { writeRefusal } from "../core/guard/refusal-writer.ts";
import { createBareSetup, type GateSetup } from "../core/guard/setup.ts";
import type { Tracer } from "../core/guard/trace.ts";
import { createRequirement, findMistake, ofAnyProvider } from "../core/policy/requirement.ts";
import type { Access, Requirement, RuleOptions } from "../core/policy/rule.ts";
import { createCall, enter, refuseMisconfigured } from "./adapter-gate.ts";
import { settingsName } from "./configuration.ts";
import { findPathFault } from "./daloy-path.ts";
import {
  createEntraVerifier,
  type EntraVerifier,
  findVerifierGate,
  isVerifier,
  type TokenVerifier,
} from "./verifier.ts";

export { authorities } from "../extensions/authorities/authorities.ts";
export { revocations } from "../extensions/revocations/revocations.ts";
export { spans } from "../extensions/trace/spans.ts";
export { traceContext } from "../extensions/trace/trace.ts";
export type * from "./public-types.ts";
export type { EntraVerifier, TokenVerifier, VerifiedCaller } from "./verifier.ts";

/** The part of DaloyJS's `App` that a plugin uses. */
export interface PluginApp {
  /** Adds a value to the `state` of the plugin's routes. */
  decorate(key: string, value: unknown): unknown;
}

/** The part of DaloyJS's context that a hook uses. */
export interface HookContext {
  /** The request as received. */
  readonly request: Request;
  /** Values of the request. The hooks set `principal`, and with the option `trace` also `trace`. */
  readonly state: Record<string, unknown>;
  /** Path of the route as declared, for the log; absent if the app has no route for the request. */
  readonly routePath?: string | undefined;
}

/** Hooks of DaloyJS that protect a route, a group, a plugin or an app. */
export interface AuthHooks extends Requiring {
  /** Never present: where hooks of an App of entra-gate are expected, the compiler prints what to import. */
  readonly handlerMilliseconds?: {
    /** The text that the compiler prints. */
    readonly "Import requireAuth and anyOf of entra-gate, not of entra-gate/daloy": never;
  };
  /**
   * Refuses a request whose path DaloyJS's router and `except` could read differently, such as one with a slash at its
   * end. `except` skips `preBody`, but not this hook. It throws, because DaloyJS takes no response here.
   */
  onRequest(request: Request): void;
  /**
   * Authenticates the caller and checks the requirement.
   *
   * @returns the refusal; `undefined` if the caller is admitted
   */
  preBody(context: HookContext): Promise<Response | undefined>;
  /** Answers with the refusal that `onRequest` has thrown. @returns `undefined` for other errors */
  onError(error: unknown): Response | undefined;
  /**
   * Makes refusals and responses to requests with `Authorization` private.
   *
   * @returns a copy; `undefined` leaves other responses as they are
   */
  onSend(response: Response, context: HookContext | undefined): Response | undefined;
  /** Makes the headers private again, because hooks of other bundles can change them after `onSend`. */
  onResponse(response: Response, context: HookContext | undefined): void;
}

/** The hook of {@link checkAgain}. */
export interface LateHooks {
  /**
   * Checks the caller again.
   *
   * @returns the refusal; `undefined` if the caller still meets what it met before
   */
  beforeHandle(context: HookContext): Response | undefined | Promise<Response | undefined>;
}

/** A DaloyJS plugin with a verifier. */
export interface AuthPlugin<Verifier extends TokenVerifier = TokenVerifier> {
  /** Name of the plugin: `entra`, or `auth` for another provider. */
  readonly name: string;
  /** DaloyJS registers plugins of one name only if their seeds differ. `entraPlugin` has none. */
  readonly seed?: string;
  /**
   * Decorates a root app before its routes, if a worker has several plugins: `app.decorate("verifier",
   * plugin.verifier)`.
   */
  readonly verifier: Verifier;
  /** Decorates the app with the verifier. DaloyJS calls it: `app.register(plugin)`. */
  register(app: PluginApp): void;
}

/** Verifiers of all registered plugins. Root routes cannot see the decorations of a plugin. */
const registered = new Set<TokenVerifier>();
const nowhere: Background = () => {};
/** The `state` of requests whose caller was judged. */
const judged = new WeakSet<object>();
/** Number of plugins that were created. */
let created = 0;

/** The caller of a request, and the requirements that it has met. */
interface Met {
  readonly verifier: TokenVerifier;
  readonly requirements: readonly [Requirement, ...Requirement[]];
  readonly setup: GateSetup;
  readonly call: Call;
  readonly admission: Admission;
}

/** By the `state` of the request, because code of the app can change the values in it. */
const metByState = new WeakMap<object, Met>();

/**
 * Creates the plugin of Microsoft Entra ID for a DaloyJS app.
 *
 * @param config in code, with the names of the environment; without it, that of the process applies
 * @param options see {@link EntraOptions}
 * @param io interfaces to the platform; tests pass their own
 * @throws TypeError if the configuration in code or an option is invalid. An invalid environment is detected with the
 * first request: every guarded route then answers 500, and the log has the faults.
 *
 * @example
 * app.register(createEntraPlugin({ ENTRA_TENANT_ID: "11111111-…", ENTRA_API_AUDIENCE: "22222222-…" }));
 */
export function createEntraPlugin(
  config?: EntraConfig | (EntraConfig & AuthorityVariables),
  options: EntraOptions = {},
  io: Io = platformIo,
): AuthPlugin<EntraVerifier> {
  const verifier = createEntraVerifier("createEntraPlugin", config, options, createKeepAlive, io);
  return createPlugin("entra", verifier, nextSeed());
}

/** The plugin with the configuration of the process: `process.env`, which Workers fill too, or `Deno.env`. */
export const entraPlugin: AuthPlugin<EntraVerifier> = createPlugin(
  "entra",
  createEntraVerifier("entraPlugin", undefined, {}, createKeepAlive, platformIo),
);

/**
 * Creates a plugin from the verifier of any provider, as in DaloyJS's documentation.
 *
 * @throws TypeError if the verifier has no `verify` method
 *
 * @example
 * app.register(authPlugin({ verify: async (token) => ({ sub: await ask(token), scopes: ["read"], claims: {} }) }));
 */
export function authPlugin<Verifier extends TokenVerifier>(verifier: Verifier): AuthPlugin<Verifier> {
  if (!isVerifier(verifier)) throw new TypeError("authPlugin: a verifier must have a method verify(token)");
  return createPlugin("auth", verifier, nextSeed());
}

function nextSeed(): string {
  created += 1;
  return String(created);
}

/**
 * DaloyJS does not pass on the context of a request, so it is imported from workerd by name. Without that module, the
 * import fails and no work outlives the response.
 */
function createKeepAlive(): Background {
  return (work) => {
    const workers = findRuntimeModule("cloudflare:workers") as { waitUntil?: Background } | undefined;
    workers?.waitUntil?.(work);
  };
}

function createPlugin<Verifier extends TokenVerifier>(
  name: string,
  verifier: Verifier,
  seed?: string,
): AuthPlugin<Verifier> {
  return Object.freeze({
    name,
    ...(seed !== undefined && { seed }),
    verifier,
    register(app: PluginApp) {
      app.decorate("verifier", verifier);
      registered.add(verifier);
    },
  });
}

/**
 * Requires callers to meet a requirement, for example `{ hooks: requireAuth("orders.read") }`. It uses the decorated
 * verifier, or that of the only registered plugin. If there is none or a choice, it refuses every caller.
 * `state.principal` is the caller. With the option `trace`, `state.trace` has headers for requests of the app.
 *
 * @param wanted scopes, all of which a delegated token needs; or one object with lists
 * @throws TypeError if the requirement is empty, has an unknown member, or would admit every caller
 *
 * @example
 * app.get("/me", { hooks: requireAuth("access_as_user"), responses }, ({ state }) => answer(state.principal));
 */
export function requireAuth(...wanted: readonly string[] | readonly [RuleOptions]): AuthHooks {
  return createHooks({ requirement: createRequirement(readWanted(wanted), ofAnyProvider) });
}

/**
 * Requires callers to meet one of several requirements.
 *
 * @throws TypeError if there is no requirement
 *
 * @example
 * app.get("/orders", { hooks: anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] })) },
 * list);
 */
export function anyOf(...hooks: readonly Requiring[]): AuthHooks {
  return createHooks(combineHooks(...hooks));
}

/** DaloyJS takes a function for hooks without members: `hooks: requireAuth` would protect nothing. */
for (const uncalled of [requireAuth, anyOf]) {
  Object.defineProperty(uncalled, "preBody", {
    get() {
      throw new TypeError('requireAuth and anyOf must be called. Write hooks: requireAuth("…")');
    },
  });
}

/**
 * Checks again, right before the handler, that the token has not expired and was not revoked. Put it after everything
 * that can take long behind `requireAuth`: a body, or a slow `beforeHandle`. `every` of DaloyJS combines both. Without
 * a `requireAuth` that has admitted the caller, it refuses every request with 500.
 *
 * @example
 * app.post("/orders", { hooks: every(requireAuth("orders.write"), checkAgain), request: { body }, responses }, create);
 */
export const checkAgain: LateHooks = Object.freeze({
  beforeHandle({ request, state, routePath }: HookContext) {
    const met = metByState.get(state);
    if (met === undefined) {
      const call = createCall(request, undefined, nowhere, nameRoute(request, routePath), {});
      return hideCaller(
        state,
        refuseMisconfigured(platformIo, call, "checkAgain found no caller. Put requireAuth before it"),
      );
    }
    const { verifier, requirements, setup, call, admission } = met;
    const { guard, io } = findVerifierGate(verifier);
    if (stillHolds(admission, io.now())) return undefined;
    const asked = enter(guard, setup, call, { kind: "required", requirements }, admission);
    return asked.then((further) =>
      further instanceof Response ? hideCaller(state, further) : keep(state, met, further),
    );
  },
});

/** Lets later hooks and the handler know the caller. */
function keep(state: HookContext["state"], met: Omit<Met, "admission">, admission: Admission): undefined {
  judged.add(state);
  metByState.set(state, { ...met, admission });
  state.principal = admission.caller?.principal;
}

/** Hooks that run after a refusal see no caller, also if an earlier hook had admitted one. */
function hideCaller(state: HookContext["state"], refusal: Response): Response {
  judged.add(state);
  delete state.principal;
  return refusal;
}

function nameRoute(request: Request, routePath: string | undefined): string | undefined {
  return routePath === undefined ? undefined : `${request.method} ${routePath}`;
}

function createHooks({ requirement }: Requiring): AuthHooks {
  const access: Access = { kind: "required", requirements: [requirement] };
  // Another provider can have such names.
  const mistake = requirement.anyOf.map((rule) => findMistake(rule)).find((found) => found !== undefined);
  async function admit({ request, state, routePath }: HookContext): Promise<Response | undefined> {
    const route = nameRoute(request, routePath);
    const verifier = state.verifier ?? findRegistered();
    const refuseAs = (problem: string, tracer?: Tracer) =>
      refuseMisconfigured(platformIo, createCall(request, undefined, nowhere, route, {}, tracer), problem);
    if (!isVerifier(verifier)) return refuseAs(describeMissingVerifier());
    const { settings, guard, tracer, createBackground, readSetup } = findVerifierGate(verifier);
    const earlier = metByState.get(state);
    const met = earlier?.verifier === verifier ? earlier.requirements : [];
    const requirements = [requirement, ...met] as const;
    const problem = settings && (mistake ?? createAuthorityCheck(settings.options)(requirements));
    if (problem !== undefined) return refuseAs(problem, tracer);
    const setup = readSetup();
    const call = createCall(request, undefined, createBackground(), route, setup, tracer);
    const admission = await enter(guard, setup, call, access, undefined, { kind: "required", requirements });
    if (admission instanceof Response) return admission;
    keep(state, { verifier, requirements, setup, call }, admission);
    if (call.trace !== undefined) state.trace = call.trace.headers;
    return undefined;
  }
  return Object.freeze({
    [daloyMark]: true,
    [settingsName]: findSettings,
    requirement,
    onRequest(request: Request) {
      const fault = findPathFault(request.url);
      if (fault !== undefined) throw new RefusedRequest(refusePath(request, fault));
    },
    onError(error: unknown) {
      return error instanceof RefusedRequest ? error.response : undefined;
    },
    async preBody(context: HookContext) {
      const refusal = await admit(context);
      return refusal && hideCaller(context.state, refusal);
    },
    onSend(response: Response, context: HookContext | undefined) {
      return isPrivate(context) ? copyPrivate(response) : undefined;
    },
    onResponse(response: Response, context: HookContext | undefined) {
      if (isPrivate(context)) makePrivate(response.headers, response.status);
    },
  });
}

/** Ends a request in a phase of DaloyJS that takes no response. */
class RefusedRequest extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super("requireAuth refused the request");
    this.response = response;
  }
}

function refusePath(request: Request, denial: Denial): Response {
  const call = createCall(request, undefined, nowhere, undefined, {});
  return writeRefusal(createBareSetup(platformIo), { denial, caller: undefined }, call);
}

/** Without a context, `onRequest` may have refused the caller. Whether `except` made a route public is not known. */
function isPrivate(context: HookContext | undefined): boolean {
  if (context === undefined) return true;
  return isForOneCaller(judged.has(context.state), context.request.headers.has("authorization"));
}

/** For `entra-gate explain` and `doctor`: the configuration in code of the only plugin. */
function findSettings(): SettingsInCode | undefined {
  const verifier = findRegistered();
  return verifier && findVerifierGate(verifier).settings;
}

function findRegistered(): TokenVerifier | undefined {
  const [first, second] = registered;
  return second === undefined ? first : undefined;
}

function describeMissingVerifier(): string {
  const problem =
    registered.size > 1
      ? 'several plugins. Select one before the routes, with app.decorate("verifier", …)'
      : "no verifier";
  return `requireAuth found ${problem}`;
}
