import { isGuid } from "../config/guid.ts";
import { type CheckedClaims, clientClaims, type PrincipalKind } from "./claims.ts";
import type { JsonObject } from "./json.ts";

/** An agent identity of Microsoft Entra Agent ID that is the client application of a token. */
export interface Agent {
  /** Whether the agent acts as itself, for a human, or through its own user account. */
  readonly acts: "as-itself" | "for-user" | "as-own-user";
  /** App ID of its blueprint, a GUID. Many agents share a blueprint: log it, but do not authorize by it. */
  readonly blueprint?: string;
}

/** The caller, as a verified access token describes it. Frozen. */
export interface Principal {
  /** `user` if a user is signed in (delegated token), `app` if a client calls as itself (app-only token). */
  readonly kind: PrincipalKind;
  /** Stable for this user and this API only. */
  readonly sub: string;
  /** Object ID of the user or service principal in its tenant. Use it with `tid` as the key for stored data. */
  readonly oid: string;
  /** Tenant, a lower-case GUID. */
  readonly tid: string;
  /** Client application that acts, a GUID. */
  readonly azp: string;
  /**
   * Present if the token marks its client as an agent. The markers are optional claims, so a token without them can
   * belong to an agent too.
   */
  readonly agent?: Agent | undefined;
  /** Delegated permissions; empty for an app. */
  readonly scopes: readonly string[];
  /** App roles of the user or the app. */
  readonly roles: readonly string[];
  /** Every claim of the token. Never authorize by email, upn, name or preferred_username, because users can change them. */
  readonly claims: JsonObject;
}

/** RFC 6749 section 3.3: scopes with one SP between two. A list in another form grants nothing. */
const scopeList = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/**
 * Converts verified claims to a principal. Call it only after the signature was verified.
 *
 * @param claims payload of the token
 * @param checked result of {@link checkClaims}
 */
export function createPrincipal(
  claims: JsonObject,
  { kind, tenant, version }: Pick<CheckedClaims, "kind" | "tenant" | "version">,
): Principal {
  const { sub, oid, scp, roles } = claims as { sub: string; oid: string; scp?: string; roles?: readonly string[] };
  return freezeDeep({
    kind,
    sub,
    oid,
    tid: tenant,
    azp: claims[clientClaims[version]] as string,
    agent: readAgent(kind, claims),
    // In an app's token, `scp` only shows that there are no scopes.
    scopes: kind === "user" && scp !== undefined && scopeList.test(scp) ? scp.split(" ") : [],
    roles: roles ?? [],
    claims,
  });
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
  if (blueprint === undefined && !/\b1[13]\b/.test(writeFacets(actor, subject))) return undefined;
  const acts = kind === "app" ? "as-itself" : /\b13\b/.test(writeFacets(subject)) ? "as-own-user" : "for-user";
  return { acts, ...(isGuid(blueprint) && { blueprint }) };
}

/** Escapes end in letters or digits, which would hide the start of a number. */
function writeFacets(...values: readonly unknown[]): string {
  return JSON.stringify(values).replace(/\\(?:u.{4}|.)/g, " ");
}

/** A principal stays in memory after its request, so no handler may change it. */
function freezeDeep<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === "object" && member !== null) freezeDeep(member);
  }
  return Object.freeze(value);
}
