import { base64url } from "jose";
import { api } from "../directory/directory.ts";
import { findPersona } from "../directory/lookup.ts";
import { asksForIdToken, asksForRefreshToken, type ResourceScopes } from "../directory/scope.ts";
import type { ClaimsRequest } from "../tokens/claims-request.ts";
import { describeToken, findExpiry, type TokenRequest, type TokenResponse } from "./grant.ts";

interface UserTokensInput extends ResourceScopes {
  /** Short name of the user. */
  readonly persona: string;
  /** `scope` of the client's request. */
  readonly scope: string;
  readonly nonce: string | undefined;
  readonly claimsRequests: readonly ClaimsRequest[];
}

/**
 * Creates the response of the flows that act for a user: an access token for one API, and the other tokens that the
 * scope requests.
 */
export async function issueUserTokens(request: TokenRequest, input: UserTokensInput): Promise<TokenResponse> {
  const { form, authority, tenant, client, issuer, refreshTokens } = request;
  const { persona, resource, scopes, prefix, claimsRequests } = input;
  const accessToken = await issuer.issueAccessToken({
    authority,
    tenant: tenant.id,
    client: client.clientId,
    persona,
    scopes,
    ...(resource.clientId !== api.clientId && { roles: [] }),
    acrs: unite(claimsRequests.map(({ acrs }) => acrs)),
    capabilities: unite([client.capabilities, ...claimsRequests.map(({ capabilities }) => capabilities)]),
    claims: { aud: resource.clientId, exp: findExpiry(request) },
  });
  return {
    ...describeToken(request),
    scope: scopes.map((name) => `${prefix}/${name}`).join(" "),
    access_token: accessToken,
    ...(asksForRefreshToken(input.scope) && {
      refresh_token: refreshTokens.add({ tenant, clientId: client.clientId, persona }),
    }),
    ...(asksForIdToken(input.scope) && { id_token: await issueIdToken(request, input) }),
    ...(form.get("client_info") === "1" && { client_info: createClientInfo(persona, tenant.id) }),
  };
}

function issueIdToken({ authority, tenant, client, issuer }: TokenRequest, input: UserTokensInput): Promise<string> {
  return issuer.issueIdToken({
    authority,
    tenant: tenant.id,
    persona: input.persona,
    audience: client.clientId,
    roles: [],
    ...(input.nonce !== undefined && { nonce: input.nonce }),
  });
}

/** Identifies the user for the cache of Microsoft's libraries, which request it with `client_info=1`. */
function createClientInfo(persona: string, tenantId: string): string {
  return base64url.encode(JSON.stringify({ uid: findPersona(persona)?.oid, utid: tenantId }));
}

function unite(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
