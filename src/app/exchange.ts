import { describeException } from "../cause.ts";
import { defaultObservation, type Mode } from "../config/observation.ts";
import type { Denial, Reason } from "../denial.ts";
import type { Background, Io } from "../io.ts";
import type { KeyLatency } from "../keys/key-store.ts";
import { isReportable } from "../policy/report.ts";
import type { Requirement } from "../policy/requirement.ts";
import type { Principal } from "../token/principal.ts";
import { createBareLog, type RecordDecision } from "./decision-log.ts";
import type { DownstreamService } from "./downstream.ts";
import type { GuardFacts } from "./guard-facts.ts";
import { refuse } from "./refuser.ts";

/** What the platform hands over with a request. */
export interface Surroundings {
  readonly request: Request;
  /** Variables and bindings of the platform. */
  readonly env: unknown;
  /** Keeps work alive past the answer. */
  readonly background: Background;
}

/** A platform's execution context, or what there is of one. */
export type PlatformContext = { readonly waitUntil?: (work: Promise<unknown>) => void };

/** Gathers the arguments of a fetch handler. */
export function surround(request: Request, env: unknown, context: PlatformContext | undefined): Surroundings {
  return { request, env, background: (work) => context?.waitUntil?.(work) };
}

/** What serving takes from the world. */
export type ExchangeIo = Pick<Io, "now" | "after" | "log" | "random">;

/** What a configuration says of all its requests. */
export interface ExchangeRules {
  /** Sign-in page, for challenges. */
  readonly authorizationUri: string;
  readonly mode: Mode;
  readonly record: RecordDecision;
  readonly downstream: DownstreamService | undefined;
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

/** One request on its way through a route. Who serves it, a gate or an app by itself, says who is let in and what forwards. */
export abstract class Exchange {
  /** As it came; where its body was read to be checked, with that body anew. */
  request: Request;
  readonly method: string;
  /** As the platform hands it over. */
  readonly url: string;
  readonly env: unknown;
  readonly background: Background;
  readonly io: ExchangeIo;
  /** Normal form of the path, see `normalizePath`; empty until it is known to have one. */
  path = "";
  params: Readonly<Record<string, string>> = noParams;
  /** For the log: the route as it was declared, or why there is none. */
  route: string | undefined = undefined;
  /** Whether the query parameter `access_token` is the route's own and no credential. */
  ownsAccessTokenParameter = false;
  /** Known once the caller has been let in. */
  principal: Principal | undefined = undefined;
  /** Tokens for other APIs, where whoever serves it has them. */
  downstream: DownstreamService | undefined = undefined;
  /** Credential that the origin gets in place of the caller's. */
  ownAuthorization: string | undefined = undefined;
  /** An answer that is private as it is, and that no hook gets: the last step does not look at its headers again. */
  privateAnswer: Response | undefined = undefined;
  /** Whether its WebSocket is closed when the caller's token expires. */
  closesWebSocketAtExpiry = false;
  /** When that is, in milliseconds since the epoch; known once it is forwarded. */
  socketEndsAtMs: number | undefined = undefined;
  keys: KeyLatency | undefined = undefined;
  /** Sign-in page, for challenges. */
  authorizationUri = "";
  mode: Mode = defaultObservation.mode;
  /** Of the route, in place of the configuration's. */
  routeMode: Mode | undefined = undefined;
  /** Why policy would have refused, where report mode let the request through. */
  reported: Reason | undefined = undefined;
  /** The log of decisions, once the configuration says how it is kept. */
  record: RecordDecision | undefined = undefined;
  #id: string | undefined = undefined;

  constructor({ request, env, background }: Surroundings, io: ExchangeIo) {
    this.request = request;
    this.method = request.method;
    this.url = request.url;
    this.env = env;
    this.background = background;
    this.io = io;
  }

  /** Takes over what a configuration says of all its requests. */
  follow({ authorizationUri, mode, record, downstream }: ExchangeRules): void {
    this.authorizationUri = authorizationUri;
    this.mode = mode;
    this.record = record;
    this.downstream = downstream;
  }

  /**
   * Lets the caller in, or answers why not. Reads nothing of the body.
   *
   * @param requirement `undefined` is the default one of the configuration
   */
  abstract guard(requirement: Requirement | undefined): Response | undefined | Promise<Response | undefined>;

  /**
   * Answers in place of a handler: by the origin, or that there is no such resource.
   *
   * @param ownScopes of the token that the origin gets in place of the caller's; `undefined` where the route names none
   */
  abstract forward(ownScopes: readonly string[] | undefined): Response | Promise<Response>;

  /** What the guard says of itself; `undefined` where it says nothing. @throws where its configuration is faulty */
  abstract describeGuard(): GuardFacts | undefined;

  /** Names this request in the log and in a problem's `instance`. */
  get requestId(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  /** Refuses the request: the caller gets the class of the denial, the log its exact reason. */
  refuse(denial: Denial): Response {
    const { method, background, route, principal, keys, authorizationUri, requestId: id } = this;
    const record = this.record ?? createBareLog(this.io);
    this.privateAnswer = refuse(record, denial, { background, method, route, principal, keys, authorizationUri, id });
    return this.privateAnswer;
  }

  /**
   * Concludes what policy decided: logs that the caller was let through, or refuses. In report mode it is let through in
   * spite of what policy says; a path that another route could be taken for is no matter of policy.
   */
  conclude(denial: Denial | undefined): Response | undefined {
    if (denial !== undefined && !this.#isReported(denial)) return this.refuse(denial);
    const { method, background, route, principal, keys } = this;
    this.reported = denial?.reason;
    const event = denial === undefined ? "allowed" : "reported";
    this.record?.({ event, method, route, denial, principal, keys }, background);
    return undefined;
  }

  #isReported(denial: Denial): boolean {
    const isUnlisted = denial.reason === "route_unlisted" && this.route === "unlisted";
    return (this.routeMode ?? this.mode) === "report" && (isUnlisted || isReportable(denial));
  }

  /** Answers what nobody foresaw: its text is for the log alone. */
  fail(error: unknown): Response {
    return this.refuse(describeException(error));
  }

  /** What every line of the log says of a request. */
  describe(): { method: string; route: string | undefined; tenant: string | undefined; client: string | undefined } {
    const { method, route, principal } = this;
    return { method, route, tenant: principal?.tid, client: principal?.azp };
  }
}
