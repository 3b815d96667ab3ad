import type { Denial } from "../../base/common/denial.ts";
import type { Io } from "../../base/common/io.ts";
import type { Authority } from "../authority/authority.ts";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/variables.ts";
import type { Caller } from "../token/caller.ts";
import type { Identity } from "../token/identity.ts";
import type { TokenCaller, TokenService, TraceWork } from "./downstream.ts";
import type { GroupsProvider } from "./entra-options.ts";

/** The interface of a provider to the gate. */
export interface GroupServiceFactory {
  /** Builds the service for one environment. Does no I/O. */
  create(parts: GroupServiceContext): GroupService;
}

/** Returns the interface of a provider, whose creator the entry point has checked. */
export function readGroupsProvider(provider: GroupsProvider | undefined): GroupServiceFactory | undefined {
  return provider as GroupServiceFactory | undefined;
}

export interface GroupServiceContext {
  readonly io: Io;
  readonly authority: Authority;
  readonly config: Pick<Config, "authority" | "cloud">;
  /** Already checked. */
  readonly environment: Environment;
  /** Tokens for Microsoft Graph. */
  readonly tokens: TokenService;
  /** With the option `spans`: asks for groups within a span. */
  readonly trace?: TraceWork<GroupDecision>;
}

/** What policy says about a caller, and the caller with the groups that decided. */
export interface GroupDecision {
  readonly denial: Denial | undefined;
  readonly caller: Caller;
}

/** Finds the groups of users whose tokens do not list them. */
export interface GroupService {
  /**
   * Decides about a caller. It asks for the groups only if they decide: the caller is refused without groups, and would
   * be admitted in all of them.
   *
   * @param call whose token is exchanged for one of Microsoft Graph
   * @param policy the denial of a caller; more groups never cause one
   * @returns a promise only if the groups are not in memory; it never rejects
   */
  decide(
    caller: Caller,
    call: Pick<TokenCaller, "request" | "background">,
    policy: (identity: Identity) => Denial | undefined,
  ): GroupDecision | Promise<GroupDecision>;
}
