// Unmodified client libraries sign users in over https: in a loop through the browser, on a device, on a server, and
// for MCP.
import { Auth, type AuthConfig, skipCSRFCheck } from "@auth/core";
import MicrosoftEntraID from "@auth/core/providers/microsoft-entra-id";
import { type AuthenticationResult, PublicClientApplication } from "@azure/msal-node";
import { auth, type OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api, clients, personas, tenants } from "../../../../entra/testing.ts";
import { type HttpsEntra, startHttpsEntra } from "../support/https-entra.ts";

const webApp = "https://web.example";
/** Address of an MCP server, which is an Application ID URI of its registration too. */
const mcpResource = "https://mcp.contoso.example/mcp";
const scopes = [`${api.appIdUri}/access_as_user`];
let local: HttpsEntra;
let authority: string;

beforeAll(async () => {
  local = await startHttpsEntra({
    apps: {
      desktop: { redirectUris: { native: ["http://localhost"] } },
      web: {
        redirectUris: { web: [`${webApp}/auth/callback/microsoft-entra-id`] },
        secrets: ["secret of the web app"],
      },
    },
  });
  authority = `${local.url}/${tenants.contoso.id}`;
});
afterAll(() => local.stop());

const idOf = (name: string) => local.entra.directory.findApp(name)!.clientId;

/** Does what the form of a page with `response_mode=form_post` does in a browser. */
async function submit(page: string): Promise<void> {
  const [, action = ""] = /<form method="post" action="([^"]+)"/.exec(page) ?? [];
  const inputs = [...page.matchAll(/name="([^"]+)" value="([^"]*)"/g)];
  const body = new URLSearchParams(inputs.map(([, name = "", value = ""]) => [name, value]));
  await fetch(action, { method: "POST", body });
}

/** Signs in with the page that a client opens, and sends the response to the client's own server. */
async function browse(url: string, persona: string): Promise<void> {
  const { origin, pathname, searchParams } = new URL(url);
  const body = new URLSearchParams([...searchParams, ["persona", persona]]);
  const response = await fetch(origin + pathname, { method: "POST", body, redirect: "manual" });
  const location = response.headers.get("location");
  if (location === null) await submit(await response.text());
  else await fetch(location);
}

describe("@azure/msal-node", () => {
  const createClient = () =>
    new PublicClientApplication({
      auth: { clientId: idOf("desktop"), authority, knownAuthorities: [local.host] },
    });
  const oidOf = ({ accessToken }: AuthenticationResult) => decodeJwt(accessToken).oid;

  it("signs a user in through the browser, renews silently, and steps up for a claims challenge", async () => {
    const client = createClient();
    const signedIn = await client.acquireTokenInteractive({ scopes, openBrowser: (url) => browse(url, "admin") });
    expect(oidOf(signedIn)).toBe(personas.admin.oid);
    expect(signedIn.account?.username).toBe(personas.admin.username);

    const account = signedIn.account!;
    const renewed = await client.acquireTokenSilent({ scopes, account, forceRefresh: true });
    expect(renewed.accessToken).not.toBe(signedIn.accessToken);

    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: "c1" } } });
    const silent = client.acquireTokenSilent({ scopes, account, claims });
    await expect(silent).rejects.toMatchObject({ errorCode: "interaction_required", claims });
    const openBrowser = (url: string) => browse(url, "admin");
    const stepped = await client.acquireTokenInteractive({ scopes, claims, openBrowser });
    expect(decodeJwt(stepped.accessToken).acrs).toEqual(["c1"]);

    local.entra.revoke({ persona: "admin" });
    const revoked = client.acquireTokenSilent({ scopes, account, forceRefresh: true });
    await expect(revoked).rejects.toMatchObject({ name: "InteractionRequiredAuthError", subError: "bad_token" });
  });

  it("signs a user in on another device", async () => {
    const { accessToken } = (await createClient().acquireTokenByDeviceCode({
      scopes,
      async deviceCodeCallback({ verificationUri, userCode, message }) {
        expect(message).toContain(userCode);
        const body = new URLSearchParams({ user_code: userCode, persona: "member" });
        expect((await fetch(verificationUri, { method: "POST", body })).status).toBe(200);
      },
    }))!;
    expect(decodeJwt(accessToken).oid).toBe(personas.member.oid);
  });

  it("says that the user declined on the other device", async () => {
    const declined = createClient().acquireTokenByDeviceCode({
      scopes,
      async deviceCodeCallback({ verificationUri, userCode }) {
        await fetch(verificationUri, {
          method: "POST",
          body: new URLSearchParams({ user_code: userCode, decision: "cancel" }),
        });
      },
    });
    await expect(declined).rejects.toThrow("authorization_declined");
  });
});

describe("@auth/core", () => {
  it("signs a user in to a server, with the profile that Microsoft Graph has no photo of", async () => {
    const config: AuthConfig = {
      providers: [
        MicrosoftEntraID({ clientId: idOf("web"), clientSecret: "secret of the web app", issuer: `${authority}/v2.0` }),
      ],
      secret: "secret of the cookies",
      trustHost: true,
      skipCSRFCheck,
      basePath: "/auth",
    };
    const cookies = new Map<string, string>();
    async function ask(path: string, body?: URLSearchParams): Promise<Response> {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const init = { headers: { cookie }, ...(body && { method: "POST", body }) };
      const response = await Auth(new Request(webApp + path, init), config);
      for (const sent of response.headers.getSetCookie()) {
        const [pair = ""] = sent.split(";");
        cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
      }
      return response;
    }

    const restore = answerAsGraph();
    try {
      const page = await ask("/auth/signin/microsoft-entra-id", new URLSearchParams());
      const callback = await local.signIn(page.headers.get("location")!, "admin");
      const signedIn = await ask(callback.pathname + callback.search);
      expect([signedIn.status, signedIn.headers.get("location")]).toEqual([302, webApp]);
      expect(await (await ask("/auth/session")).json()).toMatchObject({ user: { name: personas.admin.name } });
    } finally {
      restore();
    }
  });
});

/** Answers requests for Microsoft Graph, whose host this library does not let anybody change. */
function answerAsGraph(): () => void {
  const { fetch: before } = globalThis;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input as string, init);
    return new URL(request.url).origin === "https://graph.microsoft.com" ? local.entra.fetch(request) : before(request);
  };
  return () => {
    globalThis.fetch = before;
  };
}

describe("@modelcontextprotocol/sdk", () => {
  it("signs in to a resource whose authorization server is the local Entra, with PKCE and resource", async () => {
    local.entra.addMcpUri(mcpResource);
    const scope = `${mcpResource}/tools.read offline_access`;
    let tokens: OAuthTokens | undefined;
    let codeVerifier = "";
    let page: URL | undefined;
    const provider: OAuthClientProvider = {
      redirectUrl: "http://localhost:33333/callback",
      clientMetadata: { redirect_uris: ["http://localhost:33333/callback"], scope },
      clientInformation: () => ({ client_id: clients.mcp.clientId }),
      tokens: () => tokens,
      saveTokens(saved) {
        tokens = saved;
      },
      redirectToAuthorization(url) {
        page = url;
      },
      saveCodeVerifier(saved) {
        codeVerifier = saved;
      },
      codeVerifier: () => codeVerifier,
    };
    const resourceDocument = {
      resource: mcpResource,
      authorization_servers: [`${authority}/v2.0`],
      scopes_supported: [scope],
    };
    const fetchFn: typeof fetch = async (input, init) => {
      const url = String(input);
      if (!url.startsWith(new URL(mcpResource).origin)) return fetch(input, init);
      return url.includes("oauth-protected-resource")
        ? Response.json(resourceDocument)
        : new Response(null, { status: 404 });
    };
    const options = { serverUrl: mcpResource, scope, fetchFn };
    expect(await auth(provider, options)).toBe("REDIRECT");
    // With offline_access, the SDK also sends prompt=consent.
    page!.searchParams.set("decision", "accept");
    const callback = await local.signIn(page!);
    const authorizationCode = callback.searchParams.get("code")!;
    expect(await auth(provider, { ...options, authorizationCode })).toBe("AUTHORIZED");
    expect(decodeJwt(tokens!.access_token)).toMatchObject({ scp: "tools.read", oid: personas.member.oid });
    expect(tokens!.refresh_token).toMatch(/^1\./);
  });
});
