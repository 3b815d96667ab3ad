import * as limits from "../../base/common/limits.ts";
import { isRecord } from "../../base/common/objects.ts";
import { isGuid } from "../config/guid.ts";
import { type CheckedClaims, clientClaims, type PrincipalKind } from "./claims.ts";
import type { JsonObject } from "./decode.ts";

/** An agent identity of Microsoft Entra Agent ID that is the client application of a token. */
export interface Agent {
  /** Whether the agent acts as itself, for a human, or through its own user account. */
  readonly acts: "as-itself" | "for-user" | "as-own-user";
  /** App ID of its blueprint, a GUID. Many agents share a blueprint: log it, but do not authorize by it. */
  readonly blueprint?: string;
}

/** What the gate itself needs of a verified token. The caches of an isolate keep it, and not the claims. */
export interface Identity {
  /** Name of the authority that issued the token. */
  readonly authority: string;
  readonly kind: PrincipalKind;
  readonly oid: string;
  readonly tid: string;
  readonly azp: string;
  readonly agent: Agent | undefined;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Groups of the caller that a requirement names. */
  readonly groups: readonly string[];
  /** Why the token does not list the groups, so that `groups` is empty. */
  readonly groupsLack: GroupsLack | undefined;
  /** Authentication contexts that the caller has met, from the claim `acrs`. */
  readonly contexts: readonly string[];
  /** Capabilities of the client, from the claim `xms_cc`. */
  readonly capabilities: readonly string[];
  /**
   * Claim `sid`, the session in which the user signed in. Absent in most tokens, and without the option `revocations`.
   */
  readonly sid?: string | undefined;
  /** Claim `uti`, the ID of the token itself. Absent without the option `revocations`. */
  readonly uti?: string | undefined;
  /** Claim `iat`. */
  readonly issuedAtSeconds: number;
  /** The first second in which the token has expired, with the clock skew. */
  readonly untilSeconds: number;
}

/**
 * Whether a token has expired. Whatever waited checks it again, because the token was valid before.
 *
 * @param nowMs since the epoch
 */
export function hasExpired({ untilSeconds }: Pick<Identity, "untilSeconds">, nowMs: number): boolean {
  return nowMs >= untilSeconds * 1_000;
}

const named = new Set<string>();

/**
 * Groups that requirements of this isolate name. Of the groups in a token, only these are kept and passed on. The IDs
 * are in the code and in the variables of the worker, so that their number is bounded. When the set has grown, what was
 * read from a token before may lack a group.
 */
export const namedGroups: ReadonlySet<string> = named;

/** Adds the groups of a requirement. */
export function nameGroups(groups: readonly string[]): void {
  for (const group of groups) named.add(group);
}

let namedList: readonly string[] = [];

/** @returns the same list until a further group is named */
export function listNamedGroups(): readonly string[] {
  if (namedList.length !== named.size) namedList = Object.freeze([...named]);
  return namedList;
}

/** The token has no claim `groups`, or too many groups to list them, or something else than object IDs. */
export type GroupsLack = "groups_absent" | "groups_overage" | "groups_are_names";

/** Equal lists and texts of many tokens, so that an isolate keeps each of them once. */
export interface SharedValues {
  /** Returns an equal, frozen list. */
  list(items: readonly string[]): readonly string[];
  /** Returns the scopes in a claim `scp`, as a frozen list. */
  scopes(scp: string): readonly string[];
  /** Returns an equal text. */
  text(value: string): string;
}

const emptyList: readonly string[] = Object.freeze([]);

/** Bytes of one entry, without its characters. */
const entryBytes = 128;

/**
 * Creates an empty table. When it is full, new values are no longer shared.
 *
 * @param bytesMaximum of all values together
 */
export function createSharedValues(bytesMaximum: number = limits.sharedValueBytes): SharedValues {
  const lists = new Map<string, readonly string[]>();
  const scopes = new Map<string, readonly string[]>();
  const texts = new Map<string, string>();
  let takenBytes = 0;

  function add<T>(values: Map<string, T>, key: string, value: T): T {
    // A list takes its key, its items and their texts; a character takes up to two bytes.
    const bytes = entryBytes + key.length * 8;
    if (takenBytes + bytes > bytesMaximum) return value;
    takenBytes += bytes;
    values.set(key, value);
    return value;
  }

  return {
    list(items) {
      if (items.length === 0) return emptyList;
      const key = JSON.stringify(items);
      return lists.get(key) ?? add(lists, key, Object.freeze([...items]));
    },
    scopes: (scp) => scopes.get(scp) ?? add(scopes, scp, Object.freeze(readScopes(scp))),
    text: (value) => texts.get(value) ?? add(texts, value, value),
  };
}

/** RFC 6749 section 3.3: scopes with one SP between two. A list in another form grants nothing. */
const scopeList = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

function readScopes(text: string): readonly string[] {
  return scopeList.test(text) ? text.split(" ") : emptyList;
}

/** Shares nothing. */
const unshared: SharedValues = createSharedValues(0);

/**
 * Reads the identity from checked claims.
 *
 * @param claims payload of the token
 * @param checked result of `checkClaims`
 * @param shared values of other tokens
 * @param keepsIds whether `sid` and `uti` are read
 */
export function readIdentity(
  claims: JsonObject,
  {
    authority,
    kind,
    tenant,
    version,
    validity,
  }: Pick<CheckedClaims, "authority" | "kind" | "tenant" | "version" | "validity">,
  shared: SharedValues = unshared,
  keepsIds = true,
): Identity {
  const { oid, scp = "", roles, iat } = claims as { oid: string; scp?: string; roles?: string[]; iat: number };
  // In an app's token, `scp` only shows that there are no scopes.
  // Without a requirement that names groups, nothing reads them.
  const groupsLack = namedGroups.size === 0 ? "groups_absent" : findGroupsLack(claims);
  return {
    authority,
    kind,
    oid,
    tid: shared.text(tenant),
    azp: shared.text(claims[clientClaims[version]] as string),
    agent: readAgent(kind, claims),
    scopes: kind === "user" ? shared.scopes(scp) : emptyList,
    roles: shared.list(roles ?? emptyList),
    groups:
      groupsLack === undefined
        ? shared.list((claims.groups as string[]).filter((group) => namedGroups.has(group)))
        : emptyList,
    groupsLack,
    contexts: shared.list(readTexts(claims.acrs)),
    capabilities: shared.list(readTexts(claims.xms_cc)),
    sid: keepsIds ? readText(claims.sid) : undefined,
    uti: keepsIds ? readText(claims.uti) : undefined,
    issuedAtSeconds: iat,
    untilSeconds: validity.untilSeconds,
  };
}

/**
 * Reads the groups that a requirement names. The claim may be partial if a marker says that groups are missing, so that
 * it counts as nothing then. It counts as nothing too if it has names: whoever may create a group chooses its name.
 *
 * @see https://learn.microsoft.com/security/zero-trust/develop/configure-tokens-group-claims-app-roles
 */
function findGroupsLack(claims: JsonObject): GroupsLack | undefined {
  const { groups } = claims;
  if (hasGroupMarker(claims)) return "groups_overage";
  if (groups === undefined) return "groups_absent";
  return Array.isArray(groups) && groups.every(isGuid) ? undefined : "groups_are_names";
}

/**
 * Copies an identity with other groups, and without what a cache keeps beside it.
 *
 * @param groupsLack why they are unknown; absent if they are known
 */
export function replaceGroups(identity: Identity, groups: readonly string[], groupsLack?: GroupsLack): Identity {
  const { authority, kind, oid, tid, azp, agent, scopes, roles, contexts, capabilities, sid, uti } = identity;
  const { issuedAtSeconds, untilSeconds } = identity;
  const ofUser = { authority, kind, oid, tid, azp, agent, scopes, roles, groups, groupsLack };
  const ofToken = { contexts, capabilities, sid, uti, issuedAtSeconds, untilSeconds };
  return { ...ofUser, ...ofToken } satisfies Record<keyof Identity, unknown>;
}

/** Whether a token says that groups are missing in it. Clients of the implicit flow get `hasgroups`. */
export function hasGroupMarker({ _claim_names: names, hasgroups }: JsonObject): boolean {
  if (hasgroups !== undefined || names === undefined) return hasgroups !== undefined;
  return !isRecord(names) || Object.hasOwn(names, "groups");
}

/** Reads a claim that should be an array of strings. Otherwise it counts as empty. */
export function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : emptyList;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/**
 * Reads the markers of an agent. They are optional claims, so one of them is sufficient. Managed identities have facets
 * too, but not 11 (AgentIdentity) or 13 (AgentIDUser). Entra writes facets as numbers with spaces between them. The
 * code searches the JSON text, so that a list of numbers counts too.
 *
 * @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-token-claims
 */
function readAgent(kind: PrincipalKind, claims: JsonObject): Agent | undefined {
  const { xms_act_fct: actor, xms_sub_fct: subject, xms_par_app_azp: blueprint } = claims;
  if (blueprint === undefined && actor === undefined && subject === undefined) return undefined;
  if (blueprint === undefined && !/\b1[13]\b/.test(writeFacets(actor, subject))) return undefined;
  const acts = kind === "app" ? "as-itself" : /\b13\b/.test(writeFacets(subject)) ? "as-own-user" : "for-user";
  return Object.freeze({ acts, ...(isGuid(blueprint) && { blueprint }) });
}

/** Escapes end in letters or digits, which would hide the start of a number. */
function writeFacets(...values: readonly unknown[]): string {
  return JSON.stringify(values).replace(/\\(?:u.{4}|.)/g, " ");
}
