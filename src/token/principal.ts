import { isGuid } from "../config/guid.ts";
import { type CheckedClaims, clientClaims, type PrincipalKind } from "./claims.ts";
import type { JsonObject } from "./json.ts";

/** An agent identity of Microsoft Entra Agent ID, as the client application of a token. */
export interface Agent {
  /** Whether it acts as itself, for a human, or through a user account of its own. */
  readonly acts: "as-itself" | "for-user" | "as-own-user";
  /** App id of its blueprint, a GUID. Many agents share one: log it, and do not authorize by it. */
  readonly blueprint?: string;
}

/** Who calls: what a verified access token says, frozen. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** Stable for this user and this API only. */
  readonly sub: string;
  /** Object id of the user or service principal in its tenant. With `tid`, the key under which to store data. */
  readonly oid: string;
  /** Tenant, a lower-case GUID. */
  readonly tid: string;
  /** Client application that acts. */
  readonly azp: string;
  /**
   * Present if the token marks its client as an agent. The markers are optional claims: a token without them can come from an
   * agent too.
   */
  readonly agent?: Agent | undefined;
  /** Delegated permissions; empty for an app. */
  readonly scopes: readonly string[];
  /** App roles, of the user or of the app. */
  readonly roles: readonly string[];
  /** Every claim as it stands in the token. Never authorize on email, upn, name or preferred_username: users change them. */
  readonly claims: JsonObject;
}

/** RFC 6749 section 3.3: names with one SP between two. A list in any other form grants nothing. */
const scopeList = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/**
 * Turns verified claims into a Principal. Pure; only ever called after the signature held.
 *
 * @param claims payload of the token
 * @param checked what {@link checkClaims} found
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
    // The `scp` of an app's token is a sign for none.
    scopes: kind === "user" && scp !== undefined && scopeList.test(scp) ? scp.split(" ") : [],
    roles: roles ?? [],
    claims,
  });
}

/**
 * Reads the markers of an agent. Each of them alone proves that the client is one, because each is an optional claim. Managed
 * identities carry facets too, but neither 11 (AgentIdentity) nor 13 (AgentIDUser). Entra writes facets as numbers with spaces
 * between them. The JSON text is searched, so a list of numbers would count too.
 *
 * @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-token-claims
 */
function readAgent(kind: PrincipalKind, claims: JsonObject): Agent | undefined {
  const { xms_act_fct: actor, xms_sub_fct: subject, xms_par_app_azp: blueprint } = claims;
  if (blueprint === undefined && !/\b1[13]\b/.test(JSON.stringify([actor, subject]))) return undefined;
  const acts = kind === "app" ? "as-itself" : /\b13\b/.test(JSON.stringify(subject)) ? "as-own-user" : "for-user";
  return { acts, ...(isGuid(blueprint) && { blueprint }) };
}

/** A principal outlives its request in memory: no handler may change it for the next one. */
function freezeDeep<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === "object" && member !== null) freezeDeep(member);
  }
  return Object.freeze(value);
}
