import type { Requirement } from "../policy/requirement.ts";
import type { Exchange } from "./exchange.ts";
import type { GuardFacts } from "./guard-facts.ts";

/** What guards an app that is served by itself: made by `entraPlugin`. In a gate, the gate does this. */
export interface Doorkeeper {
  /**
   * Called first for each request. Makes its refusals follow the configuration.
   *
   * @returns origins that requests may be addressed to; `undefined` is any
   */
  addresses(exchange: Exchange): ReadonlySet<string> | undefined;
  /**
   * Lets the caller of a request in, and sets `exchange.principal`; or answers why not. Reads nothing of the body.
   *
   * @param requirement that the caller must meet
   */
  admit(exchange: Exchange, requirement: Requirement): Response | undefined | Promise<Response | undefined>;
  /** What a description of the API may say of this guard. @throws where its configuration is faulty */
  describe?(exchange: Exchange): GuardFacts;
  /** Sends the request on to the origin, with a token of its own where a route names scopes for it. */
  forward(exchange: Exchange, ownScopes: readonly string[] | undefined): Promise<Response>;
}
