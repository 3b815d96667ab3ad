import { completeAnswer } from "./app/complete.ts";
import { findAnswer } from "./app/cors.ts";
import { Exchange, type Surroundings, surround } from "./app/exchange.ts";
import type { GuardFacts } from "./app/guard-facts.ts";
import { writeHealth } from "./app/health.ts";
import { checkOptions, forwards, type GateOptions, takeRoutes } from "./app/options.ts";
import type { AnswerExchange, Target } from "./app/route.ts";
import { checkTransport } from "./app/transport.ts";
import { readEnvironment } from "./config/environment.ts";
import type { Serving } from "./config/serving.ts";
import type { Denial } from "./denial.ts";
import { createEntrance, type Entrance } from "./entrance.ts";
import { type Background, type Io, platformIo } from "./io.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { isWorkers } from "./origin/platform.ts";
import { authorize } from "./policy/admission.ts";
import type { Requirement } from "./policy/requirement.ts";
import { createRuntimes, type Runtime } from "./runtime.ts";
import type { Principal } from "./token/principal.ts";

/** A worker's default export. */
export interface Gate {
  /** What it was made of, for `entra-gate explain` and `doctor`. */
  readonly options: GateOptions;
  fetch(
    request: Request,
    env?: unknown,
    ctx?: { waitUntil(work: Promise<unknown>): void },
  ): Response | Promise<Response>;
  /**
   * Fetches the keys of the configured tenants ahead of need, for the data centre in which a cron trigger runs; see
   * docs/keys.md. Never throws: what fails is in the log.
   */
  scheduled(event: unknown, env?: unknown, ctx?: { waitUntil(work: Promise<unknown>): void }): Promise<void>;
}

/** What all requests of a gate share. */
interface GateParts {
  readonly io: Io;
  readonly entrance: Entrance;
  readonly unlisted: "guard" | "reject";
}

/**
 * Makes a gate. Does no I/O: the configuration comes with the first request.
 *
 * @param options routes, and decisions that are made in code
 * @param io what the gate takes from the world; the platform's own unless a test passes another
 * @throws TypeError where an option or a route is faulty
 *
 * @example
 * const routes = new App().get("/orders/*", { middleware: [requireAuth("orders.read")] }, origin());
 * export default createGate({ routes, unlisted: "reject" });
 */
export function createGate(options: GateOptions = {}, io: Io = platformIo): Gate {
  checkOptions(options);
  const { unlisted = "guard", isTenantAllowed, downstream } = options;
  const { routes, fallback, find } = takeRoutes(options);
  const parts: GateParts = { io, entrance: createEntrance(io, options), unlisted };
  const withCors = findAnswer(options.cors);
  const defaultRequirementUnused = unlisted === "reject" && routes.every(({ access }) => access.kind !== "default");
  const keys = createKeyStore(io);
  const serving: Serving = { onWorkers: isWorkers(), forwards: (mode) => forwards(options, routes, mode) };
  const runtimeOf = createRuntimes({ io, keys, isTenantAllowed, defaultRequirementUnused, downstream, serving });

  function pass(passage: Passage): Response | Promise<Response> {
    const { request, runtime } = passage;
    if (!runtime.configured) return passage.refuse({ reason: "misconfigured" });
    const { access } = runtime.health;
    const healthPath = access === "off" ? undefined : runtime.health.path;
    const path = checkTransport(passage.method, passage.url, runtime.addresses, healthPath);
    if (!path.ok) return passage.refuse(path.error);
    passage.path = path.value;
    if (access !== "off" && passage.path === healthPath) return answerHealth(passage, access);
    return withCors(request, () => dispatch(passage));
  }

  async function answerHealth(passage: Passage, access: "public" | "guarded"): Promise<Response> {
    passage.route = "health";
    passage.routeMode = "enforce";
    const refusal = access === "guarded" ? await passage.guard(undefined) : undefined;
    return refusal ?? writeHealth(keys.describe(), access === "guarded", readEnvironment(passage.env));
  }

  function dispatch(passage: Passage): Response | Promise<Response> {
    try {
      const answer: AnswerExchange = passage.meet(find(passage.method, passage.path)) ?? fallback.answer;
      return answer(passage);
    } catch (error) {
      return passage.fail(error);
    }
  }

  return {
    options,
    fetch(request, env, ctx) {
      const runtime = runtimeOf(readEnvironment(env));
      const passage = new Passage(parts, runtime, surround(request, env, ctx));
      const finish = (response: Response) => completeAnswer(passage, response);
      const fail = (error: unknown) => finish(passage.fail(error));
      try {
        const response = pass(passage);
        // What is there already is not waited for.
        return response instanceof Promise ? response.then(finish).catch(fail) : finish(response);
      } catch (error) {
        return fail(error);
      }
    },
    async scheduled(_event, env, ctx) {
      const background: Background = (work) => ctx?.waitUntil?.(work);
      for (const source of runtimeOf(readEnvironment(env)).keySources) await keys.warm(source, background);
    },
  };
}

/** One request on its way through a gate. */
class Passage extends Exchange {
  readonly runtime: Runtime;
  readonly #parts: GateParts;
  /** Neither of a route nor to be guarded as an unlisted path is. */
  #isRejected = false;

  constructor(parts: GateParts, runtime: Runtime, surroundings: Surroundings) {
    super(surroundings, parts.io);
    this.#parts = parts;
    this.runtime = runtime;
    this.follow(runtime);
  }

  /** Takes note of where the request goes. @returns the route's answer, where it goes to one */
  meet(target: Target): AnswerExchange | undefined {
    if (target.kind === "route") {
      this.route = target.route.name;
      this.params = target.params;
      this.routeMode = target.route.mode;
      this.ownsAccessTokenParameter = target.route.ownsAccessTokenParameter;
      this.closesWebSocketAtExpiry = target.route.closesWebSocketAtExpiry;
      if (target.route.access.kind === "public") this.conclude(undefined);
      return target.route.answer;
    }
    this.route = target.kind;
    this.#isRejected = target.kind === "near-miss" || this.#parts.unlisted === "reject";
    return undefined;
  }

  guard(requirement: Requirement | undefined): Response | undefined | Promise<Response | undefined> {
    return this.#parts.entrance.guard(this, this.runtime, (caller) => this.#findDenial(caller, requirement));
  }

  #findDenial(principal: Principal, requirement: Requirement | undefined): Denial | undefined {
    if (this.#isRejected) return { reason: "route_unlisted" };
    return authorize(this.runtime, principal, requirement ?? this.runtime.defaultRequirement);
  }

  describeGuard(): GuardFacts | undefined {
    return this.runtime.facts;
  }

  forward(ownScopes: readonly string[] | undefined): Promise<Response> {
    return this.#parts.entrance.forward(this, this.runtime, ownScopes);
  }
}
