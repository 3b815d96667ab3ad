import { formatIssuer, formatIssuerV1 } from "../common/authority.ts";
import type { Client } from "../directory/clients.ts";
import { api, type Tenant, tenants } from "../directory/directory.ts";
import type { Persona } from "../directory/personas.ts";
import { createOpaque, derivePairwiseSubject, type RandomBytes } from "../directory/subject.ts";

/** 65 minutes: the difference of `exp` and `iat` in Microsoft's sample tokens. */
export const tokenLifetimeSeconds = 3900;

/** Entra does not list more groups than this in a JWT. The overage claims replace them. */
const maxGroups = 200;

export interface AccessTokenInput {
  /** Origin of the authority, without a slash at the end. */
  readonly authority: string;
  readonly tenant: Tenant;
  readonly client: Client;
  /** The user who signed in; undefined for an app-only token. */
  readonly persona: Persona | undefined;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Authentication contexts that the sign-in satisfied. */
  readonly acrs: readonly string[];
  readonly capabilities: readonly string[];
  readonly version: 1 | 2;
  readonly nowSeconds: number;
  readonly randomBytes: RandomBytes;
}

/** Members of a JSON object, for a token's header or payload. */
export type Claims = Record<string, unknown>;

/**
 * Creates the claims of an access token for the API, as Entra writes them. Claims without a value are absent.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export async function createAccessTokenClaims(input: AccessTokenInput): Promise<Claims> {
  const { persona } = input;
  return {
    ...createCommonClaims(input),
    ...(input.version === 1 ? createClientClaimsV1(input) : createClientClaims(input)),
    ...(persona ? await createUserClaims(input, persona) : createAppClaims(input)),
    ...(await createAgentClaims(input.client, persona)),
    ...(input.roles.length > 0 && { roles: input.roles }),
    ...(input.acrs.length > 0 && { acrs: input.acrs }),
    ...(input.capabilities.length > 0 && { xms_cc: input.capabilities }),
  };
}

function createCommonClaims({ tenant, nowSeconds, randomBytes }: AccessTokenInput): Claims {
  return {
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + tokenLifetimeSeconds,
    aio: createOpaque(randomBytes, 48),
    rh: `1.${createOpaque(randomBytes, 32)}.`,
    tid: tenant.id,
    uti: createOpaque(randomBytes),
  };
}

function createClientClaims({ authority, tenant, client }: AccessTokenInput): Claims {
  return {
    aud: api.clientId,
    iss: formatIssuer(authority, tenant.id),
    azp: client.clientId,
    azpacr: client.secret === undefined ? "0" : "1",
    ver: "2.0",
  };
}

function createClientClaimsV1({ authority, tenant, client }: AccessTokenInput): Claims {
  return {
    aud: api.appIdUri,
    iss: formatIssuerV1(authority, tenant.id),
    appid: client.clientId,
    appidacr: client.secret === undefined ? "0" : "1",
    ver: "1.0",
  };
}

/**
 * `idtyp` is an optional claim. It is the most reliable way to recognize app-only tokens (entra docs: claims
 * validation).
 */
function createAppClaims({ authority, tenant, client, version }: AccessTokenInput): Claims {
  const oid = client.servicePrincipalId;
  return { idtyp: "app", oid, sub: oid, ...(version === 1 && { idp: formatIssuerV1(authority, tenant.id) }) };
}

/**
 * Creates the claims that mark the token of an agent, which acts as itself, for a user, or with its own user account.
 *
 * @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-token-claims
 */
async function createAgentClaims(
  { blueprint, servicePrincipalId }: Client,
  persona: Persona | undefined,
): Promise<Claims> {
  if (blueprint === undefined) return {};
  const markers = { xms_act_fct: "3 9 11", xms_par_app_azp: blueprint };
  if (persona?.isOfAgent) return { ...markers, idtyp: "user", xms_sub_fct: "13 3" };
  if (persona) return { ...markers, idtyp: "user" };
  return { ...markers, sub: await derivePairwiseSubject(servicePrincipalId, api.clientId), xms_sub_fct: "9 3 11" };
}

async function createUserClaims(input: AccessTokenInput, persona: Persona): Promise<Claims> {
  const { authority, tenant, scopes, version } = input;
  const home = tenants[persona.homeTenant];
  return {
    name: persona.name,
    oid: persona.oid,
    scp: scopes.join(" "),
    sub: await derivePairwiseSubject(persona.oid, api.clientId),
    ...(home.id !== tenant.id && { idp: formatIssuerV1(authority, home.id) }),
    ...createGroupClaims(tenant, persona),
    ...(version === 1 ? createNameClaimsV1(persona) : { preferred_username: persona.username }),
  };
}

function createNameClaimsV1(persona: Persona): Claims {
  return {
    acr: "1",
    amr: ["pwd"],
    family_name: persona.familyName,
    given_name: persona.givenName,
    ipaddr: "192.0.2.1",
    unique_name: persona.username,
    upn: persona.username,
  };
}

/** @see https://learn.microsoft.com/security/zero-trust/develop/configure-tokens-group-claims-app-roles */
function createGroupClaims(tenant: Tenant, { groups, oid }: Persona): Claims {
  if (groups.length === 0) return {};
  if (groups.length <= maxGroups) return { groups };
  const endpoint = `https://graph.windows.net/${tenant.id}/users/${oid}/getMemberObjects`;
  return { _claim_names: { groups: "src1" }, _claim_sources: { src1: { endpoint } } };
}
