import { formatIssuer, formatIssuerV1, type IssuerHost } from "../common/authority.ts";
import type { DirectoryApp, DirectoryTenant, DirectoryUser } from "../directory/model.ts";
import type { Resource } from "../directory/scope.ts";
import { createOpaque, derivePairwiseSubject, type RandomBytes } from "../directory/subject.ts";

/** 65 minutes: the difference of `exp` and `iat` in Microsoft's sample tokens. */
export const tokenLifetimeSeconds = 3900;

/** Entra does not list more groups than this in a JWT. The overage claims replace them. */
const maxGroups = 200;
/** The same for the implicit flow, whose tokens are in a URL. `hasgroups` replaces them. */
const maxImplicitGroups = 6;

export interface AccessTokenInput {
  /** Origin of the authority, without a slash at the end. */
  readonly authority: string;
  readonly issuerHost: IssuerHost | undefined;
  readonly tenant: DirectoryTenant;
  /** The API that the token is for. */
  readonly resource: Resource;
  readonly client: DirectoryApp;
  /** The user who signed in; undefined for an app-only token. */
  readonly user: DirectoryUser | undefined;
  /** When the user signed in, if it was not now. */
  readonly signedInAtSeconds?: number;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Authentication contexts that the sign-in satisfied. */
  readonly acrs: readonly string[];
  readonly capabilities: readonly string[];
  /** Whether the token comes straight from the sign-in page. */
  readonly isImplicit: boolean;
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
  const { user, resource } = input;
  const { accessToken: optional } = resource.optionalClaims;
  const claims: Claims = {
    ...createCommonClaims(input),
    ...(input.version === 1 ? createClientClaimsV1(input) : createClientClaims(input)),
    ...(user ? await createUserClaims(input, user) : createAppClaims(input)),
    ...(await createAgentClaims(input)),
    ...(input.roles.length > 0 && { roles: input.roles }),
    ...(input.acrs.length > 0 && { acrs: input.acrs }),
    ...(input.capabilities.length > 0 && { xms_cc: input.capabilities }),
    ...(user && listOptionalClaims(optional, user, input.signedInAtSeconds ?? input.nowSeconds)),
  };
  for (const name of ["acrs", "idtyp", "xms_cc"]) if (!optional.includes(name)) delete claims[name];
  return claims;
}

/** @see https://learn.microsoft.com/entra/identity-platform/optional-claims-reference */
export function listOptionalClaims(names: readonly string[], user: DirectoryUser, signedInAtSeconds: number): Claims {
  const known: Claims = {
    auth_time: signedInAtSeconds,
    email: user.email,
    family_name: user.familyName,
    given_name: user.givenName,
    login_hint: user.username,
    upn: user.username,
  };
  return Object.fromEntries(
    Object.entries(known).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
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

function createClientClaims({ authority, issuerHost, tenant, client, resource }: AccessTokenInput): Claims {
  return {
    aud: resource.clientId,
    iss: formatIssuer(authority, tenant.id, issuerHost),
    azp: client.clientId,
    azpacr: client.isPublicClient ? "0" : "1",
    ver: "2.0",
  };
}

function createClientClaimsV1({ authority, tenant, client, resource }: AccessTokenInput): Claims {
  return {
    aud: resource.appIdUris[0] ?? resource.clientId,
    iss: formatIssuerV1(authority, tenant.id),
    appid: client.clientId,
    appidacr: client.isPublicClient ? "0" : "1",
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
async function createAgentClaims({ client, user, resource }: AccessTokenInput): Promise<Claims> {
  const { blueprint, servicePrincipalId } = client;
  if (blueprint === undefined) return {};
  const markers = { xms_act_fct: "3 9 11", xms_par_app_azp: blueprint };
  if (user?.isOfAgent) return { ...markers, idtyp: "user", xms_sub_fct: "13 3" };
  if (user) return { ...markers, idtyp: "user" };
  const sub = await derivePairwiseSubject(servicePrincipalId, resource.clientId);
  return { ...markers, sub, xms_sub_fct: "9 3 11" };
}

async function createUserClaims(input: AccessTokenInput, user: DirectoryUser): Promise<Claims> {
  const { authority, tenant, scopes, version, resource } = input;
  return {
    name: user.name,
    oid: user.oid,
    scp: scopes.join(" "),
    sub: await derivePairwiseSubject(user.oid, resource.clientId),
    ...(user.homeTenant.id !== tenant.id && { idp: formatIssuerV1(authority, user.homeTenant.id) }),
    ...(resource.groupMembershipClaims !== "None" && createGroupClaims(tenant, user, input.isImplicit)),
    ...(version === 1 ? createNameClaimsV1(user) : { preferred_username: user.username }),
  };
}

/** A guest has an email address in place of a user principal name. */
export function createNameClaimsV1(user: DirectoryUser): Claims {
  return {
    acr: "1",
    amr: ["pwd"],
    family_name: user.familyName,
    given_name: user.givenName,
    ipaddr: "192.0.2.1",
    unique_name: user.username,
    ...(user.homeTenant.id === user.tenant.id ? { upn: user.username } : { email: user.email ?? user.username }),
  };
}

/**
 * @param isImplicit whether the token comes straight from the sign-in page
 * @see https://learn.microsoft.com/security/zero-trust/develop/configure-tokens-group-claims-app-roles
 */
export function createGroupClaims(
  tenant: DirectoryTenant,
  { groups, oid }: DirectoryUser,
  isImplicit: boolean,
): Claims {
  if (groups.length === 0) return {};
  if (isImplicit) return groups.length <= maxImplicitGroups ? { groups } : { hasgroups: true };
  if (groups.length <= maxGroups) return { groups };
  const endpoint = `https://graph.windows.net/${tenant.id}/users/${oid}/getMemberObjects`;
  return { _claim_names: { groups: "src1" }, _claim_sources: { src1: { endpoint } } };
}
