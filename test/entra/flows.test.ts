import { createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formatAgentSubject } from "../../entra/clients/agent.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { api, clients, personas, tenants } from "../../entra/testing.ts";
import {
  authority,
  challenge,
  contoso,
  createFlowWorld,
  createParameters,
  createRedemption,
  type FlowWorld,
  spaUri,
  verifier,
} from "./support/world.ts";

const origin = { Origin: "http://localhost:5173" };
const webUri = "https://web.example/callback";
const logoutUrl = "https://web.example/signed-out";
const directory = createDirectory({
  apps: {
    web: { redirectUris: { web: [webUri] }, secrets: ["secret of the web app"], logoutUrl },
    mixed: {
      redirectUris: { web: ["https://mixed.example/callback"], native: ["http://localhost"] },
      secrets: ["secret of the mixed app"],
    },
    desktop: { redirectUris: { native: ["http://localhost"] } },
    itself: {
      clientId: "1f1f1f1f-0000-4000-8000-000000000001",
      redirectUris: { native: ["http://localhost"] },
      scopes: ["read"],
      appIdUris: ["https://itself.example", "api://1f1f1f1f-0000-4000-8000-000000000001"],
    },
    legacy: { scopes: ["read"], appIdUris: ["https://legacy.example"], tokenVersion: 1 },
  },
  users: {
    traveler: { username: "traveler@contoso.example" },
    visitor: { username: "traveler@contoso.example", tenant: "fabrikam", homeTenant: "contoso" },
  },
});
const web = { client_id: directory.findApp("web")!.clientId, redirect_uri: webUri };
const webSecret = { client_id: web.client_id, client_secret: "secret of the web app" };
const desktop = { client_id: directory.findApp("desktop")!.clientId };
const legacyScope = "https://legacy.example/read";

let world: FlowWorld;
beforeAll(async () => {
  world = await createFlowWorld({ directory });
});
beforeEach(() => world.reset());

async function open(
  changes: Record<string, string | undefined> = {},
  segment: string = tenants.contoso.id,
): Promise<Response> {
  const parameters = new URLSearchParams(await createParameters(changes));
  return world.browse(`${authority}/${segment}/oauth2/v2.0/authorize?${parameters}`);
}

const locate = (response: Response) => new URL(response.headers.get("Location") ?? `about:${response.status}`);

/** What one rule of OpenID Connect says, one test each. */
describe("OpenID Connect", () => {
  it("discovery has the members that clients need", async () => {
    const response = await world.browse(`${contoso}/v2.0/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      authorization_endpoint: `${contoso}/oauth2/v2.0/authorize`,
      token_endpoint: `${contoso}/oauth2/v2.0/token`,
      device_authorization_endpoint: `${contoso}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${contoso}/oauth2/v2.0/logout`,
      userinfo_endpoint: `${authority}/oidc/userinfo`,
      jwks_uri: `${contoso}/discovery/v2.0/keys`,
      response_modes_supported: ["query", "fragment", "form_post"],
      response_types_supported: ["code", "id_token", "code id_token"],
      subject_types_supported: ["pairwise"],
    });
  });

  it("the issuer of a tenant is exactly that of discovery and of its tokens", async () => {
    const { body } = await world.getTokens("member");
    const document = await (await world.browse(`${contoso}/v2.0/.well-known/openid-configuration`)).json();
    expect(document).toMatchObject({ issuer: `${contoso}/v2.0` });
    expect(decodeJwt(String(body.id_token)).iss).toBe(`${contoso}/v2.0`);
    expect(decodeJwt(String(body.access_token)).iss).toBe(`${contoso}/v2.0`);
  });

  it("a code works once", async () => {
    const form = createRedemption(await world.signIn("member"));
    expect((await world.post(form, origin)).status).toBe(200);
    expect((await world.post(form, origin)).body).toMatchObject({ error: "invalid_grant", error_codes: [54005] });
  });

  it("PKCE binds a code to its request", async () => {
    const other = await challenge("verifier-of-another-request-with-43-characters");
    const callback = await world.signIn("member", { code_challenge: other });
    expect((await world.post(createRedemption(callback), origin)).body.error_codes).toEqual([501481]);
    const [mine, absent] = [await world.signIn("member"), { code_verifier: undefined }];
    expect((await world.post(createRedemption(mine, absent), origin)).body.error_codes).toEqual([501481]);
  });

  it("a parameter without a value counts as absent", async () => {
    const own = { ...web, code_challenge: undefined, code_challenge_method: undefined };
    const callback = await world.signIn("member", { ...own, prompt: "", claims: "" });
    const form = { ...createRedemption(callback, web), ...webSecret, code_verifier: "" };
    expect((await world.post(form)).status).toBe(200);
    const bound = createRedemption(await world.signIn("member"), { code_verifier: "" });
    expect((await world.post(bound, origin)).body.error_codes).toEqual([501481]);
  });

  it("the token request can add scopes of OpenID Connect, and no others", async () => {
    const { body: few } = await world.getTokens("member", { scope: `${api.appIdUri}/access_as_user` });
    expect([few.id_token, few.refresh_token]).toEqual([undefined, undefined]);
    const callback = await world.signIn("member", { scope: `${api.appIdUri}/access_as_user` });
    const scope = `${api.appIdUri}/orders.read openid offline_access`;
    const { body } = await world.post(createRedemption(callback, { scope }), origin);
    expect(Object.keys(body)).toEqual(expect.arrayContaining(["id_token", "refresh_token"]));
    expect(decodeJwt(String(body.access_token)).scp).toBe("access_as_user");
  });

  it("the response has `.default` in its scope if the client has asked for it", async () => {
    const scope = `openid ${api.appIdUri}/.default`;
    const { body } = await world.getTokens("member", { scope });
    expect(body.scope).toBe(
      ["access_as_user", "orders.read", ".default"].map((name) => `${api.appIdUri}/${name}`).join(" "),
    );
    expect((await world.getTokens("member")).body.scope).toBe(`${api.appIdUri}/access_as_user`);
  });

  it("PKCE with a plain challenge is possible for an app of the desktop", async () => {
    const native = { ...desktop, redirect_uri: "http://localhost:33333" };
    const plain = { ...native, code_challenge: verifier, code_challenge_method: "plain" };
    const form = createRedemption(await world.signIn("member", plain), native);
    expect((await world.post(form)).status).toBe(200);
  });

  it("the ID token has the nonce of the request", async () => {
    const { body } = await world.getTokens("member", { nonce: "of this request" });
    expect(decodeJwt(String(body.id_token)).nonce).toBe("of this request");
  });

  it("the response has the state of the request, unchanged", async () => {
    const state = 'a=b&c d/é"<';
    expect((await world.signIn("member", { state })).searchParams.get("state")).toBe(state);
    expect((await world.signIn("member", { state: undefined })).searchParams.has("state")).toBe(false);
  });

  it.each([
    [spaUri, clients.spa.clientId, true],
    [`${spaUri}/`, clients.spa.clientId, false],
    [`${spaUri}?more`, clients.spa.clientId, false],
    [spaUri.toUpperCase(), clients.spa.clientId, false],
    ["http://localhost.evil.example/callback", clients.spa.clientId, false],
    ["http://localhost:5173@evil.example/callback", clients.spa.clientId, false],
    ["http://localhost", desktop.client_id, true],
    ["http://localhost:49152", desktop.client_id, true],
    ["http://localhost:49152/", desktop.client_id, true],
    ["http://localhost:49152/path", desktop.client_id, false],
    ["https://localhost:49152", desktop.client_id, false],
  ])("the redirect URI must match a registered one: %s", async (redirect_uri, client_id, isRegistered) => {
    const response = await open({ redirect_uri, client_id });
    expect(response.status).toBe(isRegistered ? 200 : 400);
  });

  it("the ID token has the email address if the scope asks for it, and the user has one", async () => {
    const readEmail = async (persona: string, scope: string, response_type = "code") => {
      const callback = await world.signIn(persona, { scope, response_type });
      const sent = new URLSearchParams(callback.hash.slice(1)).get("id_token");
      const token = sent ?? (await world.post(createRedemption(callback), origin)).body.id_token;
      return decodeJwt(String(token)).email;
    };
    expect(await readEmail("member", "openid email")).toBe(personas.member.username);
    expect(await readEmail("guest", "openid email", "id_token")).toBe(personas.guest.username);
    expect(await readEmail("member", "openid profile")).toBeUndefined();
    expect(await readEmail("traveler", "openid email")).toBeUndefined();
  });

  it("userinfo has the sub of the ID token", async () => {
    const { body } = await world.getTokens("admin", { scope: "openid profile email" });
    const headers = { Authorization: `Bearer ${body.access_token}` };
    const response = await world.browse(`${authority}/oidc/userinfo`, undefined, headers);
    expect(await response.json()).toMatchObject({
      sub: decodeJwt(String(body.id_token)).sub,
      name: personas.admin.name,
      email: personas.admin.username,
    });
    expect((await world.browse(`${authority}/oidc/userinfo`)).status).toBe(401);
    const ofApi = { Authorization: `Bearer ${(await world.getTokens("admin")).body.access_token}` };
    expect((await world.browse(`${authority}/oidc/userinfo`, undefined, ofApi)).status).toBe(401);
  });

  it("tokens verify with the published keys before and after a rotation", async () => {
    const fresh = await createFlowWorld();
    const verify = async (token: unknown) => {
      const options = { [customFetch]: (url: string) => fresh.entra.fetch(new Request(url)) };
      const keys = createRemoteJWKSet(new URL(`${contoso}/discovery/v2.0/keys`), options);
      return (await jwtVerify(String(token), keys)).protectedHeader.kid;
    };
    const before = (await fresh.getTokens("member")).body.access_token;
    const old = await verify(before);
    const next = await fresh.entra.rollOver("planned");
    expect(await verify((await fresh.getTokens("member")).body.access_token)).toBe(old);
    expect(await fresh.entra.switchKey()).toBe(next);
    expect(await verify((await fresh.getTokens("member")).body.id_token)).toBe(next);
    await fresh.entra.removeKey(old!);
    await expect(verify(before)).rejects.toThrow("no applicable key found");
  });
});

describe("the response", () => {
  it("goes to the fragment, which is also the default for an ID token", async () => {
    expect((await world.signIn("member", { response_mode: "fragment" })).hash).toMatch(/^#code=/);
    expect((await world.signIn("member", { response_type: "id_token" })).hash).toMatch(/^#id_token=/);
  });

  it("posts itself to the client, with a policy for that one script", async () => {
    const parameters = await createParameters({ ...web, response_type: "code id_token", response_mode: "form_post" });
    const response = await world.browse(`${contoso}/oauth2/v2.0/authorize`, { ...parameters, persona: "member" });
    const page = await response.text();
    const nonce = /<script nonce="([^"]+)"/.exec(page)![1];
    expect(response.headers.get("Content-Security-Policy")).toBe(`default-src 'none'; script-src 'nonce-${nonce}'`);
    expect(page).toContain("This is a local stand-in for Microsoft Entra ID.");
    expect(page).toContain(`<form method="post" action="${webUri}">`);
    const idToken = decodeJwt(/name="id_token" value="([^"]+)"/.exec(page)![1]!);
    const code = /name="code" value="([^"]+)"/.exec(page)![1]!;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code)));
    const half = btoa(String.fromCharCode(...digest.slice(0, 16)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=/g, "");
    expect(idToken).toMatchObject({ aud: web.client_id, nonce: "the nonce", c_hash: half });
    const redeemed = await world.post({ ...createRedemption(new URL(`${webUri}?code=${code}`), web), ...webSecret });
    expect(redeemed.status).toBe(200);
  });

  it("has no ID token without a nonce", async () => {
    const response = locate(await open({ response_type: "id_token", nonce: undefined }));
    expect(response.hash).toContain("AADSTS900144");
  });

  it("escapes what the client has sent", async () => {
    const parameters = await createParameters({ response_mode: "form_post", state: '"><script>alert(1)</script>' });
    const response = await world.browse(`${contoso}/oauth2/v2.0/authorize`, { ...parameters, persona: "member" });
    expect(await response.text()).not.toContain("<script>alert");
  });
});

describe("a session", () => {
  it("signs its user in again without a question", async () => {
    await world.signIn("member");
    expect(locate(await open({ prompt: "none" })).searchParams.has("code")).toBe(true);
    expect(locate(await open({ client_id: clients["cae-spa"].clientId })).searchParams.has("code")).toBe(true);
  });

  it("is a cookie that frames of other sites get, which no script reads", async () => {
    const response = await world.browse(`${contoso}/oauth2/v2.0/authorize`, {
      ...(await createParameters()),
      persona: "member",
    });
    expect(response.headers.get("Set-Cookie")).toMatch(
      /^entra-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=None$/,
    );
    const http = await world.entra.fetch(
      new Request(`${contoso.replace("https", "http")}/oauth2/v2.0/authorize`, {
        method: "POST",
        body: new URLSearchParams({ ...(await createParameters()), persona: "member" }),
      }),
    );
    expect(http.headers.get("Set-Cookie")).toMatch(/; HttpOnly; SameSite=Lax$/);
  });

  it.each(["login", "select_account", "create"])("is not used with prompt=%s", async (prompt) => {
    await world.signIn("member");
    const response = await open({ prompt });
    expect([response.status, response.headers.get("X-Frame-Options")]).toEqual([200, "DENY"]);
  });

  it("is used for the hinted user", async () => {
    await world.signIn("member");
    await world.signIn("admin");
    expect((await open()).status).toBe(200);
    const callback = locate(await open({ prompt: "none", login_hint: personas.admin.username }));
    const { body } = await world.post(createRedemption(callback), origin);
    expect(decodeJwt(String(body.access_token)).oid).toBe(personas.admin.oid);
    expect(locate(await open({ prompt: "none", login_hint: "nobody@contoso.example" })).search).toContain("50058");
  });

  it("ends after a day, by a revocation and by a logout", async () => {
    const isSignedIn = async () => locate(await open({ prompt: "none" })).searchParams.has("code");
    await world.signIn("member");
    expect(await isSignedIn()).toBe(true);
    world.entra.setClockOffset(24 * 3600);
    expect(await isSignedIn()).toBe(false);
    await world.signIn("member");
    world.entra.revoke({ persona: "admin" });
    expect(await isSignedIn()).toBe(true);
    world.entra.revoke();
    expect(await isSignedIn()).toBe(false);
    await world.signIn("member");
    await world.browse(`${contoso}/oauth2/v2.0/logout`);
    expect(await isSignedIn()).toBe(false);
  });

  it("is not taken from the page of another site", async () => {
    const parameters = await createParameters();
    const headers = { Origin: "https://evil.example" };
    const response = await world.browse(
      `${contoso}/oauth2/v2.0/authorize`,
      { ...parameters, persona: "member" },
      headers,
    );
    expect([response.status, response.headers.get("Set-Cookie")]).toEqual([200, null]);
  });
});

describe("a logout", () => {
  it("tells the clients in frames, and returns to a registered URI", async () => {
    const target = { post_logout_redirect_uri: webUri, state: "s" };
    await world.signIn("member");
    const unknown = await world.browse(`${contoso}/oauth2/v2.0/logout?post_logout_redirect_uri=https://evil.example/`);
    expect([unknown.status, await unknown.text()]).toEqual([200, expect.not.stringContaining("evil")]);
    await world.signIn("member", { ...web });
    const page = await (await world.browse(`${contoso}/oauth2/v2.0/logout?${new URLSearchParams(target)}`)).text();
    expect(page).toMatch(new RegExp(`<iframe[^>]* src="${logoutUrl}\\?iss=[^"]+&amp;sid=[\\da-f-]{36}"`));
    expect(page).toContain(`url=${webUri}?state=s`);
  });

  it("redirects at once if no client wants to know", async () => {
    await world.signIn("member");
    const query = new URLSearchParams({ post_logout_redirect_uri: spaUri });
    expect(locate(await world.browse(`${contoso}/oauth2/v2.0/logout?${query}`)).href).toBe(spaUri);
  });
});

describe("users", () => {
  it.each([
    [tenants.contoso.id, ["member", "guest", "admin"], ["outsider", "consumer", "agent-user"]],
    ["contoso.example", ["member", "guest"], ["outsider"]],
    ["common", ["member", "outsider", "consumer"], ["guest"]],
    ["organizations", ["member", "outsider"], ["consumer"]],
    ["consumers", ["consumer"], ["member"]],
  ])("under /%s", async (segment, listed, others) => {
    const page = await (await open({}, segment)).text();
    for (const name of listed) expect(page).toContain(`value="${name}"`);
    for (const name of others) expect(page).not.toContain(`value="${name}"`);
  });

  it("get tokens of their own tenant at /common", async () => {
    const parameters = await createParameters();
    const url = `${authority}/common/oauth2/v2.0`;
    const callback = locate(await world.browse(`${url}/authorize`, { ...parameters, persona: "outsider" }));
    const { body } = await world.post(createRedemption(callback), origin, `${url}/token`);
    expect(decodeJwt(String(body.id_token))).toMatchObject({
      iss: `${authority}/${tenants.fabrikam.id}/v2.0`,
      tid: tenants.fabrikam.id,
    });
  });

  it.each([
    ["contoso.example", "member", "outsider"],
    ["consumers", "consumer", "member"],
  ])("are shown by domain_hint=%s", async (domain_hint, shown, hidden) => {
    const page = await (await open({ domain_hint }, "common")).text();
    expect(page).toContain(`value="${shown}"`);
    expect(page).not.toContain(`value="${hidden}"`);
  });
});

describe("consent", () => {
  it("is asked once, and again with prompt=consent", async () => {
    const fresh = await createFlowWorld();
    const url = `${contoso}/oauth2/v2.0/authorize`;
    const asked = await fresh.browse(url, { ...(await createParameters()), persona: "newcomer" });
    expect(await asked.text()).toContain(`${api.appIdUri}/access_as_user`);
    const accepted = { ...(await createParameters()), persona: "newcomer", decision: "accept" };
    expect(locate(await fresh.browse(url, accepted)).searchParams.has("code")).toBe(true);
    expect((await fresh.signIn("newcomer")).searchParams.has("code")).toBe(true);
    const again = await fresh.browse(`${url}?${new URLSearchParams(await createParameters({ prompt: "consent" }))}`);
    expect(await again.text()).toContain("Permissions requested");
  });

  it("of an administrator is for the whole tenant", async () => {
    const fresh = await createFlowWorld();
    const query = { client_id: clients.spa.clientId, redirect_uri: spaUri, state: "s" };
    const url = `${contoso}/v2.0/adminconsent`;
    expect((await fresh.browse(`${url}?${new URLSearchParams(query)}`)).status).toBe(200);
    const declined = locate(await fresh.browse(url, { ...query, decision: "cancel" }));
    expect(declined.searchParams.get("error")).toBe("consent_required");
    const foreign = await fresh.browse(url, { ...query, decision: "accept" }, { Origin: "https://evil.example" });
    expect(foreign.status).toBe(200);
    const callback = locate(await fresh.browse(url, { ...query, decision: "accept" }));
    expect(Object.fromEntries(callback.searchParams)).toEqual({
      admin_consent: "True",
      tenant: tenants.contoso.id,
      state: "s",
    });
    expect((await fresh.signIn("newcomer")).searchParams.has("code")).toBe(true);
  });
});

describe("Conditional Access", () => {
  const policies = (control: string) => world.entra.setConditionalAccess([{ user: "member", app: "spa", control }]);

  it.each(["mfa", "c5"])("asks for %s, then issues tokens that a refresh keeps", async (control) => {
    const { body: early } = await world.getTokens("member");
    policies(control);
    const form = { ...createRefresh(early.refresh_token) };
    const refused = (await world.post(form, origin)).body;
    expect(refused).toMatchObject({ error: "interaction_required", error_codes: [50076], claims: expect.any(String) });
    const parameters = await createParameters({ claims: String(refused.claims) });
    const url = `${contoso}/oauth2/v2.0/authorize`;
    const asked = await world.browse(url, { ...parameters, persona: "member" });
    const callback =
      control === "mfa"
        ? locate(await world.browse(url, { ...parameters, persona: "member", approved: "yes" }))
        : locate(asked);
    const { body } = await world.post(createRedemption(callback), origin);
    if (control !== "mfa") expect(decodeJwt(String(body.access_token)).acrs).toEqual(["c5"]);
    expect((await world.post(createRefresh(body.refresh_token), origin)).status).toBe(200);
  });

  it("blocks on the page, or by the redirect of a silent request", async () => {
    await world.signIn("member");
    policies("block");
    expect(await (await open()).text()).toContain("AADSTS53003");
    expect(locate(await open({ prompt: "none" })).searchParams.get("error")).toBe("interaction_required");
    expect(() => policies("perhaps")).toThrow(/^control must be block, mfa/);
  });
});

function createRefresh(refreshToken: unknown, changes: Record<string, string | undefined> = {}) {
  const scope = `${api.appIdUri}/.default`;
  return {
    grant_type: "refresh_token",
    client_id: clients.spa.clientId,
    refresh_token: String(refreshToken),
    scope,
    ...changes,
  };
}

describe("a refresh token", () => {
  it("is replaced at each use, and the old one stays valid", async () => {
    const { body } = await world.getTokens("member");
    const one = await world.post(createRefresh(body.refresh_token), origin);
    const two = await world.post(createRefresh(body.refresh_token), origin);
    expect(new Set([body, one.body, two.body].map(({ refresh_token }) => refresh_token)).size).toBe(3);
  });

  it("is bound to no API and no tenant", async () => {
    const { body } = await world.getTokens("traveler");
    const graph = await world.post(createRefresh(body.refresh_token, { scope: "User.Read" }), origin);
    expect(decodeJwt(String(graph.body.access_token)).aud).toBe("00000003-0000-0000-c000-000000000000");
    const elsewhere = `${authority}/${tenants.fabrikam.id}/oauth2/v2.0/token`;
    const away = await world.post(createRefresh(body.refresh_token), origin, elsewhere);
    expect(decodeJwt(String(away.body.access_token))).toMatchObject({
      tid: tenants.fabrikam.id,
      oid: directory.findUser("visitor")!.oid,
      idp: `${authority}/${tenants.contoso.id}/`,
    });
    const common = await world.post(createRefresh(body.refresh_token), origin, `${authority}/common/oauth2/v2.0/token`);
    expect(decodeJwt(String(common.body.access_token)).tid).toBe(tenants.contoso.id);
  });

  it("of a SPA ends a day after the sign-in, however often it is replaced", async () => {
    const { body } = await world.getTokens("member");
    world.entra.setClockOffset(23 * 3600);
    const replaced = await world.post(createRefresh(body.refresh_token), origin);
    expect(replaced.status).toBe(200);
    world.entra.setClockOffset(24 * 3600);
    expect((await world.post(createRefresh(replaced.body.refresh_token), origin)).body.error_codes).toEqual([700084]);
  });

  it("ends by a revocation for its user and client, and a later sign-in does not", async () => {
    const { body } = await world.getTokens("member");
    const { body: other } = await world.getTokens("admin");
    world.entra.revoke({ persona: "member", client: clients.spa.clientId });
    expect((await world.post(createRefresh(body.refresh_token), origin)).body).toMatchObject({
      error: "invalid_grant",
      suberror: "bad_token",
      error_codes: [50173],
    });
    expect((await world.post(createRefresh(other.refresh_token), origin)).status).toBe(200);
    const { body: later } = await world.getTokens("member");
    expect((await world.post(createRefresh(later.refresh_token), origin)).status).toBe(200);
  });

  it("is no token that others could read", async () => {
    const { body } = await world.getTokens("member");
    const [header = "", key] = String(body.refresh_token).slice("1.A".length).split(".");
    expect(JSON.parse(atob(header))).toEqual({ alg: "dir", enc: "A256GCM" });
    expect(key).toBe("");
  });
});

describe("an app that asks for a token of itself", () => {
  const client_id = directory.findApp("itself")!.clientId;
  const own = { client_id, redirect_uri: "http://localhost" };

  it.each([
    ["its client ID", client_id],
    ["an ID URI with its client ID", `api://${client_id}`],
  ])("gets one by %s", async (_, prefix) => {
    const callback = await world.signIn("member", { ...own, scope: `offline_access ${prefix}/read` });
    const { body } = await world.post(createRedemption(callback, own));
    expect(decodeJwt(String(body.access_token))).toMatchObject({ aud: client_id, azp: client_id, scp: "read" });
    const form = { grant_type: "refresh_token", client_id, refresh_token: String(body.refresh_token) };
    expect((await world.post({ ...form, scope: `${prefix}/read` })).status).toBe(200);
    const { body: refused } = await world.post({ ...form, scope: "https://itself.example/read" });
    expect(refused.error_codes).toEqual([90009]);
  });

  it("gets none by another ID URI", async () => {
    const callback = await world.signIn("member", { ...own, scope: "https://itself.example/read" });
    expect(callback.searchParams.get("error_description")).toMatch(/^AADSTS90009: /);
  });
});

describe("an app with redirect URIs of the web and of the desktop", () => {
  const redirect_uri = "https://mixed.example/callback";
  const own = { client_id: directory.findApp("mixed")!.clientId };
  const client_secret = "secret of the mixed app";
  const scope = `${api.appIdUri}/.default offline_access`;

  async function requireSecret(form: Record<string, string | undefined>): Promise<Record<string, unknown>> {
    expect((await world.post(form)).body.error_codes).toEqual([7000218]);
    const { status, body } = await world.post({ ...form, client_secret });
    expect(status).toBe(200);
    return body;
  }

  it("needs its secret for a code of the web, and for the refresh token", async () => {
    const callback = await world.signIn("member", { ...own, redirect_uri });
    const body = await requireSecret({ ...createRedemption(callback, { ...own, redirect_uri }) });
    await requireSecret(createRefresh(body.refresh_token, own));
  });

  it("may not send its secret with a code of the desktop", async () => {
    const native = { ...own, redirect_uri: "http://localhost:33333" };
    const form = createRedemption(await world.signIn("member", native), native);
    const { status, body } = await world.post({ ...form, client_secret });
    expect([status, body.error, body.error_codes]).toEqual([401, "invalid_client", [700025]]);
    expect((await world.post(form)).status).toBe(200);
  });

  it("needs its secret for the refresh token of an exchange on behalf of a user", async () => {
    const body = await requireSecret({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      ...own,
      assertion: await world.entra.issueAccessToken({ authority, claims: { aud: own.client_id } }),
      scope,
      requested_token_use: "on_behalf_of",
    });
    await requireSecret(createRefresh(body.refresh_token, own));
  });
});

it("a code and a refresh token of the desktop are for no page", async () => {
  const native = { ...desktop, redirect_uri: "http://localhost:33333" };
  const form = createRedemption(await world.signIn("member", native), native);
  expect((await world.post(form, origin)).body.error_codes).toEqual([9002326]);
  const { status, body } = await world.post(form);
  expect(status).toBe(200);
  const refresh = createRefresh(body.refresh_token, desktop);
  expect((await world.post(refresh, origin)).body.error_codes).toEqual([9002326]);
  expect((await world.post(refresh)).status).toBe(200);
});

describe("a device", () => {
  const poll = (device_code: unknown) =>
    world.post({
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      ...desktop,
      device_code: String(device_code),
    });

  it("gets tokens after its user has entered the code", async () => {
    const scope = `openid offline_access ${api.appIdUri}/access_as_user`;
    const { body } = await world.post({ ...desktop, scope }, {}, "/oauth2/v2.0/devicecode");
    expect(body).toMatchObject({
      verification_uri: `${authority}/devicelogin`,
      user_code: expect.stringMatching(/^[A-Z]{9}$/),
      expires_in: 900,
      interval: 5,
      message: expect.stringContaining(String(body.user_code)),
    });
    expect((await poll(body.device_code)).body.error).toBe("authorization_pending");
    const page = `${authority}/devicelogin`;
    expect((await world.browse(page)).headers.get("X-Frame-Options")).toBe("DENY");
    expect((await world.browse(page, { user_code: "WRONG" })).status).toBe(400);
    const user_code = String(body.user_code).toLowerCase();
    expect(await (await world.browse(page, { user_code })).text()).toContain('value="member"');
    await world.browse(page, { user_code, persona: "outsider" });
    expect((await poll(body.device_code)).body.error).toBe("authorization_pending");
    expect((await world.browse(page, { user_code, persona: "member" })).status).toBe(200);
    expect((await world.browse(page, { user_code, persona: "admin" })).status).toBe(400);
    const tokens = (await poll(body.device_code)).body;
    expect(decodeJwt(String(tokens.access_token))).toMatchObject({ oid: personas.member.oid, azp: desktop.client_id });
    expect(Object.keys(tokens)).toEqual(expect.arrayContaining(["id_token", "refresh_token"]));
    expect((await poll(body.device_code)).body.error).toBe("bad_verification_code");
  });

  it("gets no tokens from a page, at another tenant, or by the choice of the page of another site", async () => {
    const { body } = await world.post({ ...desktop, scope: "openid" }, {}, "/oauth2/v2.0/devicecode");
    const form = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", ...desktop };
    const polled = { ...form, device_code: String(body.device_code) };
    const chosen = { user_code: String(body.user_code), persona: "member" };
    await world.browse(`${authority}/devicelogin`, chosen, { Origin: "https://evil.example" });
    expect((await world.post(polled)).body.error).toBe("authorization_pending");
    await world.browse(`${authority}/devicelogin`, chosen, { Origin: authority });
    expect((await world.post(polled, origin)).body.error_codes).toEqual([9002326]);
    const elsewhere = `${authority}/${tenants.fabrikam.id}/oauth2/v2.0/token`;
    expect((await world.post(polled, {}, elsewhere)).body.error).toBe("bad_verification_code");
    expect((await world.post(polled)).status).toBe(200);
  });

  it("needs a public client", async () => {
    const answer = await world.post({ client_id: web.client_id, scope: "openid" }, {}, "/oauth2/v2.0/devicecode");
    expect(answer.body.error_codes).toEqual([7000218]);
  });
});

describe("a v1.0 endpoint", () => {
  it("has resource in place of scopes, and numbers as text", async () => {
    const parameters = await createParameters({ scope: undefined, resource: "https://legacy.example" });
    const callback = locate(await world.browse(`${contoso}/oauth2/authorize`, { ...parameters, persona: "member" }));
    const { body } = await world.post(
      createRedemption(callback, { resource: "https://legacy.example" }),
      origin,
      "/oauth2/token",
    );
    expect(body).toMatchObject({
      token_type: "Bearer",
      scope: "read",
      expires_in: "3899",
      expires_on: String(world.nowSeconds + 3899),
      resource: "https://legacy.example",
      refresh_token: expect.any(String),
    });
    expect(decodeJwt(String(body.access_token))).toMatchObject({
      ver: "1.0",
      aud: "https://legacy.example",
      iss: `${authority}/${tenants.contoso.id}/`,
      appid: clients.spa.clientId,
      appidacr: "0",
    });
    expect(decodeJwt(String(body.id_token))).toMatchObject({ ver: "1.0", upn: personas.member.username });
    const daemon = { client_id: clients.daemon.clientId, client_secret: clients.daemon.secret };
    const form = { ...daemon, grant_type: "client_credentials", resource: api.appIdUri };
    expect((await world.post(form, {}, "/oauth2/token")).body).toMatchObject({ expires_in: "3899" });
    const document = await (await world.browse(`${contoso}/.well-known/openid-configuration`)).json();
    expect(document).toMatchObject({ token_endpoint: `${contoso}/oauth2/token` });
  });

  it("issues tokens of the API's version, as v2.0 endpoints do", async () => {
    const { body } = await world.getTokens("member", { scope: legacyScope });
    expect(decodeJwt(String(body.access_token))).toMatchObject({ ver: "1.0", scp: "read" });
  });
});

describe("an agent", () => {
  const agent = { client_id: clients.agent.clientId };
  const blueprint = { client_id: clients.agent.blueprint, client_secret: clients.agent.secret };
  const exchangeScope = "api://AzureADTokenExchange/.default";
  const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const apiScope = `${api.appIdUri}/.default`;

  const subjectIn = (tenantId: string) => formatAgentSubject(tenantId, clients.agent.blueprint, agent.client_id);

  async function identify(): Promise<Record<string, string>> {
    const form = { grant_type: "client_credentials", ...blueprint, scope: exchangeScope, fmi_path: agent.client_id };
    const { body } = await world.post(form);
    return { ...agent, client_assertion_type: assertionType, client_assertion: String(body.access_token) };
  }

  it("acts as itself", async () => {
    const { body } = await world.post({ grant_type: "client_credentials", ...(await identify()), scope: apiScope });
    expect(decodeJwt(String(body.access_token))).toMatchObject({
      idtyp: "app",
      azp: agent.client_id,
      azpacr: "2",
      xms_act_fct: "3 9 11",
      xms_par_app_azp: clients.agent.blueprint,
      roles: ["Orders.Read.All"],
    });
  });

  it("acts for a user whose token is for its blueprint", async () => {
    const assertion = await world.entra.issueAccessToken({ authority, claims: { aud: clients.agent.blueprint } });
    const { body } = await world.post({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      ...(await identify()),
      assertion,
      scope: apiScope,
      requested_token_use: "on_behalf_of",
    });
    expect(decodeJwt(String(body.access_token))).toMatchObject({
      idtyp: "user",
      oid: personas.member.oid,
      xms_act_fct: "3 9 11",
    });
  });

  it("acts through its own user account", async () => {
    const identity = await identify();
    const { body } = await world.post({ grant_type: "client_credentials", ...identity, scope: exchangeScope });
    const form = { grant_type: "user_fic", ...identity, scope: apiScope, requested_token_use: "on_behalf_of" };
    const username = personas["agent-user"].username;
    const credential = String(body.access_token);
    const granted = await world.post({ ...form, username, user_federated_identity_credential: credential });
    expect(decodeJwt(String(granted.body.access_token))).toMatchObject({
      idtyp: "user",
      oid: personas["agent-user"].oid,
      xms_sub_fct: "13 3",
    });
    const foreign = { ...form, username: personas.member.username, user_federated_identity_credential: credential };
    expect((await world.post(foreign)).body.error_codes).toEqual([50034]);
    const ofBlueprint = { ...form, username, user_federated_identity_credential: identity.client_assertion! };
    expect((await world.post(ofBlueprint)).body.error_codes).toEqual([70021]);
    const own = await world.post({ grant_type: "client_credentials", ...identity, scope: apiScope });
    const forApi = { ...form, username, user_federated_identity_credential: String(own.body.access_token) };
    expect((await world.post(forApi)).body.error_codes).toEqual([70021]);
  });

  it.each<[string, object, boolean]>([
    ["its blueprint for it", {}, true],
    ["its blueprint for an API", { aud: api.clientId }, false],
    ["another blueprint for it", { azp: clients.daemon.clientId }, false],
    ["its blueprint of another tenant", { sub: subjectIn(tenants.fabrikam.id) }, false],
  ])("is identified by a token of %s: %j", async (_, changes, isIdentified) => {
    const { client_assertion = "", ...identity } = await identify();
    const claims = { ...decodeJwt(client_assertion), ...changes };
    const forged = await world.entra.issueAccessToken({ authority, client: clients.agent.blueprint, claims });
    const form = { grant_type: "client_credentials", ...identity, client_assertion: forged, scope: apiScope };
    const { status, body } = await world.post(form);
    expect([status, body.error_codes]).toEqual(isIdentified ? [200, undefined] : [401, [70021]]);
  });

  it("is not identified by the token of its blueprint for another agent", async () => {
    const form = { grant_type: "client_credentials", ...blueprint, scope: exchangeScope, fmi_path: "another" };
    const { body } = await world.post(form);
    const claimed = { ...agent, client_assertion_type: assertionType, client_assertion: String(body.access_token) };
    const answer = await world.post({ grant_type: "client_credentials", ...claimed, scope: apiScope });
    expect(answer.body.error_codes).toEqual([70021]);
  });
});

describe("Microsoft Graph", () => {
  async function ask(
    path: string,
    body?: object | null,
    persona = "admin",
    scope = path.endsWith("/getMemberGroups") ? "User.Read GroupMember.Read.All" : "User.Read",
  ): Promise<Response> {
    const { body: tokens } = await world.getTokens(persona, { scope });
    const headers = { Authorization: `Bearer ${tokens.access_token}`, "Content-Type": "application/json" };
    const init = { headers, ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }) };
    return world.entra.fetch(new Request(`${authority}/v1.0/${path}`, init));
  }
  const [first, second] = personas.admin.groups;

  it.each([
    ["me/getMemberGroups", { securityEnabledOnly: true }, [first, second]],
    ["me/getMemberObjects", { securityEnabledOnly: true }, [first, second]],
    ["me/checkMemberGroups", { groupIds: [second, "unknown"] }, [second]],
    [`users/${personas.admin.oid}/checkMemberGroups`, { groupIds: [first] }, [first]],
  ])("%s", async (path, body, value) => {
    expect(await (await ask(path, body)).json()).toMatchObject({ value });
  });

  it("does not list groups at once with User.Read alone", async () => {
    const answer = await ask("me/getMemberGroups", { securityEnabledOnly: true }, "admin", "User.Read");
    expect([answer.status, await answer.json()]).toMatchObject([
      403,
      { error: { code: "Authorization_RequestDenied" } },
    ]);
  });

  it("lists memberships in pages, with a role and an administrative unit", async () => {
    const { groups } = personas["many-groups"];
    const read = async (url: string): Promise<Record<string, unknown>> =>
      (await ask(url.replace(`${authority}/v1.0/`, ""), undefined, "many-groups")).json();
    const pages = [await read("me/transitiveMemberOf?$select=id&$top=200")];
    expect(pages[0]).toMatchObject({ "@odata.nextLink": expect.stringContaining(`${authority}/v1.0/me/transitive`) });
    pages.push(await read(String(pages[0]!["@odata.nextLink"])));
    expect(pages[1]).not.toHaveProperty("@odata.nextLink");
    const entries = pages.flatMap(({ value }) => value as { id: string; "@odata.type": string }[]);
    const isGroup = (entry: { "@odata.type": string }) => entry["@odata.type"] === "#microsoft.graph.group";
    expect(entries.filter(isGroup).map(({ id }) => id)).toEqual(groups);
    expect(entries.filter((entry) => !isGroup(entry))).toHaveLength(2);
    expect((await read("me/transitiveMemberOf")).value).toHaveLength(100);
  });

  it.each(["$top=1000", "$top=0", "$top=x", "$skiptoken=x", "$skiptoken=-1"])(
    "refuses a page with %s",
    async (query) => {
      const answer = await ask(`me/transitiveMemberOf?${query}`);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: { code: "Request_UnsupportedQuery" } },
      ]);
    },
  );

  it.each([
    ["throttled", 429, "Too Many Requests"],
    ["denied", 403, "Authorization_RequestDenied"],
    ["down", 503, "Service Unavailable"],
  ] as const)("is %s on demand, where it lists groups", async (kind, status, text) => {
    world.entra.setOutage({ kind, endpoint: "graph" });
    for (const [path, body] of [["me/transitiveMemberOf"], ["me/getMemberGroups", {}]] as const) {
      const answer = await ask(path, body);
      expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(text)]);
    }
    expect((await ask("me")).status).toBe(200);
    world.entra.setOutage({ kind: "ok", endpoint: "graph" });
    expect((await ask("me/transitiveMemberOf")).status).toBe(200);
  });

  it("answers batches of these", async () => {
    const requests = [
      { id: "1", method: "GET", url: "/me" },
      { id: "2", method: "POST", url: "/me/checkMemberGroups", body: { groupIds: [first] } },
      { id: "3", method: "POST", url: "/$batch", body: { requests: [] } },
    ];
    expect(await (await ask("$batch", { requests })).json()).toMatchObject({
      responses: [
        { id: "1", status: 200, body: { id: personas.admin.oid } },
        { id: "2", status: 200, body: { value: [first] } },
        { id: "3", status: 400 },
      ],
    });
    expect((await ask("$batch", { requests: Array(21).fill(requests[0]) })).status).toBe(400);
  });

  it.each([
    null,
    {},
    { requests: [null] },
    { requests: ["/me"] },
    { requests: [{ id: 1, method: "GET", url: "/me" }] },
    { requests: [{ id: "1", method: "TRACE", url: "/me" }] },
    { requests: [{ id: "1", method: "GET" }] },
    { requests: Array(2).fill({ id: "1", method: "GET", url: "/me" }) },
  ])("refuses the batch %j", async (body) => {
    const answer = await ask("$batch", body);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: "BadRequest" } }]);
  });

  it.each<[string, string, object]>([
    ["me?$select=id,mail", "users(id,mail)/$entity", { id: personas.admin.oid, mail: personas.admin.username }],
    ["me?$select=%20displayName%20", "users(displayName)/$entity", { displayName: personas.admin.name }],
  ])("%s has only these properties", async (path, type, properties) => {
    const answer = await (await ask(path)).json();
    expect(answer).toEqual({ "@odata.context": `${authority}/v1.0/$metadata#${type}`, ...properties });
  });

  it("refuses to select a property that it does not have, and selects all with `*`", async () => {
    const answer = await ask("me?$select=id,displayname");
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { code: "BadRequest", message: "Could not find a property named 'displayname' on type 'user'." } },
    ]);
    expect(await (await ask("me?$select=*")).json()).toMatchObject({ surname: personas.admin.familyName });
  });

  it.each([
    ["me/nothing", 400, "BadRequest", "Resource not found for the segment 'nothing'."],
    ["nothing", 400, "BadRequest", "Resource not found for the segment 'nothing'."],
    ["me/photos/48x48/$value", 404, "ImageNotFound", expect.any(String)],
  ])("answers for %s with Graph's error object", async (path, status, code, message) => {
    const answer = await ask(path);
    const innerError = {
      date: expect.any(String),
      "request-id": expect.any(String),
      "client-request-id": expect.any(String),
    };
    expect([answer.status, await answer.json()]).toEqual([status, { error: { code, message, innerError } }]);
    const anonymous = await world.browse(`${authority}/v1.0/${path}`);
    expect([anonymous.status, await anonymous.json()]).toMatchObject([
      401,
      { error: { code: "InvalidAuthenticationToken" } },
    ]);
  });

  it("knows the email address of each user of the default directory", async () => {
    for (const name of ["member", "many-groups", "contoso-7"]) {
      const { username } = world.entra.directory.findUser(name)!;
      expect(await (await ask("me", undefined, name)).json()).toMatchObject({ mail: username });
    }
    expect(await (await ask("me", undefined, "traveler")).json()).toMatchObject({ mail: null });
  });

  it("describes answers without JSON in a batch", async () => {
    const requests = [
      { id: "1", method: "GET", url: "/moved" },
      { id: "2", method: "GET", url: "/nothing" },
      { id: "3", method: "GET", url: "/me", body: {} },
    ];
    expect(await (await ask("$batch", { requests })).json()).toMatchObject({
      responses: [
        { id: "1", status: 302, headers: { Location: "/v1.0/me" } },
        { id: "2", status: 400, body: { error: { code: "BadRequest" } } },
        { id: "3", status: 200, body: { id: personas.admin.oid } },
      ],
    });
  });

  it("refuses to check more than 20 groups", async () => {
    expect((await ask("me/checkMemberGroups", { groupIds: Array(21).fill("x") })).status).toBe(400);
  });
});

it("counts the requests of a bounded number of tenants by name", async () => {
  const fresh = await createFlowWorld();
  for (let count = 0; count < 1_005; count += 1) {
    await fresh.browse(`${authority}/tenant-${count}/oauth2/v2.0/authorize`);
  }
  const counts = fresh.entra.counts();
  expect([Object.keys(counts.tenants).length, counts.tenants.other?.authorize]).toEqual([1_001, 5]);
  expect(counts.total.authorize).toBe(1_005);
});

it("keeps a bounded number of codes, sessions and revocations", async () => {
  const fresh = await createFlowWorld();
  const { body } = await fresh.getTokens("member");
  for (let count = 0; count < 1_100; count += 1) {
    fresh.forgetCookies();
    await fresh.signIn("member");
    fresh.entra.revoke({ persona: `contoso-${count}`, client: clients.spa.clientId });
  }
  expect(fresh.entra.kept()).toEqual({ codes: 1_000, sessions: 1_000, revocations: 1_000 });
  // What no longer fits is revoked for everybody: nobody stays signed in who should not.
  expect((await fresh.post(createRefresh(body.refresh_token), origin)).body.error_codes).toEqual([50173]);
});
