import { decodeJwt } from "jose";
import * as oauth from "oauth4webapi";
import { beforeEach, describe, expect, it } from "vitest";
import { type ClientName, clients } from "../../../entra/directory/clients.ts";
import { api, mcpApi, tenants } from "../../../entra/directory/directory.ts";
import { authority, createOAuthWorld, type OAuthWorld } from "./support/oauth-world.ts";

const resource = "https://mcp.contoso.example/mcp";
const redirectUri = "http://localhost:33333/callback";
const verifier = oauth.generateRandomCodeVerifier();

let world: OAuthWorld;

beforeEach(() => {
  world = createOAuthWorld();
  world.entra.addMcpUri(resource);
});

async function authorize(
  changes: Record<string, string | undefined>,
  client: ClientName = "mcp",
): Promise<URL | string> {
  const parameters = {
    client_id: clients[client].clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: `${resource}/tools.read`,
    resource,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...changes,
  };
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const url = `${authority}/${tenants.contoso.id}/oauth2/v2.0/authorize`;
  const body = new URLSearchParams([...given, ["persona", "member"]]);
  const response = await world.entra.fetch(new Request(url, { method: "POST", body }));
  return response.status === 302 ? new URL(response.headers.get("location")!) : response.text();
}

/** The client's result: a code, or the number of Entra's error. */
async function answer(changes: Record<string, string | undefined>): Promise<string> {
  const said = await authorize(changes);
  if (typeof said !== "string" && said.searchParams.has("code")) return "code";
  const text = typeof said === "string" ? said : said.searchParams.get("error_description");
  return /AADSTS\d+/.exec(text ?? "")?.[0] ?? String(said);
}

async function redeem(scope: string, client: ClientName = "mcp", changes: Record<string, string> = {}) {
  const callback = (await authorize({ scope }, client)) as URL;
  return world.postToken({
    grant_type: "authorization_code",
    client_id: clients[client].clientId,
    code: callback.searchParams.get("code")!,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    resource,
    ...changes,
  });
}

describe("the parameter resource", () => {
  it.each([
    ["the Application ID URI", {}, "code"],
    ["the URI without its path", { resource: "https://mcp.contoso.example" }, "AADSTS9010010"],
    ["a slash at the end", { resource: `${resource}/` }, "AADSTS9010010"],
    ["another case", { resource: resource.replace("/mcp", "/MCP") }, "AADSTS9010010"],
    ["the client id", { resource: mcpApi.clientId }, "AADSTS9010010"],
    ["another API", { resource: api.appIdUri }, "AADSTS9010010"],
    ["another URI of the same API", { resource: mcpApi.appIdUri }, "code"],
    ["scopes of no API", { scope: "openid offline_access" }, "AADSTS9010010"],
    ["an additional Graph scope", { scope: `${resource}/tools.read User.Read` }, "AADSTS9010010"],
    ["no resource", { resource: undefined }, "code"],
  ])("with %s", async (_, changes, said) => {
    expect(await answer(changes)).toBe(said);
  });

  it("must also match in a request for tokens", async () => {
    const { body } = await redeem(`${resource}/tools.read`, "mcp", { resource: `${resource}/` });
    expect(body).toMatchObject({ error: "invalid_target", error_codes: [9010010] });
  });
});

describe("a scope", () => {
  it.each([
    ["tools.read", "AADSTS650053"],
    ["User.Read", "code"],
    [`${resource}/tools.read ${resource}/tools.write`, "code"],
    [`${resource}/tools.delete`, "AADSTS70011"],
    [`${resource}//tools.read`, "AADSTS70011"],
    [`${resource}/tools.read ${api.appIdUri}/access_as_user`, "AADSTS70011"],
  ])("%s", async (scope, said) => {
    expect(await answer({ scope, resource: undefined })).toBe(said);
  });

  it("has its short name in the token, whose audience is the GUID of the API", async () => {
    const { body } = await redeem(`${resource}/tools.read`);
    expect(decodeJwt(String(body.access_token))).toMatchObject({ aud: mcpApi.clientId, scp: "tools.read" });
    expect(body.scope).toBe(`${resource}/tools.read`);
  });
});

describe("a refresh token", () => {
  const refresh = (token: unknown, more: Record<string, string>, client: ClientName = "mcp") =>
    world.postToken({
      grant_type: "refresh_token",
      client_id: clients[client].clientId,
      refresh_token: String(token),
      resource,
      ...more,
    });

  it("is issued only for offline_access", async () => {
    expect((await redeem(`${resource}/tools.read`)).body.refresh_token).toBeUndefined();
    expect((await redeem(`${resource}/tools.read offline_access`)).body.refresh_token).toMatch(/^1\./);
  });

  it("requires a scope, and returns a new token", async () => {
    const { refresh_token } = (await redeem(`${resource}/tools.read offline_access`)).body;
    expect((await refresh(refresh_token, {})).body.error_codes).toEqual([90009]);
    const { body } = await refresh(refresh_token, { scope: `${resource}/.default` });
    expect(decodeJwt(String(body.access_token)).scp).toBe("tools.read tools.write");
    expect(body.refresh_token).not.toBe(refresh_token);
  });

  it("belongs to its client", async () => {
    const { refresh_token } = (await redeem(`${resource}/tools.read offline_access`)).body;
    const scope = `${resource}/tools.read`;
    expect((await refresh(refresh_token, { scope }, "spa")).body.error).toBe("invalid_grant");
    expect((await refresh("1.invented", { scope })).body.error).toBe("invalid_grant");
  });
});

describe("a client", () => {
  it.each([
    ["mcp-web", 7000218],
    ["mcp-spa", 9002327],
  ] as const)("with the platform of %s gets no token", async (client, code) => {
    expect((await redeem(`${resource}/tools.read`, client)).body.error_codes).toEqual([code]);
  });

  it.each([
    ["http://localhost:1/callback", "code"],
    ["http://127.0.0.1:33418/", "code"],
    ["http://127.0.0.1:33419/", "AADSTS50011"],
    ["http://127.0.0.1:33418/callback", "AADSTS50011"],
    ["http://localhost:1/x/../callback", "AADSTS50011"],
    ["http://[::1]:1/callback", "AADSTS50011"],
    ["https://claude.ai/api/mcp/auth_callback?x", "AADSTS50011"],
  ])("can only use its registered addresses: %s", async (redirect_uri, said) => {
    expect(await answer({ redirect_uri })).toBe(said);
  });
});

it("has no registration, no RFC 8414 document, and does not advertise PKCE", async () => {
  const get = (path: string) => world.entra.fetch(new Request(`${authority}${path}`));
  const id = tenants.contoso.id;
  const document = (await (await get(`/${id}/v2.0/.well-known/openid-configuration`)).json()) as object;
  expect(document).toMatchObject({ issuer: `${authority}/${id}/v2.0` });
  expect(document).not.toHaveProperty("code_challenge_methods_supported");
  expect(document).not.toHaveProperty("registration_endpoint");
  for (const name of ["oauth-authorization-server", "openid-configuration"]) {
    expect((await get(`/.well-known/${name}/${id}/v2.0`)).status).toBe(404);
  }
});

it("issues tokens with the configured lifetime", async () => {
  world.entra.setTokenLifetime(2);
  const { body } = await redeem(`${resource}/tools.read`);
  const { exp, iat } = decodeJwt(String(body.access_token));
  expect([body.expires_in, exp! - iat!]).toEqual([1, 2]);
});
