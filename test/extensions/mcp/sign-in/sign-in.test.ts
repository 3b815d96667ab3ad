import { describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import * as limits from "../../../../src/base/common/limits.ts";
import { type FacadeOptions, facade, mcp, protectedResource } from "../../../../src/extensions/mcp/mcp.ts";
import { App, requireAuth, secureHeaders } from "../../../../src/index.ts";
import { createGateWorld, type GateWorld } from "../../../support/gate-world.ts";

const gate = "https://api.contoso.example";
const clientId = "c11e0000-0000-4000-8000-000000000026";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const listedUri = "http://localhost/callback";
const key = `k1:${"A".repeat(43)}`;
const tenMinutesMs = 600_000;

function createWorld(options: Partial<FacadeOptions> = {}, changes: Record<string, unknown> = {}): GateWorld {
  const authorizationServer = facade({ clientId, callback: "/oauth/callback", ...options });
  const hooks = requireAuth("tools.read");
  const tools = { "*": requireAuth("tools.read"), delete: requireAuth("tools.write") };
  const routes = new App().use(secureHeaders()).register(mcp("/mcp", { hooks, tools, authorizationServer }));
  return createGateWorld({ routes, unlisted: "reject" }, { GATE_URL: gate, GATE_SESSION_KEY: key, ...changes });
}

const pathOf = (parameters: Record<string, string>) =>
  `/authorize?${new URLSearchParams({ response_type: "code", code_challenge: challenge, code_challenge_method: "S256", ...parameters })}`;
const targetOf = (response: Response) => new URL(response.headers.get("location") ?? "https://none.example");

/** Name and value of the cookie that a response sets. */
const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .filter((line) => !line.includes("Max-Age=0"))
    .map((line) => line.split(";")[0])
    .join("; ");

async function register(world: GateWorld): Promise<string> {
  const body = JSON.stringify({ client_name: "App", redirect_uris: ["https://app.example/callback"] });
  const response = await world.ask("/register", {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  return ((await response.json()) as { client_id: string }).client_id;
}

const post = (world: GateWorld, form: Record<string, string>, cookie: string, origin = gate) =>
  world.ask("/oauth/callback/consent", {
    method: "POST",
    body: new URLSearchParams(form).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", origin, cookie },
  });

const otherTenant = "11111111-0000-4000-8000-000000000000";

/** @returns the status of an answer with an issuer at the callback */
async function receiveIssuer(world: GateWorld, iss: string): Promise<number> {
  const started = await world.ask(pathOf({ client_id: clientId, redirect_uri: listedUri }));
  const state = targetOf(started).searchParams.get("state") as string;
  const headers = { cookie: cookieOf(started) };
  return (await world.ask(`/oauth/callback?${new URLSearchParams({ code: "c", state, iss })}`, { headers })).status;
}

const reasonOf = (world: GateWorld) => world.refusals().at(-1)?.reason;

describe("a browser with too many requests", () => {
  it.each([
    ["/authorize", (world: GateWorld) => world.ask("/authorize")],
    ["the callback", (world: GateWorld) => world.ask("/oauth/callback")],
    ["the form", (world: GateWorld) => post(world, {}, "")],
  ])("gets a page from %s, and a program JSON", async (_, ask) => {
    const world = createWorld();
    let answer = await ask(world);
    for (let count = 1; count <= limits.facadeRequests; count += 1) answer = await ask(world);
    expect([answer.status, answer.headers.get("content-type"), answer.headers.get("retry-after")]).toEqual([
      429,
      "text/html; charset=utf-8",
      "60",
    ]);
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(await answer.text()).toContain("Wait a minute.");
    for (let count = 0; count <= limits.facadeRequests; count += 1)
      answer = await world.ask("/register", { method: "POST" });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
      429,
      "temporarily_unavailable",
    ]);
  });
});

describe("a sign-in", () => {
  it.each([
    [tenMinutesMs - 1, 302, undefined],
    [tenMinutesMs, 400, "facade_state_expired_error"],
  ])("that takes %i ms ends with %i", { tags: "seals" }, async (durationMs, status, reason) => {
    const world = createWorld({ redirectUris: [listedUri] });
    const started = await world.ask(pathOf({ client_id: clientId, redirect_uri: listedUri }));
    world.io.jump(durationMs);
    const state = targetOf(started).searchParams.get("state") as string;
    const answer = await world.ask(`/oauth/callback?${new URLSearchParams({ code: "c", state })}`, {
      headers: { cookie: cookieOf(started) },
    });
    expect([answer.status, reasonOf(world)]).toEqual([status, reason]);
  });

  it("that started while the clock was broken is too late, and so is a page for consent", async () => {
    const world = createWorld({ redirectUris: [listedUri] });
    const id = await register(world);
    const { now } = world.io;
    world.io.now = () => Number.NaN;
    const started = await world.ask(pathOf({ client_id: clientId, redirect_uri: listedUri }));
    const page = await world.ask(pathOf({ client_id: id, redirect_uri: "https://app.example/callback" }));
    world.io.now = now;
    const state = targetOf(started).searchParams.get("state") as string;
    const answer = await world.ask(`/oauth/callback?${new URLSearchParams({ code: "c", state })}`, {
      headers: { cookie: cookieOf(started) },
    });
    expect([answer.status, reasonOf(world)]).toEqual([400, "facade_state_expired_error"]);
    const request = / name="request" value="([^"]+)"/.exec(await page.text())?.[1] as string;
    expect((await post(world, { request, decision: "allow" }, cookieOf(page))).status).toBe(400);
    expect(reasonOf(world)).toBe("facade_consent_expired_error");
  });

  it("has cookies with the prefix of the host, over https", async () => {
    const world = createWorld();
    const page = await world.ask(
      pathOf({ client_id: await register(world), redirect_uri: "https://app.example/callback" }),
    );
    expect(cookieOf(page)).toMatch(/^__Host-entra-gate-consent-/);
    expect(page.headers.getSetCookie()[0]).toMatch(/; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/);
    const request = / name="request" value="([^"]+)"/.exec(await page.text())?.[1] as string;
    const started = await post(world, { request, decision: "allow" }, cookieOf(page));
    expect([started.status, cookieOf(started)]).toEqual([303, expect.stringMatching(/^__Host-entra-gate-sign-in-/)]);
    expect(targetOf(started).searchParams.get("redirect_uri")).toBe(`${gate}/oauth/callback`);
  });

  it("with a code of 2 KB gives the client one of less than 4 KiB, and a longer one is an error", async () => {
    const world = createWorld({ redirectUris: [listedUri] });
    const receive = async (code: string) => {
      const started = await world.ask(pathOf({ client_id: clientId, redirect_uri: listedUri }));
      const state = targetOf(started).searchParams.get("state") as string;
      const headers = { cookie: cookieOf(started) };
      return targetOf(await world.ask(`/oauth/callback?${new URLSearchParams({ code, state })}`, { headers }))
        .searchParams;
    };
    expect((await receive("c".repeat(2_048))).get("code")?.length).toBeLessThan(3_200);
    expect(Object.fromEntries(await receive("c".repeat(3_500)))).toMatchObject({ error: "server_error", iss: gate });
  });

  it("stops with 503 if the key cannot be read", async () => {
    const broken = { get: () => Promise.reject(new Error("the store is down")) };
    const world = createWorld({ redirectUris: [listedUri] }, { GATE_SESSION_KEY: broken });
    const answer = await world.ask(pathOf({ client_id: clientId, redirect_uri: listedUri }));
    expect([answer.status, answer.headers.get("location"), answer.headers.getSetCookie()]).toEqual([503, null, []]);
    expect(reasonOf(world)).toBe("facade_key_unusable_error");
  });

  it("accepts iss of each allowed tenant and the template of several", async () => {
    const login = "https://login.microsoftonline.com";
    const both = {
      ENTRA_TENANT_ID: "organizations",
      ENTRA_ALLOWED_TENANTS: `${tenants.contoso.id} ${tenants.fabrikam.id}`,
    };
    const world = createWorld({ redirectUris: [listedUri] }, both);
    expect(await receiveIssuer(world, `${login}/${tenants.contoso.id}/v2.0`)).toBe(302);
    expect(await receiveIssuer(world, `${login}/${tenants.fabrikam.id}/v2.0`)).toBe(302);
    expect(await receiveIssuer(world, `${login}/{tenantid}/v2.0`)).toBe(302);
    expect(await receiveIssuer(world, `${login}/${otherTenant}/v2.0`)).toBe(400);
  });

  it.each(["https://login.contoso.example", "https://contoso.ciamlogin.com"])(
    "accepts iss as in the tokens of External ID at %s",
    async (authority) => {
      const own = tenants.contoso.id;
      const world = createWorld({ redirectUris: [listedUri] }, { ENTRA_TENANT_ID: own, ENTRA_AUTHORITY: authority });
      for (const origin of [authority, `https://${own}.ciamlogin.com`, "https://login.microsoftonline.com"]) {
        expect(await receiveIssuer(world, `${origin}/${own}/v2.0`)).toBe(302);
        expect(await receiveIssuer(world, `${origin}/${otherTenant}/v2.0`)).toBe(400);
      }
      expect(await receiveIssuer(world, `https://${otherTenant}.ciamlogin.com/${own}/v2.0`)).toBe(400);
      expect(await receiveIssuer(world, `https://other.example/${own}/v2.0`)).toBe(400);
    },
  );

  it("accepts iss of v1.0 for no tenant", async () => {
    const changes = { ENTRA_TENANT_ID: tenants.contoso.id, ENTRA_ACCEPT_V1: "true" };
    const world = createWorld({ redirectUris: [listedUri] }, changes);
    expect(await receiveIssuer(world, `https://sts.windows.net/${tenants.contoso.id}/`)).toBe(400);
  });
});

describe("a page for consent", () => {
  it.each([
    ["https://api.contoso.example/payroll", "<bdi>Payroll</bdi>"],
    ["https://api.contoso.example/orders", "<bdi>Orders</bdi>"],
    ["", "<bdi>Orders, Payroll</bdi>"],
  ])("names the resource %j that the application asks for", async (resource, name) => {
    const authorizationServer = facade({ clientId, callback: "/oauth/callback" });
    const hooks = requireAuth("tools.read");
    const routes = new App()
      .register(mcp("/orders", { name: "Orders", hooks, authorizationServer }))
      .register(mcp("/payroll", { name: "Payroll", hooks, authorizationServer }));
    const world = createGateWorld({ routes, unlisted: "reject" }, { GATE_URL: gate, GATE_SESSION_KEY: key });
    const parameters = { client_id: await register(world), redirect_uri: "https://app.example/callback", resource };
    const page = await (await world.ask(pathOf(parameters))).text();
    expect(page).toContain(`wants to use ${name} as you</h1>`);
    expect(page).toContain("have allowed before");
  });

  it("names the scheme of an app, also with the host of this computer", { tags: "consent-page" }, async () => {
    const world = createWorld();
    const body = JSON.stringify({ client_name: "App", redirect_uris: ["app.example://localhost/callback"] });
    const headers = { "content-type": "application/json" };
    const registered = await (await world.ask("/register", { method: "POST", body, headers })).json();
    const { client_id } = registered as { client_id: string };
    const page = await world.ask(pathOf({ client_id, redirect_uri: "app.example://localhost/callback" }));
    expect(await page.text()).toContain("To an app on this device: <b><bdi>app.example://localhost</bdi></b>");
  });

  it.each([
    [tenMinutesMs - 1, 303, undefined],
    [tenMinutesMs, 400, "facade_consent_expired_error"],
  ])("that waits %i ms for a click ends with %i", async (durationMs, status, reason) => {
    const world = createWorld();
    const page = await world.ask(
      pathOf({ client_id: await register(world), redirect_uri: "https://app.example/callback" }),
    );
    const request = / name="request" value="([^"]+)"/.exec(await page.text())?.[1] as string;
    world.io.jump(durationMs);
    expect([(await post(world, { request, decision: "allow" }, cookieOf(page))).status, reasonOf(world)]).toEqual([
      status,
      reason,
    ]);
  });

  it("keeps its headers beside secureHeaders, and names the tools of a scope", async () => {
    const world = createWorld();
    const page = await world.ask(
      pathOf({ client_id: await register(world), redirect_uri: "https://app.example/callback", scope: "tools.write" }),
    );
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "content-security-policy": expect.stringMatching(/^default-src 'none'; img-src data:; style-src 'nonce-/),
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "unsafe-none",
    });
    const text = await page.text();
    expect(text).toContain("<code>tools.write</code><br><bdi>delete</bdi>");
    expect(text).toContain("<p>To <b><bdi>app.example</bdi></b></p>");
    expect(text).not.toContain("Warning");
  });
});

describe("the options", () => {
  it.each([
    ["no callback", { callback: undefined }, /callback is undefined/],
    ["an empty path", { callback: "" }, /callback must be a path like/],
    ["a parameter", { callback: "/oauth/:name" }, /callback must be a path like/],
    ["dots", { callback: "/oauth/../x" }, /callback must be a path like/],
    ["a path of the facade", { callback: "/token" }, /none of the facade's own/],
    ["a URL", { callback: "https://api.contoso.example/cb" }, /callback must be a path like/],
    ["an object in place of the path", { callback: { path: "/cb" } }, /callback must be a path like/],
    ["an unknown option", { hosts: [] }, /unknown option "hosts"/],
    ["no host", { clientDocuments: [] }, /clientDocuments must be host names/],
    ["an address as a host", { clientDocuments: ["https://claude.ai"] }, /must be host names/],
    ["an IP address as a host", { clientDocuments: ["10.0.0.1"] }, /must be host names/],
    ["a pattern as a host", { clientDocuments: ["*.example"] }, /must be host names/],
    ["an empty list", { redirectUris: [] }, /redirectUris must be a list/],
  ])("are refused with %s", (_, changes, message) => {
    expect(() => facade({ clientId, callback: "/cb", ...changes } as never)).toThrow(message);
  });

  it.each([
    ["is missing", undefined, "GATE_SESSION_KEY is required, because the facade encrypts sign-ins with it"],
    ["is no list of keys", "secret", "GATE_SESSION_KEY is not a list of names and 32-byte keys"],
  ])("need GATE_SESSION_KEY: one fault if it %s", async (_, value, text) => {
    const authorizationServer = facade({ clientId, callback: "/cb" });
    for (const plugin of [mcp("/mcp", { authorizationServer }), protectedResource("/mcp", { authorizationServer })]) {
      const world = createGateWorld(
        { routes: new App().register(plugin) },
        { GATE_URL: gate, GATE_SESSION_KEY: value },
      );
      expect((await world.ask("/authorize")).status).toBe(500);
      const faults = world.io.lines.filter(({ event }) => event === "misconfigured").map(({ fault }) => String(fault));
      expect(faults).toEqual([expect.stringContaining(text)]);
    }
  });
});
