import { beforeEach, describe, expect, it } from "vitest";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { runtime } from "../../../src/base/common/runtime.ts";
import { type FacadeOptions, facade, mcp, protectedResource } from "../../../src/extensions/mcp/mcp.ts";
import { App, requireAuth } from "../../../src/index.ts";
import { createGateWorld, type GateWorld } from "../../support/gate-world.ts";

const gate = "https://api.contoso.example";
const entra = `https://login.microsoftonline.com/${tenants.contoso.id}/oauth2/v2.0`;
const clientId = "c11e0000-0000-4000-8000-000000000026";
const appIdUri = `api://${api.clientId}`;
const metadataUrl = "https://app.example/client.json";
const options: FacadeOptions = {
  clientId,
  callback: "/oauth/callback",
  redirectUris: [
    "http://localhost/callback",
    "http://127.0.0.1:33418/",
    "https://claude.ai/api/mcp/auth_callback",
    "cursor://anysphere.cursor-mcp/oauth/callback",
  ],
  clients: { [metadataUrl]: ["https://app.example/callback"] },
};
/** The client of another document, which the options do not list. */
const otherMetadataUrl = "https://claude.ai/oauth/mcp-oauth-client-metadata";
/** IDs that are no addresses of metadata documents. */
const unusableIds = [
  ["plain http", "http://a.example/client.json"],
  ["no path", "https://a.example"],
  ["a user", "https://user@a.example/client.json"],
  ["a password", "https://:pw@a.example/client.json"],
  ["a fragment", "https://a.example/client.json#x"],
  ["an empty fragment", "https://a.example/client.json#"],
  ["dot segments", "https://a.example/x/../client.json"],
  ["encoded dot segments", "https://a.example/x/%2e%2e/client.json"],
  ["upper case", "HTTPS://a.example/client.json"],
  ["a backslash", "https://a.example\\client.json"],
  ["one slash", "https:/a.example/client.json"],
  ["white space", " https://a.example/client.json"],
  ["a line break", "https://a.example/cli\nent.json"],
  ["another scheme", "javascript://a.example/client.json"],
  ["no host", "https:///client.json"],
  ["more than 2,048 characters", `https://a.example/${"x".repeat(2_031)}`],
] as const;
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

interface Exchange {
  readonly url: string;
  readonly form: URLSearchParams;
  readonly headers: Headers;
  readonly redirect: string;
}

let world: GateWorld;
/** Requests to Entra's token endpoint. */
let exchanges: Exchange[];
let answer: () => Response | Promise<Response>;

function createWorld(changes: Record<string, unknown> = {}): GateWorld {
  return createWorldOf(
    new App().register(
      mcp("/mcp", {
        hooks: requireAuth("tools.read"),
        tools: { "*": requireAuth("tools.read"), delete: requireAuth("tools.write") },
        authorizationServer: facade(options),
      }),
    ),
    changes,
  );
}

function createWorldOf(routes: App, changes: Record<string, unknown> = {}): GateWorld {
  const vars = { GATE_URL: gate, GATE_SESSION_KEY: `k1:${"A".repeat(43)}`, ...changes };
  const created = createGateWorld({ routes, unlisted: "reject" }, vars);
  created.io.setFetch(async (request) => {
    exchanges.push({
      url: request.url,
      form: new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer())),
      headers: request.headers,
      redirect: request.redirect,
    });
    return answer();
  });
  return created;
}

beforeEach(() => {
  exchanges = [];
  answer = () =>
    Response.json(
      { access_token: "at" },
      { headers: { "set-cookie": "a=b", "cache-control": "public", "x-ms-request-id": "1" } },
    );
  world = createWorld();
});

const good = {
  response_type: "code",
  client_id: clientId,
  redirect_uri: "http://localhost:5555/callback",
  scope: `${gate}/mcp/tools.read`,
  state: "st&te=",
  code_challenge: challenge,
  code_challenge_method: "S256",
  resource: `${gate}/mcp`,
};
type Changes = Readonly<Record<string, string | undefined>>;
const without = (parameters: Changes) =>
  Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);

const authorize = (changes: Changes = {}, more = "") =>
  world.ask(`/authorize?${new URLSearchParams(without({ ...good, ...changes }))}${more}`);

/** The target of a redirect: its address without parameters, and the parameters by name. */
async function sentTo(response: Response): Promise<readonly [string, Record<string, string>]> {
  expect([response.status, response.headers.get("cache-control")]).toEqual([302, "no-store"]);
  expect(response.headers.get("referrer-policy")).toBe("no-referrer");
  const url = new URL(response.headers.get("location") ?? "");
  return [`${url.origin}${url.pathname}`, Object.fromEntries(url.searchParams)];
}

/** Expects a page with 400, no redirect, and the reason in the log. */
function expectPage(response: Response, reason: string): void {
  expect([response.status, response.headers.get("content-type"), response.headers.get("location")]).toEqual([
    400,
    "text/html; charset=utf-8",
    null,
  ]);
  expect(world.refusals().at(-1)?.reason).toBe(reason);
}

/** Signs in a listed client. @returns the code of the gate for it */
async function earn(changes: Changes = {}, ofEntra = "the-code"): Promise<string> {
  const started = await authorize(changes);
  const { state = "" } = (await sentTo(started))[1];
  const cookie = started.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const response = await world.ask(`/oauth/callback?${new URLSearchParams({ code: ofEntra, state })}`, {
    headers: { cookie },
  });
  return (await sentTo(response))[1].code ?? "";
}

const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error;

world = createWorld();
const code = {
  grant_type: "authorization_code",
  client_id: clientId,
  code: await earn(),
  redirect_uri: "http://localhost:5555/callback",
  code_verifier: "the-verifier",
  resource: `${gate}/mcp`,
};

const redeem = (changes: Changes = {}, init: { headers?: Record<string, string>; body?: string } = {}) =>
  world.ask("/token", {
    method: "POST",
    body: init.body ?? new URLSearchParams(without({ ...code, ...changes })).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...init.headers },
  });

const register = (metadata: unknown) =>
  world.ask("/register", {
    method: "POST",
    body: typeof metadata === "string" ? metadata : JSON.stringify(metadata),
    headers: { "content-type": "application/json" },
  });

describe("the metadata", () => {
  it("is that of RFC 8414, for any caller", async () => {
    const response = await world.ask("/.well-known/oauth-authorization-server", {
      headers: { origin: "https://a.example" },
    });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.json()).toEqual({
      issuer: gate,
      authorization_endpoint: `${gate}/authorize`,
      token_endpoint: `${gate}/token`,
      registration_endpoint: `${gate}/register`,
      scopes_supported: [`${gate}/mcp/tools.read`, `${gate}/mcp/tools.write`, "offline_access"],
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["none"],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
    });
    const resource = await world.ask("/.well-known/oauth-protected-resource/mcp");
    expect(await resource.json()).toMatchObject({
      resource: `${gate}/mcp`,
      authorization_servers: [gate],
      // Clients read `offline_access` in the metadata of the authorization server (SEP-2207).
      scopes_supported: [`${gate}/mcp/tools.read`, `${gate}/mcp/tools.write`],
    });
  });

  it("belongs to one server for several resources", async () => {
    const shared = facade(options);
    const routes = new App();
    for (const path of ["/a", "/b"] as const) {
      routes.register(protectedResource(path, { authorizationServer: shared }));
      routes.get(`${path}/x`, { hooks: requireAuth(`${path.slice(1)}.read`) }, () => ({ status: 204 }));
    }
    world = createWorldOf(routes);
    for (const path of ["a", "b"]) {
      const [, parameters] = await sentTo(
        await authorize({ resource: `${gate}/${path}`, scope: `${gate}/${path}/${path}.read` }),
      );
      expect(parameters.scope).toBe(`${appIdUri}/${path}.read offline_access`);
    }
  });
});

describe("a facade of several apps", () => {
  it("has endpoints in each, and knows only the resources and scopes of that app", async () => {
    const shared = facade(options);
    const apps = ["a", "b"].map((name) =>
      new App().register(mcp(`/${name}`, { hooks: requireAuth(`${name}.read`), authorizationServer: shared })),
    );
    for (const [index, name] of ["a", "b"].entries()) {
      world = createWorldOf(apps[index]!);
      const own = { resource: `${gate}/${name}`, scope: undefined };
      const [, { scope }] = await sentTo(await authorize(own));
      expect(scope).toBe(`${appIdUri}/${name}.read offline_access`);
      const other = name === "a" ? "b" : "a";
      expect((await sentTo(await authorize({ ...own, resource: `${gate}/${other}` })))[1].error).toBe("invalid_target");
      expect((await sentTo(await authorize({ ...own, scope: `${other}.read` })))[1].error).toBe("invalid_scope");
    }
  });
});

describe("/authorize", () => {
  it("redirects the browser to Entra, with the API's own scopes and without the resource", async () => {
    expect(await sentTo(await authorize())).toEqual([
      `${entra}/authorize`,
      {
        response_type: "code",
        client_id: clientId,
        redirect_uri: `${gate}/oauth/callback`,
        scope: `${appIdUri}/tools.read offline_access`,
        code_challenge: challenge,
        code_challenge_method: "S256",
        response_mode: "query",
        state: expect.stringMatching(/^eyJ/),
      },
    ]);
  });

  it("forwards only the parameters for a user's sign-in", { tags: "facade-forms" }, async () => {
    const more = {
      prompt: "login",
      login_hint: "a@b.example",
      domain_hint: "b.example",
      response_mode: "form_post",
      claims: "{}",
      nonce: "n",
      client_secret: "s",
      redirect: "x",
    };
    const [, parameters] = await sentTo(await authorize(more));
    expect(Object.keys(parameters).sort()).toEqual([
      "client_id",
      "code_challenge",
      "code_challenge_method",
      "domain_hint",
      "login_hint",
      "prompt",
      "redirect_uri",
      "response_mode",
      "response_type",
      "scope",
      "state",
    ]);
    expect(parameters.response_mode).toBe("query");
  });

  it.each([
    ["consent", undefined],
    ["login consent", "login"],
    ["consent select_account", "select_account"],
    ["consent  consent", undefined],
    ["login", "login"],
    ["none", "none"],
    ["create", "create"],
    ["select_account login", "select_account login"],
    ["Consent", undefined],
    ["consent\u00a0login", undefined],
    ["consent\tlogin", undefined],
    ["admin_consent", undefined],
    ["login,consent", undefined],
    ["", undefined],
  ])(
    "sends no consent to Entra, which would block users who may not consent: prompt=%j",
    { tags: "facade-forms" },
    async (prompt, sent) => {
      const [address, parameters] = await sentTo(await authorize({ prompt }));
      expect([address, parameters.prompt]).toEqual([`${entra}/authorize`, sent]);
    },
  );

  it("redirects to the private-use scheme of an app that is listed", async () => {
    const redirect_uri = "cursor://anysphere.cursor-mcp/oauth/callback";
    const location = (await authorize({ redirect_uri, scope: "User.Read" })).headers.get("location");
    expect(location).toMatch(/^cursor:\/\/anysphere\.cursor-mcp\/oauth\/callback\?error=invalid_scope&/);
  });

  it.each([
    ["bare names", "tools.read tools.write", "tools.read tools.write"],
    ["names with the Application ID URI as a prefix", `${appIdUri}/tools.write`, "tools.write"],
    [".default", `${gate}/mcp/.default`, ".default"],
    ["none, for all scopes of the resource", undefined, "tools.read tools.write"],
    ["only those of OpenID Connect", "openid profile", "tools.read tools.write openid profile"],
    ["a repeated name", `tools.read ${gate}/mcp/tools.read offline_access`, "tools.read"],
  ])("requests scopes of this API: %s", async (_, scope, expected) => {
    const [, parameters] = await sentTo(await authorize({ scope }));
    const [names, ofOpenId] = [
      expected.split(" ").filter((name) => name.includes(".")),
      expected.split(" ").filter((name) => !name.includes(".")),
    ];
    expect(parameters.scope).toBe(
      [...names.map((name) => `${appIdUri}/${name}`), ...ofOpenId, "offline_access"].join(" "),
    );
  });

  it.each([undefined, "openid", "offline_access"])(
    "requests a token of this API if users need roles and no scopes, not one for Microsoft Graph: scope=%j",
    async (scope) => {
      const routes = new App().register(
        mcp("/mcp", {
          hooks: requireAuth({ kind: "user", anyRole: ["Tools.Use"] }),
          authorizationServer: facade(options),
        }),
      );
      world = createWorldOf(routes);
      const [, parameters] = await sentTo(await authorize({ scope }));
      expect(parameters.scope?.split(" ")[0]).toBe(`${appIdUri}/.default`);
    },
  );

  it.each([
    "User.Read",
    "https://graph.microsoft.com/User.Read",
    "https://graph.microsoft.com/.default",
    "tools.read https://graph.microsoft.com/Mail.Read",
    "Tools.Read",
    `${gate}/mcp/tools.delete`,
    `${gate}/mcp//tools.read`,
    `${gate}/mcp/tools.read/x`,
    `${gate}/mcpx/tools.read`,
    `${appIdUri}/${appIdUri}/tools.read`,
    "tools.read\u00a0tools.write",
    "tools.read\ttools.write",
  ])("refuses the foreign scope %j", { tags: "facade-api" }, async (scope) => {
    const [address, parameters] = await sentTo(await authorize({ scope }));
    expect(address).toBe("http://localhost:5555/callback");
    expect(parameters).toEqual({
      error: "invalid_scope",
      error_description: "A scope does not belong to this resource.",
      state: "st&te=",
      iss: gate,
    });
  });

  it.each([`${gate}/mcp/`, `${gate}/MCP`, gate, "https://graph.microsoft.com", `${gate}/mcp#x`, appIdUri, "x"])(
    "refuses the resource %j of another server",
    { tags: "facade-api" },
    async (resource) => {
      expect((await sentTo(await authorize({ resource })))[1]).toMatchObject({
        error: "invalid_target",
        state: "st&te=",
      });
    },
  );

  it.each([
    ["another response type", { response_type: "token" }, "unsupported_response_type"],
    ["no challenge", { code_challenge: undefined }, "invalid_request"],
    ["a plain challenge", { code_challenge_method: "plain" }, "invalid_request"],
    ["no method", { code_challenge_method: undefined }, "invalid_request"],
    ["a malformed challenge", { code_challenge: `${challenge}=` }, "invalid_request"],
  ])("redirects the error to the client: %s", async (_, changes, error) => {
    const [address, parameters] = await sentTo(await authorize(changes));
    expect([address, parameters.error]).toEqual(["http://localhost:5555/callback", error]);
  });

  it.each([
    ["?a=b%20c&d&e=%7e", "?a=b%20c&d&e=%7e&error="],
    ["?state=own", "?state=own&error="],
    ["", "?error="],
  ])("redirects the error without a change to the registered query %j", async (query, start) => {
    const redirect_uri = `https://app.example/callback${query}`;
    const routes = new App().register(
      mcp("/mcp", {
        hooks: requireAuth("tools.read"),
        authorizationServer: facade({ clientId, callback: "/oauth/callback", redirectUris: [redirect_uri] }),
      }),
    );
    world = createWorldOf(routes);
    const location = (await authorize({ redirect_uri, scope: "User.Read" })).headers.get("location");
    expect(location?.startsWith(`https://app.example/callback${start}invalid_scope&`)).toBe(true);
    expect(new URL(location ?? "").searchParams.getAll("state").at(-1)).toBe("st&te=");
  });

  it.each([
    ["another host", "https://evil.example/callback"],
    ["another path", "http://localhost:5555/callback/x"],
    ["another scheme", "https://localhost:5555/callback"],
    ["a query", "http://localhost:5555/callback?x=1"],
    ["a user name", "http://user@localhost:5555/callback"],
    ["a host as a user name", "http://localhost:5555@evil.example/callback"],
    ["a host as a password", "http://localhost:pw@evil.example/callback"],
    ["a fragment", "http://localhost:5555/callback#x"],
    ["dot segments", "http://localhost:5555/x/../callback"],
    ["encoded dot segments", "http://localhost:5555/%2e%2e/callback"],
    ["a backslash", "http://localhost:5555\\callback"],
    ["a longer host", "http://localhost.evil.example/callback"],
    ["an invalid port", "http://localhost:99999/callback"],
    ["an empty port", "http://localhost:/callback"],
    ["IPv6", "http://[::1]:5555/callback"],
    ["127.0.0.1 with another path", "http://127.0.0.1:33418/callback"],
    ["upper case", "HTTP://LOCALHOST:5555/callback"],
    ["a script", "javascript:alert(1)//http://localhost/callback"],
    ["an app's scheme, and another host", "cursor://callback"],
    ["an app's scheme, and another path", "cursor://anysphere.cursor-mcp/oauth/callback/x"],
    ["an app's scheme, and another letter case", "cursor://Anysphere.cursor-mcp/oauth/callback"],
    ["an app's scheme in upper case", "CURSOR://anysphere.cursor-mcp/oauth/callback"],
    ["an app's scheme, and a port", "cursor://anysphere.cursor-mcp:1/oauth/callback"],
    ["an app's scheme, and a query", "cursor://anysphere.cursor-mcp/oauth/callback?x=1"],
    ["an app's scheme, and one slash", "cursor:/anysphere.cursor-mcp/oauth/callback"],
    ["a longer scheme", "cursor-x://anysphere.cursor-mcp/oauth/callback"],
    ["white space", " http://localhost:5555/callback"],
    ["a line break", "http://localhost:5555/callback\r\nx: y"],
    ["nothing", undefined],
    ["the URI of another client", "https://app.example/callback"],
  ])("does not redirect to a URI with %s", { tags: "facade-redirects" }, async (_, redirect_uri) => {
    expectPage(await authorize({ redirect_uri }), "facade_redirect_uri_unknown_error");
  });

  it.each(unusableIds)(
    "refuses a client whose metadata document has %s",
    { tags: "facade-clients" },
    async (_, client_id) => expectPage(await authorize({ client_id }), "facade_client_malformed_error"),
  );

  it.each([
    ["unknown", { client_id: "33333333-4444-5555-6666-777777777777" }, "facade_client_malformed_error"],
    ["missing", { client_id: undefined }, "facade_client_malformed_error"],
    ["in another spelling", { client_id: clientId.toUpperCase() }, "facade_client_malformed_error"],
    ["with the name of an object's own member", { client_id: "constructor" }, "facade_client_malformed_error"],
    [
      "that is not listed, with the redirect URI of one that is",
      { client_id: otherMetadataUrl, redirect_uri: "https://app.example/callback" },
      "facade_document_host_error",
    ],
    [
      "in another spelling of one that is listed, with its redirect URI",
      { client_id: `${metadataUrl}?x`, redirect_uri: "https://app.example/callback" },
      "facade_document_host_error",
    ],
    [
      "that is not listed, with an unknown redirect URI",
      { client_id: otherMetadataUrl, redirect_uri: "https://evil.example/callback" },
      "facade_document_host_error",
    ],
    ["with the redirect URI of another client", { client_id: metadataUrl }, "facade_redirect_uri_unknown_error"],
  ])("refuses the client %s", { tags: "facade-clients" }, async (_, changes, reason) => {
    expectPage(await authorize(changes), reason);
  });

  it.each([
    otherMetadataUrl,
    `${otherMetadataUrl}?x=1`,
    "https://a.example/",
    `https://a.example/${"x".repeat(2_030)}`,
  ])(
    "signs in a client that is not listed with a shared redirect URI, as the shared client for Entra: %s",
    async (client_id) => {
      expect((await sentTo(await authorize({ client_id })))[1]).toMatchObject({ client_id: clientId });
      expect(exchanges).toEqual([]);
    },
  );

  it("signs in a client with a metadata document that is listed, as the shared client for Entra", async () => {
    const redirect_uri = "https://app.example/callback";
    const [, parameters] = await sentTo(await authorize({ client_id: metadataUrl, redirect_uri }));
    expect(parameters).toMatchObject({ client_id: clientId });
    expect(exchanges).toEqual([]);
  });

  it.each([
    "&state=2",
    "&client_id=x",
    "&redirect_uri=https://evil.example",
    "&scope=User.Read",
    "&resource=x",
    "&x=1&x=2",
  ])("refuses a repeated parameter: %s", { tags: "facade-forms" }, async (more) => {
    expectPage(await authorize({}, more), "facade_invalid_request_error");
  });

  it("refuses a state of 10 KB", { tags: "facade-forms" }, async () => {
    expectPage(await authorize({ state: "s".repeat(10_000) }), "facade_invalid_request_error");
  });

  it("accepts only the method GET", async () => {
    const response = await world.ask(`/authorize?${new URLSearchParams(good)}`, { method: "POST" });
    expect(response.headers.has("location")).toBe(false);
  });
});

it("accepts the scopes of a nested resource", async () => {
  const authorizationServer = facade(options);
  const routes = new App()
    .register(mcp("/mcp", { hooks: requireAuth("tools.read"), authorizationServer }))
    .register(mcp("/mcp/admin", { hooks: requireAuth("admin"), authorizationServer }));
  world = createWorldOf(routes);
  const scope = `${gate}/mcp/admin/admin ${gate}/mcp/tools.read`;
  expect((await sentTo(await authorize({ scope })))[1].scope).toBe(
    `${appIdUri}/admin ${appIdUri}/tools.read offline_access`,
  );
  expect((await sentTo(await authorize({ scope: `${gate}/mcp/other/admin` })))[1].error).toBe("invalid_scope");
});

describe("/token", () => {
  it("forwards a code without the resource, and returns the response", {
    tags: ["facade-answers", "facade-secrets"],
  }, async () => {
    const response = await redeem();
    expect([response.status, await response.json()]).toEqual([200, { access_token: "at" }]);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({ "cache-control": "no-store", "content-type": "application/json" });
    expect(Object.keys(headers).filter((name) => /^(?:set-cookie|x-ms-)/.test(name))).toEqual([]);
    const [exchange] = exchanges;
    expect([exchange?.url, exchange?.redirect]).toEqual([`${entra}/token`, "manual"]);
    expect(Object.fromEntries(exchange?.form ?? [])).toEqual({
      client_id: clientId,
      grant_type: "authorization_code",
      code: "the-code",
      redirect_uri: `${gate}/oauth/callback`,
      code_verifier: "the-verifier",
    });
  });

  it("forwards only the form of a request", { tags: "facade-forms" }, async () => {
    await redeem(
      { extra: "x" },
      { headers: { origin: "https://a.example", cookie: "c=d", "x-forwarded-for": "1.2.3.4" } },
    );
    expect([...(exchanges[0]?.headers.keys() ?? [])].sort()).toEqual(["accept", "content-type"]);
    expect(exchanges[0]?.form.has("extra")).toBe(false);
  });

  it("exchanges the code of a client that is not listed, and of one that is", async () => {
    for (const own of [
      { client_id: otherMetadataUrl },
      { client_id: metadataUrl, redirect_uri: "https://app.example/callback" },
    ]) {
      expect((await redeem({ ...own, code: await earn(own) })).status).toBe(200);
    }
    expect(exchanges.map(({ form }) => form.get("client_id"))).toEqual([clientId, clientId]);
  });

  it("adds the scope to a refresh", async () => {
    const refresh = {
      grant_type: "refresh_token",
      refresh_token: "rt",
      code: undefined,
      redirect_uri: undefined,
      code_verifier: undefined,
    };
    await redeem(refresh);
    expect(Object.fromEntries(exchanges[0]?.form ?? [])).toEqual({
      client_id: clientId,
      grant_type: "refresh_token",
      refresh_token: "rt",
      scope: `${appIdUri}/.default offline_access`,
    });
    await redeem({ ...refresh, scope: `${gate}/mcp/tools.read` });
    expect(exchanges[1]?.form.get("scope")).toBe(`${appIdUri}/tools.read offline_access`);
    await redeem({ ...refresh, client_id: metadataUrl });
    await redeem({ ...refresh, client_id: otherMetadataUrl });
    expect(exchanges.slice(2).map(({ form }) => form.get("client_id"))).toEqual([clientId, clientId]);
  });

  it("qualifies scopes with ENTRA_APP_ID_URI", async () => {
    world = createWorld({ ENTRA_APP_ID_URI: "https://mcp.contoso.example/server" });
    expect((await sentTo(await authorize({ scope: "tools.read" })))[1].scope).toBe(
      "https://mcp.contoso.example/server/tools.read offline_access",
    );
    await redeem({ scope: `${gate}/mcp/tools.write` });
    expect(exchanges[0]?.form.get("scope")).toBe("https://mcp.contoso.example/server/tools.write offline_access");
    const wrong = createWorld({ ENTRA_APP_ID_URI: "https://mcp.contoso.example/" });
    expect((await wrong.ask("/.well-known/oauth-authorization-server")).status).toBe(500);
  });

  it.each(unusableIds)(
    "does not forward a request of a client whose metadata document has %s",
    async (_, client_id) => {
      for (const grant of [{}, { grant_type: "refresh_token", refresh_token: "rt" }]) {
        const response = await redeem({ ...grant, client_id });
        expect([response.status, await errorOf(response)]).toEqual([401, "invalid_client"]);
      }
      expect(exchanges).toEqual([]);
    },
  );

  it.each([
    ["a foreign scope", { scope: "https://graph.microsoft.com/.default" }, 400, "invalid_scope"],
    [
      "a foreign scope in a refresh",
      { grant_type: "refresh_token", refresh_token: "rt", scope: "Mail.Read" },
      400,
      "invalid_scope",
    ],
    ["a foreign resource", { resource: "https://graph.microsoft.com" }, 400, "invalid_target"],
    ["another grant", { grant_type: "client_credentials" }, 400, "unsupported_grant_type"],
    [
      "the exchange of a token",
      { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "x" },
      400,
      "unsupported_grant_type",
    ],
    ["a password", { grant_type: "password", username: "a", password: "b" }, 400, "unsupported_grant_type"],
    ["no grant", { grant_type: undefined }, 400, "unsupported_grant_type"],
    ["a secret", { client_secret: "s" }, 401, "invalid_client"],
    ["an assertion", { client_assertion: "s" }, 401, "invalid_client"],
    ["an unknown client", { client_id: "33333333-4444-5555-6666-777777777777" }, 401, "invalid_client"],
    [
      "an unknown client in a refresh",
      { grant_type: "refresh_token", refresh_token: "rt", client_id: "x" },
      401,
      "invalid_client",
    ],
    ["a code for another client", { client_id: otherMetadataUrl }, 400, "invalid_grant"],
    ["no client", { client_id: undefined }, 401, "invalid_client"],
    ["another client's redirect URI", { redirect_uri: "https://app.example/callback" }, 400, "invalid_grant"],
    ["an unregistered redirect URI", { redirect_uri: "https://evil.example" }, 400, "invalid_grant"],
    ["no redirect URI", { redirect_uri: undefined }, 400, "invalid_request"],
    ["no verifier", { code_verifier: undefined }, 400, "invalid_request"],
    ["no code", { code: "" }, 400, "invalid_request"],
    ["no refresh token", { grant_type: "refresh_token" }, 400, "invalid_request"],
    ["a code that is too long", { code: "c".repeat(13_000) }, 400, "invalid_request"],
  ])(
    "does not forward %s",
    { tags: ["facade-clients", "facade-api", "facade-grants", "facade-client-secrets"] },
    async (_, changes, status, error) => {
      const response = await redeem(changes as Changes);
      expect([response.status, await errorOf(response)]).toEqual([status, error]);
      expect(exchanges).toEqual([]);
    },
  );

  it.each([
    ["a form with a parameter twice", { body: `${new URLSearchParams(code)}&code=other` }, 400],
    ["a form of 20 KB", { body: `x=${"y".repeat(20_000)}` }, 413],
    ["JSON", { body: JSON.stringify(code), headers: { "content-type": "application/json" } }, 415],
    ["a client's credential in the header", { headers: { authorization: "Basic eDp5" } }, 401],
  ])("refuses %s", async (_, init, status) => {
    expect((await redeem({}, init)).status).toBe(status);
    expect(exchanges).toEqual([]);
  });

  it("returns Entra's refusal with its code", async () => {
    answer = () => Response.json({ error: "invalid_grant", error_codes: [70008] }, { status: 400 });
    const response = await redeem();
    expect([response.status, await response.json()]).toEqual([400, { error: "invalid_grant", error_codes: [70008] }]);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    ["fails", () => Promise.reject(new TypeError("network"))],
    ["redirects", () => new Response(null, { status: 302, headers: { location: "https://evil.example" } })],
    ["redirects with JSON", () => Response.json({}, { status: 307, headers: { location: "https://evil.example" } })],
    ["answers with HTML", () => new Response("<script>", { headers: { "content-type": "text/html" } })],
    ["answers without a media type", () => new Response(new Uint8Array(1))],
  ])("reports that Entra is unavailable if it %s", { tags: "facade-answers" }, async (_, given) => {
    answer = given;
    const response = await redeem();
    expect([response.status, response.headers.has("location"), await errorOf(response)]).toEqual([
      503,
      false,
      "temporarily_unavailable",
    ]);
  });

  it("logs nothing of a request", { tags: "facade-secrets" }, async () => {
    world = createWorld({ GATE_LOG_ALLOWED: "1" });
    const secret = await earn({ state: "secret-state" }, "secret-code");
    await redeem({ code: secret, code_verifier: "secret-verifier" });
    await redeem({ grant_type: "refresh_token", refresh_token: "secret-refresh", scope: "secret-scope" });
    answer = () => Promise.reject(new TypeError("network with secret-answer"));
    await redeem({ code: secret });
    await redeem({ code: "secret-code" });
    await register("secret-registration");
    expect(world.io.lines.length).toBeGreaterThan(3);
    for (const each of ["secret-", secret]) expect(JSON.stringify(world.io.lines)).not.toContain(each);
  });
});

describe("/register", () => {
  it.each([
    "{",
    '{"redirect_uris":["http://localhost/callback"],"redirect_uris":["https://evil.example"]}',
    '{"__proto__":{"redirect_uris":["x"]}}',
  ])("refuses %s", async (text) => {
    expect((await register(text)).status).toBe(400);
  });
});

const refresh = (changes: Changes = {}) =>
  redeem({ grant_type: "refresh_token", refresh_token: "rt", code: undefined, ...changes });
const refusal = (error: string, status = 400) => Response.json({ error, error_codes: [70008] }, { status });
const statuses = async (count: number, send: () => Promise<Response>) => {
  const seen = new Set<number>();
  for (let sent = 0; sent < count; sent += 1) seen.add((await send()).status);
  return [...seen];
};

describe("an address that sends too many requests", () => {
  it("gets 429 for sign-ins and registrations together", { tags: "facade-limits" }, async () => {
    expect(await statuses(60, authorize)).toEqual([302]);
    expect(await statuses(60, () => register({ redirect_uris: ["http://localhost/callback"] }))).toEqual([201]);
    expect((await authorize()).status).toBe(429);
    const response = await register({ redirect_uris: ["http://localhost/callback"] });
    expect([response.status, await errorOf(response)]).toEqual([429, "temporarily_unavailable"]);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await redeem()).status).toBe(200);
    expect((await world.ask("/.well-known/oauth-authorization-server")).status).toBe(200);
  });

  it("is counted by RATE_LIMITER where that is bound", async () => {
    const keys: string[] = [];
    const limit = async ({ key }: { key: string }) => ({ success: keys.push(key) < 2 });
    world = createWorld({ RATE_LIMITER: { limit } });
    expect([(await authorize()).status, (await authorize()).status]).toEqual([302, 429]);
    expect(new Set(keys)).toEqual(new Set(["facade unknown"]));
  });

  it("can exchange 1,000 codes and refresh tokens in a minute, whoever their clients are", {
    tags: "facade-limits",
  }, async () => {
    expect(await statuses(500, refresh)).toEqual([200]);
    expect(await statuses(400, redeem)).toEqual([200]);
    expect(await statuses(100, () => redeem({ code: "", client_id: `invented ${exchanges.length}` }))).toEqual([400]);
    const response = await refresh({ client_id: metadataUrl, refresh_token: "of another user" });
    expect([response.status, await errorOf(response)]).toEqual([429, "temporarily_unavailable"]);
    expect(response.headers.get("retry-after")).toBe("60");
    expect(exchanges).toHaveLength(900);
    world.io.jump(59_999);
    expect((await refresh()).status).toBe(429);
    world.io.jump(1);
    expect((await refresh()).status).toBe(200);
  });

  it("is named by a header only on Workers, where clients cannot send it", async () => {
    const from = (address: string) =>
      world.ask("/token", {
        method: "POST",
        body: "",
        headers: { "content-type": "application/x-www-form-urlencoded", "cf-connecting-ip": address },
      });
    await statuses(1_000, () => from("192.0.2.1"));
    expect([(await from("192.0.2.1")).status, (await from("192.0.2.2")).status]).toEqual([
      429,
      runtime.isWorkers ? 400 : 429,
    ]);
  });
});

describe("an address whose grants Entra refuses", () => {
  it.each([
    ["invalid_grant", 400],
    ["invalid_client", 401],
    ["invalid_client", 400],
  ])(
    "gets 429 after 120 times %s with status %i, and Entra is not asked",
    { tags: "facade-limits" },
    async (error, status) => {
      answer = () => refusal(error, status);
      expect(await statuses(121, () => refresh({ refresh_token: `invented ${exchanges.length}` }))).toEqual([status]);
      answer = () => Response.json({});
      const response = await redeem();
      expect([response.status, await errorOf(response)]).toEqual([429, "temporarily_unavailable"]);
      expect(response.headers.get("retry-after")).toBe("60");
      expect(exchanges).toHaveLength(121);
      expect((await authorize()).status).toBe(302);
      world.io.jump(60_000);
      expect((await redeem()).status).toBe(200);
    },
  );

  it.each([
    ["429", () => refusal("invalid_grant", 429), 429],
    ["503", () => refusal("invalid_grant", 503), 503],
    ["500", () => refusal("invalid_client", 500), 500],
    ["403", () => refusal("invalid_grant", 403), 403],
    ["a status of success", () => refusal("invalid_grant", 200), 200],
    ["no answer", () => Promise.reject(new TypeError("network")), 503],
    ["a page", () => new Response("invalid_grant", { status: 400 }), 503],
    ["JSON without an error", () => Response.json(null, { status: 400 }), 400],
    ["broken JSON", () => new Response("{", { status: 400, headers: { "content-type": "application/json" } }), 400],
    ["a long refusal", () => Response.json({ error: "invalid_grant", x: "x".repeat(20_000) }, { status: 400 }), 503],
    ["interaction_required", () => refusal("interaction_required"), 400],
    ["invalid_request", () => refusal("invalid_request"), 400],
    ["temporarily_unavailable", () => refusal("temporarily_unavailable"), 400],
    ["an error that is no text", () => Response.json({ error: ["invalid_grant"] }, { status: 400 }), 400],
  ])("is not counted for %s", async (_, given, status) => {
    answer = given;
    expect(await statuses(130, refresh)).toEqual([status]);
    answer = () => Response.json({});
    expect((await refresh()).status).toBe(200);
  });

  it("is not counted if Entra does not answer in time", async () => {
    answer = () => new Promise(() => {});
    for (let count = 0; count < 130; count += 1) {
      const response = refresh();
      await world.io.advance(10_000);
      expect((await response).status).toBe(503);
    }
    answer = () => Response.json({});
    expect((await refresh()).status).toBe(200);
  });

  it("is not counted for refusals of the facade itself", async () => {
    expect(await statuses(130, () => redeem({ client_id: "invented" }))).toEqual([401]);
    expect(await statuses(130, () => redeem({ client_secret: "s" }))).toEqual([401]);
    expect((await redeem()).status).toBe(200);
  });

  it("is counted by RATE_LIMITER where that is bound, and successes are not", async () => {
    const keys: string[] = [];
    const limit = async ({ key }: { key: string }) => ({ success: keys.push(key) < 3 });
    world = createWorld({ RATE_LIMITER: { limit } });
    expect(await statuses(200, refresh)).toEqual([200]);
    answer = () => refusal("invalid_grant");
    expect(await statuses(3, refresh)).toEqual([400]);
    expect((await refresh()).status).toBe(429);
    expect(keys).toEqual(Array(3).fill("facade-failure unknown"));
  });

  it("gets Entra's refusal unchanged", async () => {
    const text = '{ "error":"invalid_grant",\n"error_description":"AADSTS70008: é" }';
    answer = () => new Response(text, { status: 400, headers: { "content-type": "application/json; charset=utf-8" } });
    const response = await refresh();
    expect([response.status, await response.text()]).toEqual([400, text]);
  });
});

describe("a broken rate limiter", () => {
  const limiters = [
    ["throws", { limit: () => Promise.reject(new Error("down")) }],
    ["returns nothing", { limit: async () => undefined }],
  ] as const;

  it.each([...limiters, ["is not a rate limiter", {}] as const])("allows no sign-in if it %s", async (_, limiter) => {
    world = createWorld({ RATE_LIMITER: limiter });
    for (const response of [await authorize(), await register({ redirect_uris: ["http://localhost/callback"] })]) {
      expect([429, 500]).toContain(response.status);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  it.each(limiters)("leaves the maximum of token requests if it %s", async (_, limiter) => {
    world = createWorld({ RATE_LIMITER: limiter });
    answer = () => refusal("invalid_grant");
    expect(await statuses(1_000, refresh)).toEqual([400]);
    expect((await refresh()).status).toBe(429);
  });
});

describe("options", () => {
  it.each([
    [{ clientId: "x" }, "clientId must be a client ID, a GUID in lower case"],
    [{ redirectUris: [] }, "redirectUris must be a list"],
    [{ redirectUris: ["http://evil.example/"] }, "not https, http on loopback"],
    [{ redirectUris: ["cursor://a@a.example/x"] }, "which has a user name"],
    [{ redirectUris: ["cursor://a.example/x#y"] }, "which has a fragment"],
    [{ redirectUris: ["http://127.0.0.2:8080/x"] }, "not https"],
    [{ redirectUris: ["https://a.example/x#y"] }, "which has a fragment"],
    [{ redirectUris: ["https://a.example/x#"] }, "which has a fragment"],
    [{ redirectUris: ["https://a@a.example/x"] }, "which has a user name"],
    [{ redirectUris: ["https://a.example/x/../y"] }, "which clients can also write as"],
    [{ redirectUris: ["https://A.example/x"] }, "which clients can also write as"],
    [{ redirectUris: ["x"] }, "which is not a URI"],
    [{ redirectUris: [1] }, "which is not a URI"],
    [{ clients: [] }, "clients must look like"],
    [{ clients: { "https://a.example": ["https://a.example/x"] } }, "clients must have https URLs with a path"],
    [{ clients: { "http://a.example/x": ["https://a.example/x"] } }, "clients must have https URLs with a path"],
    [{ clients: { "https://:pw@a.example/x": ["https://a.example/x"] } }, "clients must have https URLs with a path"],
    [{ clients: { "https://a.example/x": [] } }, "must be a list of at least one URI"],
    [{ secret: "x" }, 'unknown option "secret"'],
  ])("%j is refused", (changes, message) => {
    expect(() => facade({ ...options, ...changes } as never)).toThrow(message);
  });

  it.each([
    ...["cursor:callback", "cursor:/callback", "javascript:alert(1)", "urn:x:y"],
    ...["ftp://a.example/x", "file:///x", "ws://localhost/x", "wss://a.example/x", "http://a.example/x"],
    ...["javascript://localhost/%0aalert(1)", "data://text/html,x", "blob://a.example/x", "filesystem://a.example/x"],
    ...["view-source://a.example/x", "vbscript://a.example/x", "about://blank"],
  ])(
    "refuses the scheme of the redirect URI %s, also for a client with its own",
    { tags: "facade-redirects" },
    (uri) => {
      const message = "or an app's own scheme with //";
      expect(() => facade({ ...options, redirectUris: [uri] })).toThrow(message);
      expect(() => facade({ ...options, clients: { [metadataUrl]: [uri] } })).toThrow(message);
    },
  );

  it.each(["CURSOR://a.example/x", "JavaScript://a.example/x", "cursor://a.example/x y", "cursor://a.example/x "])(
    "refuses the redirect URI %j, because clients can write it in another way",
    (uri) => {
      expect(() => facade({ ...options, redirectUris: [uri] })).toThrow("which clients can also write as");
    },
  );
});
