import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EntraErrorName, entraErrors } from "../../entra/common/errors.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { api, clients, downstreamApi, tenants } from "../../entra/testing.ts";
import {
  authority,
  contoso,
  createExchange,
  createFlowWorld,
  createParameters,
  createRedemption,
  desktopUri,
  type FlowWorld,
} from "./support/world.ts";

const origin = { Origin: "http://localhost:5173" };
const unknownId = "d00d0000-0000-4000-8000-000000000000";
const daemon = { client_id: clients.daemon.clientId, client_secret: clients.daemon.secret };
const defaultScope = `${api.appIdUri}/.default`;
const appForm = { grant_type: "client_credentials", scope: defaultScope, ...daemon };
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const directory = createDirectory({
  apps: { single: { singleTenant: true, redirectUris: { web: ["https://single.example/"] }, secrets: ["secret"] } },
});
const single = directory.findApp("single")!;

let world: FlowWorld;
beforeAll(async () => {
  world = await createFlowWorld({ directory });
});
beforeEach(() => world.reset());

/** What a request got: the text of the error, wherever it is. */
async function authorize(
  changes: Record<string, string | undefined>,
  form: Record<string, string> = {},
): Promise<string> {
  const parameters = await createParameters(changes);
  const response =
    Object.keys(form).length > 0
      ? await world.browse(`${contoso}/oauth2/v2.0/authorize`, { ...parameters, ...form })
      : await world.browse(`${contoso}/oauth2/v2.0/authorize?${new URLSearchParams(parameters)}`);
  return readError(response);
}

async function readError(response: Response): Promise<string> {
  const location = response.headers.get("Location");
  if (location === null) return response.text();
  const { searchParams, hash } = new URL(location);
  const answered = searchParams.has("error") ? searchParams : new URLSearchParams(hash.slice(1));
  return JSON.stringify(Object.fromEntries(answered));
}

const token = async (form: Record<string, string | undefined>, headers: Record<string, string> = {}, path?: string) =>
  JSON.stringify((await world.post(form, headers, path)).body);

async function redeem(changes: Record<string, string | undefined>, headers: Record<string, string> = origin) {
  return token(createRedemption(await world.signIn("member"), changes), headers);
}

async function refresh(persona: string, changes: Record<string, string> = {}, path?: string, before?: () => void) {
  const { body } = await world.getTokens(persona);
  before?.();
  const form = { grant_type: "refresh_token", client_id: clients.spa.clientId, scope: defaultScope };
  return token({ ...form, refresh_token: String(body.refresh_token), ...changes }, origin, path);
}

const exchange = (assertion: string) => token(createExchange(assertion));

const mcp = { client_id: clients.mcp.clientId, scope: `${defaultScope} offline_access` };

async function requestDevice() {
  const { body } = await world.post(mcp, {}, "/oauth2/v2.0/devicecode");
  return body as { device_code: string; user_code: string };
}

const poll = (device_code: string, client_id = mcp.client_id) =>
  token({ grant_type: "urn:ietf:params:oauth:grant-type:device_code", client_id, device_code });

async function signAssertion(
  privateKey: CryptoKey,
  issuer: string = clients.daemon.clientId,
  claims: object = {},
): Promise<string> {
  return new SignJWT({ aud: `${contoso}/oauth2/v2.0/token`, jti: "j", ...claims })
    .setProtectedHeader({ alg: "PS256", "x5t#S256": "thumbprint" })
    .setIssuer(issuer)
    .setSubject(clients.daemon.clientId)
    .setNotBefore(world.nowSeconds)
    .setExpirationTime(world.nowSeconds + 300)
    .sign(privateKey);
}

/** Signs in with a registered certificate. */
async function sendOwnAssertion(claims: object): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair("PS256");
  world.entra.trustClientKey("daemon", await exportJWK(publicKey));
  return withAssertion(await signAssertion(privateKey, clients.daemon.clientId, claims));
}

const withAssertion = (client_assertion: string) =>
  token({ ...appForm, client_secret: undefined, client_assertion_type: assertionType, client_assertion });

const federatedIssuer = "https://issuer.example";
const federatedKeys = await generateKeyPair("RS256");

/** Signs in with an assertion of another issuer, which the client trusts. */
async function federate(claims: object, header: object = {}): Promise<string> {
  const { publicKey, privateKey } = federatedKeys;
  const { clientId } = clients["daemon-without-roles"];
  const issued = {
    iss: federatedIssuer,
    sub: clientId,
    aud: "api://AzureADTokenExchange",
    iat: world.nowSeconds,
    exp: world.nowSeconds + 300,
  };
  world.entra.trustIssuer("daemon-without-roles", {
    issuer: federatedIssuer,
    subject: clientId,
    key: await exportJWK(publicKey),
  });
  // Its documents are fetched, and do not exist.
  world.entra.trustIssuer("daemon-without-roles", { issuer: "https://nowhere.example", subject: clientId });
  const client_assertion = await new SignJWT({ ...issued, ...claims })
    .setProtectedHeader({ alg: "RS256", kid: "k", ...header })
    .sign(privateKey);
  const form = { ...appForm, client_id: clientId, client_secret: undefined, client_assertion };
  return token({ ...form, client_assertion_type: assertionType });
}

const twice = async (path: string, query: string) =>
  readError(await world.entra.fetch(new Request(contoso + path, { method: "POST", body: new URLSearchParams(query) })));

/** How to provoke each error. The table of the documentation says the same in words. */
const provocations: Readonly<Record<EntraErrorName, () => Promise<string>>> = {
  unknownTenant: () => token(appForm, {}, `${authority}/${unknownId}/oauth2/v2.0/token`),
  unknownTenantOfDocument: async () =>
    readError(await world.browse(`${authority}/${unknownId}/v2.0/.well-known/openid-configuration`)),
  tenantNeeded: () => token(appForm, {}, `${authority}/common/oauth2/v2.0/token`),
  multitenantNeeded: async () =>
    readError(await world.browse(`${authority}/common/oauth2/v2.0/authorize?client_id=${single.clientId}`)),
  codeOfOtherTenant: async () =>
    token(
      createRedemption(await world.signIn("member")),
      origin,
      `${authority}/${tenants.fabrikam.id}/oauth2/v2.0/token`,
    ),
  wrongMethod: async () => readError(await world.browse(`${contoso}/oauth2/v2.0/token`)),
  missingParameter: () => redeem({ code: undefined }),
  repeatedParameter: () => twice("/oauth2/v2.0/token", "grant_type=client_credentials&grant_type=refresh_token"),
  malformedRequest: () => token({ ...appForm, padding: "x".repeat(70_000) }),
  queryTooLong: () => authorize({ state: "x".repeat(17_000) }),
  wrongPrompt: () => authorize({ prompt: "maybe" }),
  boundTokenUnsupported: () => token({ ...appForm, token_type: "mtls_pop" }),
  unknownClient: () => authorize({ client_id: unknownId }),
  secretNeeded: () => token({ ...appForm, client_secret: undefined }),
  wrongSecret: () => token({ ...appForm, client_secret: "guess" }),
  unexpectedSecret: () => token({ ...appForm, client_id: clients.mcp.clientId }),
  async wrongClientAssertion() {
    return withAssertion(await signAssertion((await generateKeyPair("PS256")).privateKey));
  },
  wrongAssertionAudience: () => sendOwnAssertion({ aud: "https://login.example/token" }),
  tooManyAudiences: () => sendOwnAssertion({ aud: [`${contoso}/v2.0`, `${contoso}/oauth2/v2.0/token`] }),
  async certificateExpired() {
    const { publicKey, privateKey } = await generateKeyPair("PS256");
    world.entra.trustClientKey("daemon", { ...(await exportJWK(publicKey)), notAfterSeconds: world.nowSeconds });
    return withAssertion(await signAssertion(privateKey));
  },
  async untrustedIssuer() {
    return withAssertion(await signAssertion((await generateKeyPair("PS256")).privateKey, "https://issuer.example"));
  },
  unknownAssertionIssuer: () => federate({ iss: "https://evil.example" }),
  unknownAssertionSubject: () => federate({ sub: "another" }),
  unknownAssertionAudience: () => federate({ aud: api.appIdUri }),
  wrongAssertionType: () => federate({}, { typ: "at+jwt" }),
  assertionOutOfTime: () => federate({ exp: world.nowSeconds - 400 }),
  assertionLifetimeTooLong: () => federate({ iat: undefined }),
  unreachableIssuer: () => federate({ iss: "https://nowhere.example" }),
  wrongRedirectUri: () => authorize({ redirect_uri: "http://localhost:5173/callback.evil" }),
  otherRedirectUri: () => redeem({ redirect_uri: "http://localhost:5173/" }),
  crossOriginNeeded: () => redeem({}, {}),
  crossOriginForbidden: () => token(appForm, origin),
  wrongResponseType: () => authorize({ response_type: "token" }),
  idTokenDisabled: () =>
    authorize({ client_id: clients.mcp.clientId, redirect_uri: desktopUri, response_type: "id_token" }),
  wrongResponseMode: () => authorize({ response_type: "id_token", response_mode: "query" }),
  missingChallenge: () => authorize({ code_challenge: undefined, code_challenge_method: undefined }),
  wrongChallenge: () => authorize({ code_challenge: "short" }),
  wrongVerifier: () => redeem({ code_verifier: "verifier-of-another-request-with-43-characters" }),
  wrongCode: () => redeem({ code: "1.invented" }),
  async redeemedCode() {
    const form = createRedemption(await world.signIn("member"));
    await world.post(form, origin);
    return token(form, origin);
  },
  async expiredCode() {
    const form = createRedemption(await world.signIn("member"));
    world.entra.setClockOffset(600);
    return token(form, origin);
  },
  wrongRefreshToken: () => refresh("member", { refresh_token: "1.Ainvented" }),
  async refreshTokenOfOtherClient() {
    const { body } = await world.getTokens("member");
    const form = { grant_type: "refresh_token", client_id: clients["cae-spa"].clientId, scope: defaultScope };
    return token({ ...form, refresh_token: String(body.refresh_token) }, origin);
  },
  async expiredRefreshToken() {
    const { device_code, user_code } = await requestDevice();
    await world.browse(`${authority}/devicelogin`, { user_code, persona: "member" });
    const issued = JSON.parse(await poll(device_code));
    world.entra.setClockOffset(90 * 24 * 3600);
    return token({ ...mcp, grant_type: "refresh_token", refresh_token: issued.refresh_token });
  },
  expiredSpaRefreshToken: () => refresh("member", {}, undefined, () => world.entra.setClockOffset(24 * 3600)),
  revokedGrant: () => refresh("member", {}, undefined, () => world.entra.revoke({ persona: "member" })),
  wrongGrantType: () => token({ ...appForm, grant_type: "password" }),
  wrongScope: () => authorize({ scope: `${api.appIdUri}/nothing` }),
  unknownGraphScope: () => authorize({ scope: "access_as_user" }),
  unknownResource: () => token({ ...appForm, scope: "api://nobody/.default" }),
  wrongAppScope: () => token({ ...appForm, scope: `${api.appIdUri}/access_as_user` }),
  wrongResource: () => authorize({ resource: `${api.appIdUri}/` }),
  tokenOfItself: () => refresh("member", { scope: "" }),
  signInNeeded: () => authorize({ prompt: "none" }),
  async selectionNeeded() {
    await world.signIn("member");
    await world.signIn("admin");
    return authorize({ prompt: "none" });
  },
  unknownPersona: () => authorize({}, { persona: "outsider" }),
  userNotInTenant: () => refresh("member", {}, `${authority}/${tenants.fabrikam.id}/oauth2/v2.0/token`),
  consentNeeded: async () => exchange(await world.entra.issueAccessToken({ authority, persona: "newcomer" })),
  async silentConsentNeeded() {
    await world.browse(`${contoso}/oauth2/v2.0/authorize`, {
      ...(await createParameters({ scope: "openid" })),
      persona: "newcomer",
      decision: "accept",
    });
    return authorize({ prompt: "none" });
  },
  consentDeclined: () => authorize({}, { persona: "newcomer", decision: "cancel" }),
  async multifactorNeeded() {
    await world.signIn("member");
    world.entra.setConditionalAccess([{ user: "member", control: "mfa" }]);
    return authorize({ prompt: "none" });
  },
  async accessBlocked() {
    world.entra.setConditionalAccess([{ user: "member", control: "block" }]);
    return authorize({}, { persona: "member" });
  },
  wrongAssertion: async () => exchange(await world.entra.issueAccessToken({ authority, key: "next" })),
  expiredAssertion: async () => exchange(await world.entra.issueAccessToken({ authority, claims: { exp: 1 } })),
  foreignAssertion: async () =>
    exchange(await world.entra.issueAccessToken({ authority, claims: { aud: downstreamApi.clientId } })),
  idTokenAssertion: async () => exchange(await world.entra.issueIdToken({ authority })),
  appAssertion: async () => exchange(await world.entra.issueAccessToken({ authority, client: "daemon" })),
  authorizationPending: async () => poll((await requestDevice()).device_code),
  async deviceCodeDeclined() {
    const { device_code, user_code } = await requestDevice();
    await world.browse(`${authority}/devicelogin`, { user_code, decision: "cancel" });
    return poll(device_code);
  },
  async expiredDeviceCode() {
    const { device_code } = await requestDevice();
    world.entra.setClockOffset(900);
    return poll(device_code);
  },
  wrongDeviceCode: async () => poll((await requestDevice()).device_code, clients.spa.clientId),
};

describe("each error of the table", () => {
  it.each(Object.keys(entraErrors) as EntraErrorName[])("%s", async (name) => {
    const { code, error, suberror } = entraErrors[name];
    const answer = await provocations[name]();
    expect(answer).toMatch(new RegExp(`AADSTS${code}: `));
    if (!answer.startsWith("{")) return;
    const body = JSON.parse(answer);
    expect([body.error, body.suberror]).toEqual([error, suberror]);
    expect(body.error_description).toMatch(
      / Trace ID: [\da-f-]{36} Correlation ID: [\da-f-]{36} Timestamp: [\d-]{10} [\d:]{8}Z$/,
    );
  });
});

describe("a refused request", () => {
  it("leaves its code usable by its own client", async () => {
    const callback = await world.signIn("member");
    const other = createRedemption(callback, { client_id: clients["cae-spa"].clientId });
    expect((await world.post(other, origin)).body.error_codes).toEqual([70000]);
    expect((await world.post(createRedemption(callback), origin)).status).toBe(200);
  });

  it("is an exchange of a token of another tenant", async () => {
    const fabrikam = { tenant: "fabrikam", persona: "outsider" };
    const answer = JSON.parse(await exchange(await world.entra.issueAccessToken({ authority, ...fabrikam })));
    expect(answer.error_codes).toEqual([entraErrors.wrongAssertion.code]);
  });

  it("has the correlation ID of the client", async () => {
    const id = "11112222-3333-4444-5555-666677778888";
    const { body } = await world.post({}, { "client-request-id": id });
    expect(body.correlation_id).toBe(id);
  });

  it("is one with a refresh token that was tampered with", async () => {
    const { body } = await world.getTokens("member");
    const sealed = String(body.refresh_token);
    const middle = Math.floor(sealed.length / 2);
    const tampered = sealed.slice(0, middle) + (sealed[middle] === "A" ? "B" : "A") + sealed.slice(middle + 1);
    const form = { grant_type: "refresh_token", client_id: clients.spa.clientId, scope: defaultScope };
    expect((await world.post({ ...form, refresh_token: tampered }, origin)).body.error_codes).toEqual([9002313]);
    expect((await world.post({ ...form, refresh_token: sealed }, origin)).status).toBe(200);
  });

  it("shows an error that no client may get to the user, unframed", async () => {
    const response = await world.browse(`${contoso}/oauth2/v2.0/authorize?client_id=${unknownId}`);
    expect([response.status, response.headers.get("X-Frame-Options")]).toEqual([400, "DENY"]);
    expect(response.headers.get("Content-Security-Policy")).toBe("frame-ancestors 'none'");
  });
});

it("has a page for each code, where error_uri leads", async () => {
  const { body } = await world.post({ ...appForm, client_secret: "guess" });
  const page = await world.entra.fetch(new Request(String(body.error_uri)));
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("AADSTS7000215")]);
});
