/**
 * Groups of users from Microsoft Graph, for tokens that have too many groups to list them.
 *
 * @module
 */
import { defaultAuthority } from "../../base/common/authority-name.ts";
import type { Denial } from "../../base/common/denial.ts";
import { withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { checkOptionsOf, type Rule } from "../../base/common/options.ts";
import { isWithin, secondsUntil } from "../../base/common/period.ts";
import { keepValue } from "../../base/common/recent.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { createReader } from "../../core/config/variables.ts";
import type { TokenCaller } from "../../core/guard/downstream.ts";
import type { GroupsProvider } from "../../core/guard/entra-options.ts";
import type { GroupDecision, GroupService, GroupServiceContext } from "../../core/guard/groups.ts";
import { createProvider } from "../../core/guard/provider.ts";
import { replaceIdentity } from "../../core/token/caller.ts";
import { type GroupsLack, type Identity, listNamedGroups, replaceGroups } from "../../core/token/identity.ts";
import { readTokenCache } from "../downstream/token-cache.ts";
import { createFindGraph } from "./graph-host.ts";
import { createGroupLists, type ListFailure } from "./group-lists.ts";
import { type GraphFailure, listSecurityGroups, listTransitiveGroups, type ReadMemberships } from "./memberships.ts";
import { createList, createSharedLists, type GroupList, type ListName } from "./shared-lists.ts";

export type { GroupsProvider } from "../../core/guard/entra-options.ts";

/** Options of {@link groupsFromGraph}. */
export interface GraphGroupsOptions {
  /**
   * `true` counts security groups only, as `groupMembershipClaims: "SecurityGroup"` does. It needs the permission
   * `GroupMember.Read.All`, with consent of an administrator. Default: groups of all kinds.
   */
  readonly securityEnabledOnly?: boolean;
  /** `graph` asks Microsoft Graph for every user: the token's own list counts as nothing. Default: `token`. */
  readonly source?: "token" | "graph";
}

/** A failure that users of a tenant share. Graph throttles an application in a tenant, and not a user. */
interface Hold {
  readonly failure: Extract<GraphFailure, { readonly kind: "throttled" | "unavailable" }>;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What differs between the two calls of Microsoft Graph. */
interface Kind {
  readonly name: "all" | "security";
  readonly read: ReadMemberships;
  readonly permissions: readonly string[];
  /** The one of them that the log names if Graph denies the call. */
  readonly permission: string;
}

const all: Kind = { name: "all", read: listTransitiveGroups, permissions: ["User.Read"], permission: "User.Read" };
const security: Kind = {
  name: "security",
  read: listSecurityGroups,
  permissions: ["User.Read", "GroupMember.Read.All"],
  permission: "GroupMember.Read.All",
};

const optionRules: Readonly<Record<keyof GraphGroupsOptions, Rule>> = {
  securityEnabledOnly: (value) => typeof value === "boolean" || "must be true or false",
  source: (value) => value === "token" || value === "graph" || "must be token or graph",
};
const noGroups: readonly string[] = Object.freeze([]);

/**
 * Creates the option `groups`: if a token has too many groups to list them, Microsoft Graph says in which of the named
 * groups the user is. It requires the option `downstream`.
 *
 * @throws TypeError if an option is unknown or has a wrong value
 *
 * @example
 * import { downstream } from "entra-gate/downstream";
 * import { groupsFromGraph } from "entra-gate/groups";
 *
 * export default createGate({ routes, downstream: downstream(), groups: groupsFromGraph() });
 */
export function groupsFromGraph(options: GraphGroupsOptions = {}): GroupsProvider {
  checkOptionsOf("groupsFromGraph", options, optionRules);
  const kind = options.securityEnabledOnly ? security : all;
  const { source = "token" } = options;
  return createProvider("groups", {
    source,
    permissions: kind.permissions,
    create: (parts: GroupServiceContext) => createService(parts, kind, source === "graph"),
  });
}

function createService(parts: GroupServiceContext, kind: Kind, ignoresToken: boolean): GroupService {
  const { io, authority, config, environment, tokens, trace = (_background, work) => work() } = parts;
  const findGraph = createFindGraph(io, authority.login, config);
  const lists = createGroupLists(io, createSharedLists(io, readTokenCache(createReader(environment))));
  const holds = new Map<string, Hold>();
  /** Refused answers to a claims challenge of Graph, by token. The store of tokens keeps none of them. */
  const challenged = new WeakMap<Identity, { readonly denial: Denial; readonly atMs: number }>();
  const names = new WeakMap<Identity, ListName>();
  const vary = createVariants();
  const varyUnknown = createVariants();

  function holdTenant(tenant: string, failure: Hold["failure"], ms: number): void {
    const fromMs = io.now();
    keepValue(holds, limits.graphHosts, tenant, { failure, fromMs, untilMs: fromMs + ms });
  }

  function findHold(tenant: string): ListFailure | undefined {
    const hold = holds.get(tenant);
    const nowMs = io.now();
    if (hold === undefined || !isWithin(hold.fromMs, hold.untilMs, nowMs)) return undefined;
    return describeFailure({ ...hold.failure, retryAfterMs: hold.untilMs - nowMs }, kind, nowMs);
  }

  async function ask(
    caller: TokenCaller & { readonly identity: Identity },
    named: readonly string[],
  ): Promise<Result<GroupList, ListFailure>> {
    const { tid, oid } = caller.identity;
    const held = findHold(tid);
    if (held !== undefined) return fail(held);
    const unmet = challenged.get(caller.identity);
    if (unmet !== undefined && isWithin(unmet.atMs, unmet.atMs + limits.graphFailureMilliseconds, io.now()))
      return fail(ofToken(unmet.denial));
    const graph = await findGraph(tid);
    if (!graph.ok) {
      const failure = { kind: "unavailable", cause: graph.error } as const;
      holdTenant(tid, failure, limits.graphFailureMilliseconds);
      return fail(describeFailure(failure, kind, io.now()));
    }
    const scopes = kind.permissions.map((permission) => `${graph.value.resource}/${permission}`);
    let claims: string | undefined;
    for (;;) {
      const token = await tokens.exchange(caller, scopes, claims);
      if (!token.ok) {
        if (claims !== undefined) challenged.set(caller.identity, { denial: token.error, atMs: io.now() });
        return fail(ofToken(token.error));
      }
      const askedAtMs = io.now();
      const read = await readInTime(graph.value.origin, token.value.accessToken, oid);
      if (read.ok) return succeed(createList(named, read.value, askedAtMs));
      const { error } = read;
      if (error.kind === "throttled") holdTenant(tid, error, error.retryAfterMs ?? limits.graphThrottledMilliseconds);
      if (error.kind !== "challenged") return fail(describeFailure(error, kind, io.now()));
      // Entra answers the exchange with a challenge for the client, or with a token that meets the claims.
      if (claims !== undefined) {
        return fail(describeFailure({ kind: "unavailable", cause: "challenged twice" }, kind, io.now()));
      }
      claims = error.claims;
    }
  }

  async function readInTime(graph: string, accessToken: string, user: string) {
    const controller = new AbortController();
    const question = { graph, accessToken, user, signal: controller.signal };
    const read = await withDeadline(io, limits.groupReadMilliseconds, kind.read(io, question));
    controller.abort();
    return read ?? fail({ kind: "unavailable", cause: "timed out" } as const);
  }

  /**
   * The name of the user's list. It is kept, because a long text is slow to write and to look up for the first time.
   */
  function nameList(identity: Identity): ListName {
    const named = listNamedGroups();
    const kept = names.get(identity);
    if (kept?.named === named) return kept;
    // A list that was read before a further group was named can lack that group.
    const key = `${authority.login} ${kind.name} ${identity.tid} ${identity.oid} ${named.length}`;
    const name = { key, named };
    names.set(identity, name);
    return name;
  }

  return {
    decide(caller, call, policy) {
      const { identity } = caller;
      const isSettled = identity.kind !== "user" || vary.created.has(identity);
      const own = ignoresToken && !isSettled ? varyUnknown(identity, noGroups, "groups_overage") : identity;
      const conclude = (denial: Denial | undefined, chosen: Identity): GroupDecision => ({
        denial,
        caller: chosen === identity ? caller : replaceIdentity(caller, chosen),
      });
      const denial = policy(own);
      // Microsoft Graph is that of the default authority.
      const isForeign = identity.authority !== defaultAuthority;
      if (denial === undefined || isSettled || isForeign || own.groupsLack !== "groups_overage")
        return conclude(denial, own);
      const settle = (groups: readonly string[]): GroupDecision => {
        const found = vary(own, groups);
        return conclude(policy(found), found);
      };
      const name = nameList(identity);
      const known = lists.recall(name);
      if (known !== undefined) return settle(known);
      const { named } = name;
      // If the caller would be refused in all groups, they do not decide.
      const refused = policy(replaceGroups(own, named));
      if (refused !== undefined) return conclude(refused, own);
      const { request, background } = call;
      return trace(background, async () => {
        const found = await lists.find(name, () => ask({ identity, request, background }, named), background);
        return found.ok ? settle(found.value) : conclude(found.error, own);
      });
    },
  };
}

/** Returns an identity with other groups. */
interface Vary {
  (identity: Identity, groups: readonly string[], groupsLack?: GroupsLack): Identity;
  readonly created: WeakSet<Identity>;
}

/** A known token keeps one identity for each list, because other caches recognize a token by its identity. */
function createVariants(): Vary {
  const variants = new WeakMap<Identity, Identity>();
  const created = new WeakSet<Identity>();
  const vary = (identity: Identity, groups: readonly string[], groupsLack?: GroupsLack): Identity => {
    const known = variants.get(identity);
    if (known?.groups === groups) return known;
    const variant = replaceGroups(identity, groups, groupsLack);
    variants.set(identity, variant);
    created.add(variant);
    return variant;
  };
  return Object.assign(vary, { created });
}

/** A failure that depends on the token of the request. */
function ofToken(denial: Denial): ListFailure {
  return { describe: () => denial, keepMs: 0 };
}

/** @param keepMs how long Graph is not asked again */
function retryable(
  denial: { readonly reason: "groups_throttled" } | { readonly reason: "groups_unavailable"; readonly cause: string },
  keepMs: number,
  failedAtMs: number,
): ListFailure {
  const describe = (nowMs: number): Denial => ({
    ...denial,
    retryAfterSeconds: secondsUntil(failedAtMs + keepMs, nowMs),
  });
  return { describe, keepMs };
}

function describeFailure(
  failure: Exclude<GraphFailure, { kind: "challenged" }>,
  { permission }: Kind,
  failedAtMs: number,
): ListFailure {
  switch (failure.kind) {
    case "denied": {
      const { cause } = failure;
      return {
        describe: () => ({ reason: "groups_denied", permission, cause }),
        keepMs: limits.graphFailureMilliseconds,
      };
    }
    case "too_many_pages":
    case "too_many_groups": {
      const reason = `groups_${failure.kind}` as const;
      return { describe: () => ({ reason }), keepMs: limits.groupListMilliseconds };
    }
    case "throttled": {
      const { retryAfterMs = limits.graphThrottledMilliseconds } = failure;
      return retryable({ reason: "groups_throttled" }, retryAfterMs, failedAtMs);
    }
    case "unavailable": {
      const { cause, retryAfterMs = limits.graphFailureMilliseconds } = failure;
      return retryable({ reason: "groups_unavailable", cause }, retryAfterMs, failedAtMs);
    }
  }
}
