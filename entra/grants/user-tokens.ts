import { base64url } from "jose";
import type { Platform } from "../clients/redirect-uri.ts";
import { refuse } from "../common/error.ts";
import type { DirectoryUser } from "../directory/model.ts";
import { asksForDefault, asksForIdToken, asksForRefreshToken, type ResourceScopes } from "../directory/scope.ts";
import type { ClaimsRequest } from "../tokens/claims-request.ts";
import { listScopeClaims } from "../tokens/id-token.ts";
import type { SignIn } from "../tokens/sign-in.ts";
import { describeClient, describeToken, type TokenRequest, type TokenResponse } from "./grant.ts";
import { refuseControl } from "./refuse.ts";

interface UserTokensInput {
  /** The API, and the scopes for which it issues a token. */
  readonly requested: ResourceScopes;
  readonly signIn: SignIn;
  /** `scope` of the client's request. */
  readonly scope: string;
  readonly nonce: string | undefined;
  readonly claims: readonly ClaimsRequest[];
  /** Platform of the redirect URI of the sign-in. Without one: `web` if the client has authenticated, else `native`. */
  readonly platform: Platform;
}

/**
 * Creates the response of the flows that act for a user: an access token for one API, and the other tokens that the
 * scope requests. Throws a refusal if a revocation, Conditional Access or a missing consent forbids it.
 */
export async function issueUserTokens(request: TokenRequest, input: UserTokensInput): Promise<TokenResponse> {
  const { form, authority, client, issuer, version } = request;
  const { requested, signIn, claims } = input;
  const user = requireUser(request, signIn);
  requireGrantable(request, input, user);
  const { resource, scopes } = requested;
  const accessToken = await issuer.issueGrantedToken({
    authority,
    tenant: signIn.tenant.id,
    client: client.clientId,
    persona: signIn.persona,
    scopes,
    resource,
    signedInAtSeconds: signIn.signedInAtSeconds,
    acrs: listContexts(request, input, user),
    capabilities: unite([client.capabilities, ...claims.map(({ capabilities }) => capabilities)]),
    claims: describeClient(request, resource),
  });
  const asksForRefresh = version === 1 || asksForRefreshToken(input.scope);
  const asksForId = version === 1 || asksForIdToken(input.scope);
  return {
    ...describeToken(request),
    scope: version === 1 ? scopes.join(" ") : listGranted(input.requested, input.scope),
    access_token: accessToken,
    ...(asksForRefresh && { refresh_token: await sealRefreshToken(request, input) }),
    ...(asksForId && { id_token: await issueIdToken(request, input, user) }),
    ...(form.get("client_info") === "1" && { client_info: createClientInfo(user) }),
  };
}

/**
 * `scope` of the response: the scopes, and `.default` if the client has asked for it. MSAL for Go refuses an answer
 * without it.
 */
function listGranted({ scopes, prefix }: ResourceScopes, scope: string): string {
  const names = asksForDefault(scope) ? [...scopes, ".default"] : scopes;
  return names.map((name) => `${prefix}/${name}`).join(" ");
}

/** Throws a refusal if the directory does not have the user. */
function requireUser({ directory }: TokenRequest, { persona, tenant }: SignIn): DirectoryUser {
  const user = directory.findUser(persona);
  if (user === undefined) throw refuse("unknownPersona", { user: persona, tenant: tenant.name });
  return user;
}

function requireGrantable(request: TokenRequest, input: UserTokensInput, user: DirectoryUser): void {
  const { revocations, conditionalAccess, consents, client } = request;
  const { signIn, requested, claims } = input;
  const { clientId } = client;
  const resource = requested.resource.clientId;
  if (revocations.isRevoked(user.shortName, clientId, signIn.epoch)) throw refuse("revokedGrant");
  const occasion = { user: user.shortName, app: client.shortName, api: requested.resource.shortName };
  const unsatisfied = conditionalAccess.evaluate(occasion, requested, signIn);
  if (unsatisfied !== undefined) throw refuseControl(unsatisfied, resource);
  const context = unite(claims.map(({ acrs }) => acrs)).find((wanted) => !signIn.acrs.includes(wanted));
  if (context !== undefined) throw refuseControl(context, resource);
  if (!consents.covers(user, client, requested)) throw refuse("consentNeeded", { clientId, clientName: client.name });
}

/** The contexts that the client asks for, or that a policy or a scope requires. The user has satisfied them all. */
function listContexts(
  { conditionalAccess, client }: TokenRequest,
  input: UserTokensInput,
  user: DirectoryUser,
): readonly string[] {
  const { signIn, requested, claims } = input;
  const occasion = { user: user.shortName, app: client.shortName, api: requested.resource.shortName };
  const wanted = unite([...claims.map(({ acrs }) => acrs), conditionalAccess.list(occasion, requested)]);
  return signIn.acrs.filter((context) => wanted.includes(context));
}

function sealRefreshToken({ refreshTokens, client }: TokenRequest, input: UserTokensInput): Promise<string> {
  const { tenant, persona, acrs, hasMultifactor, signedInAtSeconds, epoch } = input.signIn;
  const grant = { persona, acrs, hasMultifactor, signedInAtSeconds, epoch, platform: input.platform };
  return refreshTokens.seal({ tenantId: tenant.id, clientId: client.clientId, ...grant });
}

function issueIdToken(
  request: TokenRequest,
  { signIn, nonce, scope }: UserTokensInput,
  user: DirectoryUser,
): Promise<string> {
  const { authority, client, issuer, version } = request;
  return issuer.issueIdToken({
    authority,
    tenant: signIn.tenant.id,
    persona: signIn.persona,
    audience: client.clientId,
    version,
    signedInAtSeconds: signIn.signedInAtSeconds,
    claims: listScopeClaims(scope, user),
    ...(nonce !== undefined && { nonce }),
  });
}

/** Identifies the user for the cache of Microsoft's libraries, which request it with `client_info=1`. */
export function createClientInfo({ oid, tenant }: DirectoryUser): string {
  return base64url.encode(JSON.stringify({ uid: oid, utid: tenant.id }));
}

function unite(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
