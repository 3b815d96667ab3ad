import { describe, expect, it } from "vitest";
import { type FacadeOptions, facade, type McpOptions, mcp } from "../../../src/extensions/mcp/mcp.ts";
import { App, anyOf, authorities, createGate, requireAuth } from "../../../src/index.ts";
import { tenant } from "../../support/claims.ts";
import { createTwinWorld, type TwinWorld, urls } from "./world.ts";

const gate = "https://api.contoso.example";
const clientId = "c11e0000-0000-4000-8000-000000000026";
const key = `k1:${"A".repeat(43)}`;
const employees = requireAuth("tools.read");
const customers = requireAuth({ scopes: ["orders.own"], from: ["customers"] });
const both = anyOf(customers, employees);
const facadeWith = (options: Partial<FacadeOptions> = {}) =>
  facade({ clientId, callback: "/oauth/callback", redirectUris: ["http://localhost/callback"], ...options });
const routesWith = (options: McpOptions) => new App().register(mcp("/mcp", options, () => new Response()));
const addressOf = (name: keyof typeof urls) => `${urls[name]}/${tenant}/v2.0`;

function createWorld(options: McpOptions, changes: Record<string, unknown> = {}) {
  return createTwinWorld({ GATE_URL: gate, GATE_SESSION_KEY: key, ...changes }, { routes: routesWith(options) });
}

async function readDocument(options: McpOptions) {
  const response = await createWorld(options).send("/.well-known/oauth-protected-resource/mcp");
  const { authorization_servers: servers, scopes_supported: scopes } = await response.json<Record<string, unknown>>();
  return { servers, scopes };
}

const fullNames = (...scopes: readonly string[]) => scopes.map((scope) => `${gate}/mcp/${scope}`);

describe("the metadata of a resource", () => {
  it.each<[string, McpOptions, readonly (keyof typeof urls)[], readonly string[]]>([
    ["employees", { hooks: employees }, ["default"], ["tools.read"]],
    ["customers", { hooks: customers }, ["customers"], ["orders.own"]],
    ["both", { hooks: both }, ["default", "customers"], ["orders.own", "tools.read"]],
    [
      "both or an app",
      { hooks: anyOf(customers, requireAuth({ anyRole: ["R"], from: ["default"] })) },
      ["default", "customers"],
      ["orders.own"],
    ],
    ["customers, with a tool of both", { hooks: customers, tools: { "*": both } }, ["customers"], ["orders.own"]],
    ["the default requirement", {}, ["default"], ["access_as_user"]],
    ["anyone, with a tool of customers", { public: true, tools: { "*": customers } }, ["customers"], ["orders.own"]],
    ["anyone", { public: true }, ["default"], []],
  ])("for %s names where they sign in, and their scopes", async (_, options, servers, scopes) => {
    expect(await readDocument(options)).toEqual({ servers: servers.map(addressOf), scopes: fullNames(...scopes) });
  });
});

describe("a challenge of a resource for both", () => {
  it("has the scopes of the authority that it names", async () => {
    const challenge = (await createWorld({ hooks: both }).ask("/mcp", "a.b.c")).headers.get("www-authenticate");
    expect(challenge).toContain(`authorization_uri="${urls.default}/common/oauth2/authorize"`);
    expect(challenge).toContain(`scope="${gate}/mcp/tools.read"`);
  });
});

describe("a facade of an authority", () => {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: "http://localhost/callback",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  });
  const ofCustomers = { hooks: both, authorizationServer: facadeWith({ authority: "customers" }) };

  it.each([
    ["ENTRA_CUSTOMERS_APP_ID_URI", { ENTRA_CUSTOMERS_APP_ID_URI: "api://customers" }, "api://customers"],
    [
      "its audience",
      { ENTRA_CUSTOMERS_API_AUDIENCE: "api://audience", ENTRA_APP_ID_URI: "api://employees" },
      "api://audience",
    ],
  ])("signs in there, with its scopes after %s", async (_, changes, prefix) => {
    const world = createWorld(ofCustomers, changes);
    const { searchParams, origin, pathname } = new URL(
      (await world.send(`/authorize?${query}`)).headers.get("location") ?? "",
    );
    expect([origin, pathname]).toEqual([urls.customers, `/${tenant}/oauth2/v2.0/authorize`]);
    expect(searchParams.get("scope")).toBe(`${prefix}/orders.own offline_access`);
    const metadata = await (await world.send("/.well-known/oauth-authorization-server")).json();
    expect(metadata).toMatchObject({ scopes_supported: [...fullNames("orders.own"), "offline_access"] });
  });

  it("redeems refresh tokens there", async () => {
    const world = createWorld(ofCustomers);
    const asked: string[] = [];
    world.io.setFetch((request) => {
      asked.push(request.url);
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    });
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: clientId,
      refresh_token: "r",
    });
    const response = await world.send("/token", { method: "POST", body });
    expect([response.status, asked]).toEqual([400, [`${urls.customers}/${tenant}/oauth2/v2.0/token`]]);
  });

  it.each([
    [
      { hooks: customers, authorizationServer: facadeWith({ authority: "partners" }) },
      'facade: the gate does not declare the authority "partners". Use one of default, customers, or add "partners" to the option authorities',
    ],
    [
      { hooks: employees, authorizationServer: facadeWith({ authority: "customers" }) },
      'facade: route GET /mcp admits no callers of the authority customers, where the users of the facade sign in. Write from: ["customers"] in each requirement of the route',
    ],
    [
      { authorizationServer: facadeWith({ authority: "customers" }) },
      "facade: route GET /mcp admits no callers of the authority customers",
    ],
    [
      { hooks: customers, authorizationServer: facadeWith() },
      'facade: route GET /mcp admits no callers of the authority default, where the users of the facade sign in. Write facade({ authority: "…" }) with an authority of the route',
    ],
  ])("is refused at the start if its routes have none of its users: %#", (options, message) => {
    const create = () => createGate({ routes: routesWith(options), authorities: authorities("customers") });
    expect(create).toThrow(message);
  });

  it("is refused with a credential of the gate, or a name that is none", () => {
    expect(() => facadeWith({ authority: "customers", credential: "gate" })).toThrow('credential "gate"');
    expect(() => facadeWith({ authority: "" })).toThrow("authority must be a name of the option authorities");
  });

  it("accepts at its callback only an answer of that authority", { tags: "callback-answers" }, async () => {
    const world = createCallbackWorld("customers");
    const receive = async (iss: string) => answer(world, await start(world), iss);
    expect([await receive(addressOf("customers")), await receive(addressOf("default"))]).toEqual([302, 400]);
  });

  it("accepts at its callback no state of a facade of another authority", { tags: "seals" }, async () => {
    const world = createCallbackWorld("customers");
    const started = await start(createCallbackWorld("default"));
    expect(await answer(world, started, addressOf("customers"))).toBe(400);
  });

  function createCallbackWorld(authority: string) {
    return createWorld({ hooks: both, authorizationServer: facadeWith({ authority }) });
  }

  async function start(world: TwinWorld) {
    const started = await world.send(`/authorize?${query}`);
    return {
      state: new URL(started.headers.get("location") ?? "").searchParams.get("state") ?? "",
      cookie: started.headers.getSetCookie()[0]?.split(";")[0] ?? "",
    };
  }

  async function answer(world: TwinWorld, { state, cookie }: Awaited<ReturnType<typeof start>>, iss: string) {
    const target = `/oauth/callback?${new URLSearchParams({ code: "c", state, iss })}`;
    return (await world.send(target, { headers: { cookie } })).status;
  }

  it("is refused with another registration in the variables", async () => {
    const { status, fault } = await findFault({ ENTRA_CUSTOMERS_CLIENT_ID: tenant });
    expect([status, fault]).toEqual([
      500,
      `ENTRA_CUSTOMERS_CLIENT_ID is not the clientId of the facade. Example: ENTRA_CUSTOMERS_CLIENT_ID=${clientId}`,
    ]);
    expect(await findFault({ ENTRA_CUSTOMERS_CLIENT_ID: clientId })).toEqual({ status: 401, fault: undefined });
    expect((await findFault({ ENTRA_CUSTOMERS_APP_ID_URI: "api://x/" })).fault).toContain("ENTRA_CUSTOMERS_APP_ID_URI");
  });

  async function findFault(changes: Record<string, unknown>) {
    const world = createWorld(ofCustomers, changes);
    const { status } = await world.ask("/mcp", "a.b.c");
    const line = world.io.lines.find(({ event }) => event === "misconfigured");
    return { status, fault: line?.fault };
  }
});
