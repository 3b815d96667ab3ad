import { decodeJwt } from "jose";
import * as oauth from "oauth4webapi";
import { beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { authority, createOAuthWorld, describeClient, type OAuthWorld } from "./support/oauth-world.ts";

const redirectUri = "http://localhost:5173/callback";
const apiScope = `openid profile ${api.appIdUri}/access_as_user`;

let world: OAuthWorld;

beforeEach(() => {
  world = createOAuthWorld();
});

/** The request that a browser sends after the user has clicked a button of the sign-in page. */
async function signIn(parameters: Record<string, string>, persona: string): Promise<URL> {
  const page = await world.entra.fetch(new Request(formatAuthorizeUrl(parameters)));
  expect(page.status).toBe(200);
  const html = await page.text();
  const hidden = [...html.matchAll(/<input type="hidden" name="(.+?)" value="(.+?)"/g)].map(
    ([, name, value]) => [name!, value!.replaceAll("&quot;", '"').replaceAll("&amp;", "&")] as [string, string],
  );
  expect(html).toContain(`<button name="persona" value="${persona}">`);
  const body = new URLSearchParams([...hidden, ["persona", persona]]);
  const response = await world.entra.fetch(new Request(formatAuthorizeUrl({}), { method: "POST", body }));
  expect(response.status).toBe(302);
  return new URL(response.headers.get("Location")!);
}

function formatAuthorizeUrl(parameters: Record<string, string>): string {
  return `${authority}/${tenants.contoso.id}/oauth2/v2.0/authorize?${new URLSearchParams(parameters)}`;
}

async function createAuthorizeParameters(verifier: string, changes: Record<string, string> = {}) {
  return {
    client_id: clients.spa.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: apiScope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: "the state",
    nonce: "the nonce",
    ...changes,
  };
}

describe("authorization code with PKCE", () => {
  const verifier = oauth.generateRandomCodeVerifier();

  async function redeem(callback: URL, usedVerifier = verifier, parameters: Record<string, string> = {}) {
    const server = await world.discover();
    const { client, authentication } = describeClient("spa");
    const answer = oauth.validateAuthResponse(server, client, callback, "the state");
    return oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(server, client, authentication, answer, redirectUri, usedVerifier, {
        ...world.options,
        headers: new Headers({ Origin: "http://localhost:5173" }),
        additionalParameters: parameters,
      }),
      { expectedNonce: "the nonce" },
    );
  }

  it("issues the persona's tokens", async () => {
    const tokens = await redeem(await signIn(await createAuthorizeParameters(verifier), "admin"));
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      aud: api.clientId,
      azp: clients.spa.clientId,
      oid: personas.admin.oid,
      roles: ["Orders.Admin"],
      scp: "access_as_user",
    });
    expect(tokens.scope).toBe(`${api.appIdUri}/access_as_user`);
    expect(decodeJwt(tokens.id_token!)).toMatchObject({ aud: clients.spa.clientId, nonce: "the nonce" });
  });

  it("answers a claims request with capabilities and authentication contexts", async () => {
    const asked = JSON.stringify({ access_token: { acrs: { essential: true, value: "c1" } } });
    const callback = await signIn(await createAuthorizeParameters(verifier, { claims: asked }), "member");
    const capable = JSON.stringify({ access_token: { xms_cc: { values: ["cp1"] } } });
    const tokens = await redeem(callback, verifier, { claims: capable });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ xms_cc: ["cp1"], acrs: ["c1"] });
  });

  it("accepts .default for all scopes", async () => {
    const scope = `openid ${api.clientId}/.default`;
    const tokens = await redeem(await signIn(await createAuthorizeParameters(verifier, { scope }), "member"));
    expect(decodeJwt(tokens.access_token).scp).toBe("access_as_user orders.read");
  });

  it("issues a token for Microsoft Graph if no API is requested", async () => {
    const callback = await signIn(await createAuthorizeParameters(verifier, { scope: "openid" }), "member");
    expect(decodeJwt((await redeem(callback)).access_token).aud).toBe("00000003-0000-0000-c000-000000000000");
  });

  it("returns the answer in the fragment on request", async () => {
    const parameters = await createAuthorizeParameters(verifier, { response_mode: "fragment" });
    const callback = await signIn(parameters, "member");
    expect([callback.search, callback.hash]).toEqual(["", expect.stringContaining("code=")]);
  });

  it.each([
    ["an unknown client", { client_id: "d00d0000-0000-4000-8000-000000000000" }, 700016],
    ["another redirect URI", { redirect_uri: "http://attacker.example/callback" }, 50011],
    [
      "a redirect URI that only begins like a registered one",
      { redirect_uri: "http://localhost/callback.evil" },
      50011,
    ],
  ])("shows the user a fault for %s", async (_, changes, code) => {
    const url = formatAuthorizeUrl(await createAuthorizeParameters(verifier, changes));
    const response = await world.entra.fetch(new Request(url));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(`AADSTS${code}`);
  });

  it.each([
    ["another response type", { response_type: "token" }, "unsupported_response_type"],
    ["no challenge", { code_challenge: "" }, "invalid_request"],
    ["a plain challenge", { code_challenge_method: "plain" }, "invalid_request"],
    ["an unknown scope", { scope: `${api.appIdUri}/nothing` }, "invalid_scope"],
    ["a silent sign-in", { prompt: "none" }, "login_required"],
  ])("sends the client a fault for %s", async (_, changes, error) => {
    const url = formatAuthorizeUrl(await createAuthorizeParameters(verifier, changes));
    const response = await world.entra.fetch(new Request(url));
    expect(response.status).toBe(302);
    const { origin, searchParams } = new URL(response.headers.get("Location")!);
    expect(origin).toBe("http://localhost:5173");
    expect(Object.fromEntries(searchParams)).toMatchObject({ error, state: "the state" });
  });

  it("writes the client's parameters into the page only as text", async () => {
    const url = formatAuthorizeUrl(await createAuthorizeParameters(verifier, { state: '"><script>' }));
    expect(await (await world.entra.fetch(new Request(url))).text()).not.toContain("<script>");
  });
});
