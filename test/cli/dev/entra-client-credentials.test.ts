import { type CryptoKey, decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import * as oauth from "oauth4webapi";
import { beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { authority, createOAuthWorld, describeClient, type OAuthWorld, tokenEndpoint } from "./support/oauth-world.ts";

let world: OAuthWorld;

beforeEach(() => {
  world = createOAuthWorld();
});

describe("client credentials", () => {
  const form = {
    grant_type: "client_credentials",
    client_id: clients.daemon.clientId,
    client_secret: clients.daemon.secret,
    scope: `${api.appIdUri}/.default`,
  };

  it.each(["daemon", "daemon-without-roles"] as const)("return an app-only token for %s", async (name) => {
    const server = await world.discover();
    const { client, authentication } = describeClient(name);
    const scope = new URLSearchParams({ scope: form.scope });
    const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, scope, world.options);
    const tokens = await oauth.processClientCredentialsResponse(server, client, response);
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 3899 });
    const roles = name === "daemon" ? ["Orders.Read.All"] : undefined;
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: api.clientId, idtyp: "app", tid: tenants.contoso.id });
    expect(decodeJwt(tokens.access_token).roles).toEqual(roles);
  });

  it.each([
    ["no grant type", { grant_type: "" }, 400, "invalid_request", 900144],
    ["an unknown grant type", { grant_type: "password" }, 400, "unsupported_grant_type", 70003],
    ["an unknown client", { client_id: "d00d0000-0000-4000-8000-000000000000" }, 400, "unauthorized_client", 700016],
    ["no secret", { client_secret: "" }, 401, "invalid_client", 7000218],
    ["a wrong secret", { client_secret: "guess" }, 401, "invalid_client", 7000215],
    ["a user's scope", { scope: `${api.appIdUri}/access_as_user` }, 400, "invalid_scope", 1002012],
    ["an unknown API", { scope: "api://nobody/.default" }, 400, "invalid_resource", 500011],
    ["broken claims", { claims: "{" }, 400, "invalid_request", 9002313],
  ])("are refused with %s", async (_, changes, status, error, code) => {
    const answer = await world.postToken({ ...form, ...changes });
    const isLookedUp = [500011, 7000215, 7000218].includes(code);
    expect(answer).toEqual({
      status,
      body: {
        ...(isLookedUp && { error_uri: `${authority}/error?code=${code}` }),
        error,
        error_description: expect.stringMatching(new RegExp(`^AADSTS${code}: `)),
        error_codes: [code],
        timestamp: expect.any(String),
        trace_id: expect.any(String),
        correlation_id: expect.any(String),
      },
    });
  });

  const { client_secret: _, ...withoutSecret } = form;
  const signedWith = (client_assertion: string) => ({
    ...withoutSecret,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion,
  });
  const signAssertion = (privateKey: CryptoKey, changes: { alg?: string; thumbprint?: string; issuer?: string } = {}) =>
    new SignJWT({ jti: "j" })
      .setProtectedHeader({ alg: changes.alg ?? "PS256", "x5t#S256": changes.thumbprint ?? "thumbprint" })
      .setIssuer(changes.issuer ?? clients.daemon.clientId)
      .setSubject(clients.daemon.clientId)
      .setAudience(changes.issuer === undefined ? tokenEndpoint : "api://AzureADTokenExchange")
      .setIssuedAt(world.nowSeconds)
      .setNotBefore(world.nowSeconds)
      .setExpirationTime(world.nowSeconds + 600)
      .sign(privateKey);

  it("accept a certificate's signature instead of a secret", async () => {
    const { publicKey, privateKey } = await generateKeyPair("PS256");
    world.entra.trustClientKey("daemon", await exportJWK(publicKey));
    const signed = signedWith(await signAssertion(privateKey));
    expect((await world.postToken(signed)).status).toBe(200);
    world.nowSeconds += 2000;
    expect((await world.postToken(signed)).body.error_codes).toEqual([700024]);
  });

  it("check an assertion against its certificate: key, thumbprint and validity", async () => {
    const { publicKey, privateKey } = await generateKeyPair("PS256");
    const notAfterSeconds = world.nowSeconds + 60;
    const key = { ...(await exportJWK(publicKey)), "x5t#S256": "thumbprint", notAfterSeconds };
    world.entra.trustClientKey("daemon", key);
    const signed = signedWith(await signAssertion(privateKey));
    expect((await world.postToken(signed)).status).toBe(200);
    const misnamed = signedWith(await signAssertion(privateKey, { thumbprint: "another" }));
    expect((await world.postToken(misnamed)).body.error_codes).toEqual([700027]);
    const forged = signedWith(await signAssertion((await generateKeyPair("PS256")).privateKey));
    expect((await world.postToken(forged)).body.error_codes).toEqual([700027]);
    world.nowSeconds = notAfterSeconds;
    expect((await world.postToken(signed)).body.error_codes).toEqual([1000502]);
  });

  it("accept an assertion of another issuer that the client trusts, only for that subject", async () => {
    const { publicKey, privateKey } = await generateKeyPair("RS256");
    const issuer = "https://token.contoso.example";
    const signed = signedWith(await signAssertion(privateKey, { alg: "RS256", issuer }));
    expect((await world.postToken(signed)).body.error_codes).toEqual([70021]);
    const key = await exportJWK(publicKey);
    world.entra.trustIssuer("daemon", { issuer, subject: "another", key });
    expect((await world.postToken(signed)).body.error_codes).toEqual([700213]);
    world.entra.trustIssuer("daemon", { issuer, subject: clients.daemon.clientId, key });
    expect((await world.postToken(signed)).status).toBe(200);
  });
});
