// Unmodified client libraries sign in over https. docs/reference/local-entra.md names each.
import { execFile, execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import path from "node:path";
import { promisify } from "node:util";
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createPipelineRequest,
} from "@azure/core-rest-pipeline";
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  OnBehalfOfCredential,
} from "@azure/identity";
import { ConfidentialClientApplication, InteractionRequiredAuthError, LogLevel } from "@azure/msal-node";
import { decodeJwt, importPKCS8, SignJWT } from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api, clients, downstreamApi, personas, tenants } from "../../../../entra/testing.ts";
import { createTestCertificate, type TestCertificate } from "../../../support/client-certificate.ts";
import { type HttpsEntra, startHttpsEntra } from "../support/https-entra.ts";

const federated = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issuer = "https://token.actions.githubusercontent.com";
const subject = "repo:contoso/orders:ref:refs/heads/main";
const webUri = "http://localhost/auth/callback";
const webId = "c11e0000-0000-4000-8000-0000000000aa";
const webSecret = "local-secret-of-the-web-app";
const defaultScope = `${api.appIdUri}/.default`;
const tenantId = tenants.contoso.id;

let local: HttpsEntra;
let certificate: TestCertificate;
let authority: string;

beforeAll(async () => {
  certificate = await createTestCertificate();
  const [block = ""] = certificate.pem.split("-----BEGIN PRIVATE KEY-----");
  const jwk = federated.publicKey.export({ format: "jwk" });
  local = await startHttpsEntra({
    apps: {
      certified: { certificates: [block], permissions: { api: ["Orders.Read.All"] } },
      workload: {
        federatedCredentials: [{ issuer, subject, keys: [{ ...jwk }] }],
        permissions: { api: ["Orders.Read.All"] },
      },
      web: { clientId: webId, secrets: [webSecret], redirectUris: { web: [webUri] } },
    },
  });
  authority = `${local.url}/${tenantId}`;
});
afterAll(() => local.stop());

const idOf = (name: string) => local.entra.directory.findApp(name)?.clientId ?? "";

/** A token of another issuer, with which the workload signs in. */
function signFederated(): Promise<string> {
  const token = new SignJWT({}).setProtectedHeader({ alg: "RS256" }).setIssuer(issuer).setSubject(subject);
  return token
    .setAudience("api://AzureADTokenExchange")
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(federated.privateKey);
}

/** An access token that a user's client sends to the API. */
const tokenOf = (persona: string) => local.entra.issueAccessToken({ authority: local.url, persona });

describe("@azure/msal-node", () => {
  /** @param credential in addition to the client ID */
  const createClient = (clientId: string, credential: object) =>
    new ConfidentialClientApplication({
      auth: { clientId, authority, knownAuthorities: [local.host], ...credential },
      system: { loggerOptions: { logLevel: LogLevel.Error, loggerCallback: () => {} } },
    });

  it("gets a token with a secret, and then the same one from its cache", async () => {
    const client = createClient(clients.daemon.clientId, { clientSecret: clients.daemon.secret });
    const first = await client.acquireTokenByClientCredential({ scopes: [defaultScope] });
    const second = await client.acquireTokenByClientCredential({ scopes: [defaultScope] });
    expect(decodeJwt(first?.accessToken ?? "")).toMatchObject({
      iss: `${authority}/v2.0`,
      aud: api.clientId,
      azpacr: "1",
      roles: ["Orders.Read.All"],
    });
    expect([second?.fromCache, second?.accessToken]).toEqual([true, first?.accessToken]);
  });

  it("gets a token with a certificate", async () => {
    const [x5c, privateKey] = certificate.pem.split(/(?=-----BEGIN PRIVATE KEY-----)/);
    const thumbprintSha256 = Buffer.from(certificate.thumbprint, "base64url").toString("hex");
    const client = createClient(idOf("certified"), { clientCertificate: { thumbprintSha256, privateKey, x5c } });
    const answer = await client.acquireTokenByClientCredential({ scopes: [defaultScope] });
    expect(decodeJwt(answer?.accessToken ?? "")).toMatchObject({ azp: idOf("certified"), azpacr: "2" });
  });

  it("gets a token with the assertion of another issuer", async () => {
    const client = createClient(idOf("workload"), { clientAssertion: signFederated });
    const answer = await client.acquireTokenByClientCredential({ scopes: [defaultScope] });
    expect(decodeJwt(answer?.accessToken ?? "")).toMatchObject({ azp: idOf("workload"), azpacr: "2" });
  });

  it("gets a token on behalf of a user, and the claims of a challenge", async () => {
    const client = createClient(clients.api.clientId, { clientSecret: clients.api.secret });
    const scopes = [`${downstreamApi.appIdUri}/inventory.read`];
    const answer = await client.acquireTokenOnBehalfOf({ oboAssertion: await tokenOf("member"), scopes });
    expect(decodeJwt(answer?.accessToken ?? "")).toMatchObject({ aud: downstreamApi.clientId, scp: "inventory.read" });
    const refused = client.acquireTokenOnBehalfOf({ oboAssertion: await tokenOf("cautious"), scopes });
    const error = await refused.catch((reason) => reason);
    expect(error).toBeInstanceOf(InteractionRequiredAuthError);
    expect(JSON.parse(error.claims)).toEqual({ access_token: { acrs: { essential: true, value: "c1" } } });
  });

  it("reports Entra's code for a wrong secret", async () => {
    const client = createClient(clients.daemon.clientId, { clientSecret: "wrong" });
    const error = await client.acquireTokenByClientCredential({ scopes: [defaultScope] }).catch((reason) => reason);
    expect([error.errorCode, error.errorNo]).toEqual(["invalid_client", 7000215]);
  });
});

describe("@azure/identity", () => {
  const options = () => ({ authorityHost: local.url, disableInstanceDiscovery: true });

  it("gets tokens with a secret, a certificate and an assertion", async () => {
    const { daemon } = clients;
    const credentials = [
      new ClientSecretCredential(tenantId, daemon.clientId, daemon.secret, options()),
      new ClientCertificateCredential(tenantId, idOf("certified"), { certificate: certificate.pem }, options()),
      new ClientAssertionCredential(tenantId, idOf("workload"), signFederated, options()),
    ];
    const tokens = await Promise.all(credentials.map((credential) => credential.getToken(defaultScope)));
    expect(tokens.map(({ token }) => decodeJwt(token).azpacr)).toEqual(["1", "2", "2"]);
  });

  it("gets a token on behalf of a user", async () => {
    const { clientId, secret: clientSecret } = clients.api;
    const userAssertionToken = await tokenOf("admin");
    const credential = new OnBehalfOfCredential({ tenantId, clientId, clientSecret, userAssertionToken, ...options() });
    const { token } = await credential.getToken(`${downstreamApi.appIdUri}/.default`);
    expect(decodeJwt(token)).toMatchObject({ oid: personas.admin.oid, aud: downstreamApi.clientId });
  });
});

describe("the bearer policy of @azure/core-rest-pipeline", () => {
  it("sends a token, and answers a claims challenge with a new one", async () => {
    const asked: (string | undefined)[] = [];
    const credential = {
      async getToken(_: string | string[], { claims }: { claims?: string } = {}) {
        asked.push(claims);
        const acrs = claims === undefined ? [] : [JSON.parse(claims).access_token.acrs.value];
        const graph = { aud: "00000003-0000-0000-c000-000000000000" };
        const token = await local.entra.issueAccessToken({
          authority: local.url,
          acrs,
          scopes: ["User.Read"],
          claims: graph,
        });
        return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    };
    const pipeline = createEmptyPipeline();
    const scopes = "https://graph.microsoft.com/.default";
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes }));
    const request = createPipelineRequest({ url: `${local.url}/v1.0/me/messages` });
    const { status } = await pipeline.sendRequest(createDefaultHttpClient(), request);
    expect([status, asked]).toEqual([200, [undefined, '{"access_token":{"acrs":{"essential":true,"value":"c2"}}}']]);
  });
});

describe("oauth4webapi", () => {
  it("signs in with PKCE and `state`, reads the user, and refreshes", async () => {
    const discovered = await oauth.discoveryRequest(new URL(`${authority}/v2.0`));
    const server = await oauth.processDiscoveryResponse(new URL(`${authority}/v2.0`), discovered);
    const client: oauth.Client = { client_id: webId };
    const authentication = oauth.ClientSecretPost(webSecret);
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const url = new URL(server.authorization_endpoint!);
    url.search = new URLSearchParams({
      client_id: webId,
      redirect_uri: webUri,
      response_type: "code",
      scope: "openid profile offline_access",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    }).toString();
    const callback = oauth.validateAuthResponse(server, client, await local.signIn(url), state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      callback,
      webUri,
      verifier,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    expect(claims).toMatchObject({ iss: `${authority}/v2.0`, aud: webId, name: "Local Member" });

    const { refresh_token } = tokens;
    const refreshing = await oauth.refreshTokenGrantRequest(server, client, authentication, refresh_token!, {
      additionalParameters: { scope: "openid profile offline_access" },
    });
    const refreshed = await oauth.processRefreshTokenResponse(server, client, refreshing);
    expect([refreshed.token_type, typeof refreshed.refresh_token]).toEqual(["bearer", "string"]);
    expect(refreshed.refresh_token).not.toBe(refresh_token);
  });
});

describe("openid-client", () => {
  it("signs in, refreshes, and builds the URL of the sign-out", async () => {
    const config = await openid.discovery(new URL(`${authority}/v2.0`), webId, webSecret);
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()];
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: webUri,
      scope: "openid profile offline_access",
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      state: expectedState,
      nonce: expectedNonce,
    });
    const tokens = await openid.authorizationCodeGrant(config, await local.signIn(url, "admin"), {
      pkceCodeVerifier,
      expectedState,
      expectedNonce,
    });
    expect(tokens.claims()).toMatchObject({ oid: personas.admin.oid, tid: tenantId });
    const scope = { scope: "openid profile offline_access" };
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!, scope);
    expect(refreshed.claims()?.sub).toBe(tokens.claims()?.sub);
    const signOut = openid.buildEndSessionUrl(config, {
      post_logout_redirect_uri: webUri,
      id_token_hint: tokens.id_token!,
    });
    const response = await fetch(signOut, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, webUri]);
  });

  it("signs in with a certificate, if its kid is the thumbprint", async () => {
    const block = certificate.pem.slice(certificate.pem.indexOf("-----BEGIN PRIVATE KEY-----"));
    const [first = ""] = certificate.pem.split("-----BEGIN PRIVATE KEY-----");
    const kid = createHash("sha1").update(new X509Certificate(first).raw).digest("base64url");
    const key = await importPKCS8(block, "PS256");
    const ask = async (credential: openid.PrivateKey | openid.CryptoKey) => {
      const method = openid.PrivateKeyJwt(credential);
      const config = await openid.discovery(new URL(`${authority}/v2.0`), idOf("certified"), undefined, method);
      return openid.clientCredentialsGrant(config, { scope: defaultScope });
    };
    expect(decodeJwt((await ask({ key, kid })).access_token)).toMatchObject({ azpacr: "2" });
    await expect(ask(key)).rejects.toMatchObject({ cause: { error_codes: [700027] } });
  });

  it("polls for the token of a device", async () => {
    const config = await openid.discovery(new URL(`${authority}/v2.0`), clients.mcp.clientId, undefined, openid.None());
    const started = await openid.initiateDeviceAuthorization(config, { scope: "openid" });
    const body = new URLSearchParams({ user_code: started.user_code, persona: "member" });
    expect((await fetch(started.verification_uri, { method: "POST", body })).status).toBe(200);
    const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...started, interval: 0.01 });
    expect(tokens.claims()?.oid).toBe(personas.member.oid);
  });
});

/** Debian's package python3-msal. */
const python = "/usr/bin/python3";
const hasMsal = (() => {
  try {
    execFileSync(python, ["-c", "import msal"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasMsal)("Python's msal", () => {
  it("gets tokens with a secret, on behalf of a user, and with a code, and renews the last one", async () => {
    const { daemon, api: middle } = clients;
    const { stdout } = await promisify(execFile)(
      python,
      [path.join(import.meta.dirname, "../support/msal-client.py")],
      {
        env: {
          PATH: process.env.PATH,
          REQUESTS_CA_BUNDLE: local.certificate,
          AUTHORITY: authority,
          DAEMON: JSON.stringify({ id: daemon.clientId, secret: daemon.secret, scope: defaultScope }),
          MIDDLE: JSON.stringify({
            id: middle.clientId,
            secret: middle.secret,
            scope: `${downstreamApi.appIdUri}/.default`,
            assertion: await tokenOf("member"),
          }),
          WEB: JSON.stringify({ id: webId, secret: webSecret, redirect: webUri }),
        },
      },
    );
    expect(JSON.parse(stdout)).toEqual({
      secret: ["identity_provider", "cache"],
      onBehalfOf: "inventory.read",
      code: "Local Member",
      silent: "refreshed",
    });
  });
});
