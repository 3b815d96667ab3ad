import type { Requirement } from "../policy/requirement.ts";
import { completeAnswer } from "./complete.ts";
import { type AnswerWithCors, answerPreflight, isPreflight } from "./cors.ts";
import { methods } from "./definition.ts";
import type { Doorkeeper } from "./doorkeeper.ts";
import { answerError } from "./error-answer.ts";
import { MethodNotAllowedError, NotFoundError } from "./errors.ts";
import { Exchange, type ExchangeIo, type Surroundings } from "./exchange.ts";
import type { GuardFacts } from "./guard-facts.ts";
import { checkAccess, type Registry } from "./registry.ts";
import type { Fallback, Target } from "./route.ts";
import { createRouter } from "./router.ts";
import { checkTransport } from "./transport.ts";

/** Serves an app by itself, without a gate. */
export type Serve = (surroundings: Surroundings) => Response | Promise<Response>;

/**
 * Makes an app ready to be served.
 *
 * @throws TypeError naming a route that says nothing of who may call, or that forwards where nothing forwards
 */
export function createServer(
  { routes, doorkeeper }: Pick<Registry, "routes" | "doorkeeper">,
  fallback: Fallback,
  io: ExchangeIo,
): Serve {
  for (const route of routes) {
    checkAccess(route);
    if (route.forwards && doorkeeper === undefined) {
      throw new TypeError(`route ${route.name}: origin() forwards in a gate, or with entraPlugin`);
    }
  }
  const find = createRouter(routes);

  function answer(visit: Visit): Response | Promise<Response> {
    const target = find(visit.method, visit.path);
    if (target.kind === "unlisted" && isPreflight(visit.request))
      return answerPreflight(visit.request, findCors(visit));
    visit.meet(target, listMethods);
    return target.kind === "route" ? target.route.answer(visit) : fallback.answer(visit);
  }

  /** The policy of the route that the browser asks about. */
  function findCors({ request, path }: Visit): AnswerWithCors | undefined {
    const target = find(request.headers.get("access-control-request-method") ?? "", path);
    return target.kind === "route" ? target.route.cors : fallback.cors;
  }

  function listMethods(path: string): readonly string[] {
    return methods.filter((method) => find(method, path).kind === "route");
  }

  return (surroundings) => {
    const visit = new Visit(surroundings, io, doorkeeper);
    const finish = (response: Response) => completeAnswer(visit, response);
    const fail = (error: unknown) => finish(answerError(error, visit));
    try {
      const path = checkTransport(visit.method, visit.url, doorkeeper?.addresses(visit));
      if (!path.ok) return finish(visit.refuse(path.error));
      visit.path = path.value;
      const response = answer(visit);
      // What is there already is not waited for.
      return response instanceof Promise ? response.then(finish).catch(fail) : finish(response);
    } catch (error) {
      return fail(error);
    }
  };
}

/** A request to an app that is served by itself. */
class Visit extends Exchange {
  readonly #doorkeeper: Doorkeeper | undefined;
  #target: Target | undefined = undefined;
  #listMethods: ((path: string) => readonly string[]) | undefined = undefined;

  constructor(surroundings: Surroundings, io: ExchangeIo, doorkeeper: Doorkeeper | undefined) {
    super(surroundings, io);
    this.#doorkeeper = doorkeeper;
  }

  meet(target: Target, listMethods: (path: string) => readonly string[]): void {
    this.#target = target;
    this.#listMethods = listMethods;
    this.route = target.kind === "route" ? target.route.name : target.kind;
    if (target.kind !== "route") return;
    this.params = target.params;
    this.routeMode = target.route.mode;
    this.ownsAccessTokenParameter = target.route.ownsAccessTokenParameter;
    this.closesWebSocketAtExpiry = target.route.closesWebSocketAtExpiry;
  }

  guard(requirement: Requirement | undefined): Response | undefined | Promise<Response | undefined> {
    // Nothing is behind what is not a route but the answer that it is none.
    if (requirement === undefined && this.#target?.kind !== "route") return undefined;
    if (requirement === undefined || this.#doorkeeper === undefined) return this.refuse({ reason: "misconfigured" });
    return this.#doorkeeper.admit(this, requirement);
  }

  describeGuard(): GuardFacts | undefined {
    return this.#doorkeeper?.describe?.(this);
  }

  forward(ownScopes: readonly string[] | undefined): Promise<Response> {
    if (this.#target?.kind === "route" && this.#doorkeeper !== undefined)
      return this.#doorkeeper.forward(this, ownScopes);
    const allowed = this.#target?.kind === "unlisted" ? (this.#listMethods?.(this.path) ?? []) : [];
    return Promise.reject(allowed.length > 0 ? new MethodNotAllowedError(allowed) : new NotFoundError());
  }
}
