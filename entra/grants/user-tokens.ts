import { base64url } from "jose";
import { refuse } from "../common/error.ts";
import { api } from "../directory/directory.ts";
import { findPersona } from "../directory/lookup.ts";
import { asksForIdToken, asksForRefreshToken, type ResourceScopes } from "../directory/scope.ts";
import type { ClaimsRequest } from "../tokens/claims-request.ts";
import type { SignIn } from "../tokens/sign-in.ts";
import { describeToken, findExpiry, type TokenRequest, type TokenResponse } from "./grant.ts";
import { refuseAccess, refuseContext, refuseWithoutMultifactor } from "./refuse.ts";

interface UserTokensInput {
  /** The API, and the scopes for which it issues a token. */
  readonly requested: ResourceScopes;
  readonly signIn: Omit<SignIn, "epoch"> & { readonly epoch: number };
  /** `scope` of the client's request. */
  readonly scope: string;
  readonly nonce: string | undefined;
  readonly claims: readonly ClaimsRequest[];
  /** Whether the tokens go to the redirect URI of a SPA. */
  readonly isOfSpa: boolean;
}

/**
 * Creates the response of the flows that act for a user: an access token for one API, and the other tokens that the
 * scope requests. Throws a refusal if a revocation, Conditional Access or a missing consent forbids it.
 */
export async function issueUserTokens(request: TokenRequest, input: UserTokensInput): Promise<TokenResponse> {
  const { form, authority, client, method, issuer, version } = request;
  const { requested, signIn, claims } = input;
  requireGrantable(request, input);
  const { resource, scopes, prefix } = requested;
  const accessToken = await issuer.issueAccessToken({
    authority,
    tenant: signIn.tenant.id,
    client: client.clientId,
    persona: signIn.persona,
    scopes,
    ...(resource.clientId !== api.clientId && { roles: [] }),
    acrs: signIn.acrs,
    capabilities: unite([client.capabilities, ...claims.map(({ capabilities }) => capabilities)]),
    claims: { aud: resource.clientId, azpacr: method, exp: findExpiry(request) },
  });
  const asksForRefresh = version === 1 || asksForRefreshToken(input.scope);
  const asksForId = version === 1 || asksForIdToken(input.scope);
  return {
    ...describeToken(request),
    scope: version === 1 ? scopes.join(" ") : scopes.map((name) => `${prefix}/${name}`).join(" "),
    access_token: accessToken,
    ...(asksForRefresh && { refresh_token: await sealRefreshToken(request, input) }),
    ...(asksForId && { id_token: await issueIdToken(request, input) }),
    ...(form.get("client_info") === "1" && { client_info: createClientInfo(signIn) }),
  };
}

function requireGrantable(
  { revocations, conditionalAccess, consents, client }: TokenRequest,
  input: UserTokensInput,
): void {
  const { signIn, requested, claims } = input;
  const { persona, tenant } = signIn;
  const { clientId } = client;
  const resource = requested.resource.clientId;
  if (revocations.isRevoked(persona, clientId, signIn.epoch)) throw refuse("revokedGrant");
  const unsatisfied = conditionalAccess.evaluate(persona, clientId, signIn);
  if (unsatisfied === "block") throw refuseAccess();
  if (unsatisfied === "mfa") throw refuseWithoutMultifactor(resource);
  if (unsatisfied !== undefined) throw refuseContext(unsatisfied, resource);
  const context = unite(claims.map(({ acrs }) => acrs)).find((wanted) => !signIn.acrs.includes(wanted));
  if (context !== undefined) throw refuseContext(context, resource);
  if (!consents.covers(persona, tenant.id, clientId, requested)) {
    throw refuse("consentNeeded", { clientId, clientName: client.name });
  }
}

function sealRefreshToken(
  { refreshTokens, client }: TokenRequest,
  { signIn, isOfSpa }: UserTokensInput,
): Promise<string> {
  const { tenant, persona, acrs, hasMultifactor, signedInAtSeconds, epoch } = signIn;
  const { clientId } = client;
  return refreshTokens.seal({
    tenantId: tenant.id,
    clientId,
    persona,
    acrs,
    hasMultifactor,
    signedInAtSeconds,
    epoch,
    isOfSpa,
  });
}

function issueIdToken(
  { authority, client, issuer }: TokenRequest,
  { signIn, nonce }: UserTokensInput,
): Promise<string> {
  return issuer.issueIdToken({
    authority,
    tenant: signIn.tenant.id,
    persona: signIn.persona,
    audience: client.clientId,
    roles: [],
    ...(nonce !== undefined && { nonce }),
  });
}

/** Identifies the user for the cache of Microsoft's libraries, which request it with `client_info=1`. */
export function createClientInfo({ persona, tenant }: Pick<SignIn, "persona" | "tenant">): string {
  return base64url.encode(JSON.stringify({ uid: findPersona(persona)?.oid, utid: tenant.id }));
}

function unite(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
