import { describe, expect, it } from "vitest";
import { App } from "../src/app/app.ts";
import { origin } from "../src/app/build/origin.ts";
import { anyOf, requireAuth } from "../src/app/types/auth.ts";
import { createEntraPlugin } from "../src/entra-plugin.ts";
import { authorities } from "../src/extensions/authorities/authorities.ts";
import { mcp } from "../src/extensions/mcp/mcp.ts";
import { createGate } from "../src/gate.ts";
import { client, tenant, user } from "./support/claims.ts";
import { environmentWith } from "./support/environment.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";

const routes = new App()
  .route({ method: "GET", path: "/open", public: true, handler: () => ({ status: 200, body: "open" }) })
  .route({ method: "GET", path: "/open/origin", public: true, handler: origin() })
  .route({ method: "GET", path: "/default", handler: origin() })
  .route({ method: "GET", path: "/orders/:id", middleware: [requireAuth("orders.read")], handler: origin() })
  .route({
    method: "GET",
    path: "/either",
    middleware: [anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] }))],
    handler: () => ({ status: 200 }),
  });

const reader = () => bearer({ scopes: ["orders.read"] });
const daemon = () => bearer({ client: "daemon" });

describe("a route", () => {
  it.each([
    ["/default", () => bearer(), 200],
    ["/default", reader, 403],
    ["/orders/7", reader, 200],
    ["/orders/7", () => bearer(), 403],
    ["/orders/7", daemon, 403],
    ["/either", reader, 200],
    ["/either", daemon, 200],
    ["/either", () => bearer(), 403],
    ["/either", () => bearer({ client: "daemon-without-roles" }), 403],
  ] as const)("%s with %s is answered by its own requirement with %i", async (path, token, status) => {
    const world = createGateWorld({ routes });
    expect((await world.ask(path, { token: await token() })).status).toBe(status);
    expect(world.forwarded.length).toBe(status === 200 && path !== "/either" ? 1 : 0);
  });

  it.each(["/default", "/orders/7", "/either"])("is closed without a token: %s", async (path) => {
    const world = createGateWorld({ routes });
    expect((await world.ask(path)).status).toBe(401);
    expect(world.forwarded).toEqual([]);
  });

  it("is matched and forwarded in the normal form of its path", async () => {
    const world = createGateWorld({ routes });
    expect((await world.ask("/%6frders/%37", { token: await bearer() })).status).toBe(403);
    expect((await world.ask("/%6frders/%37%20x?q=%6f", { token: await reader() })).status).toBe(200);
    expect(world.forwarded.map(({ url }) => url)).toEqual(["https://origin.contoso.example/orders/7%20x?q=%6f"]);
  });

  it("is closed to clients outside the allowlist, even with every permission", async () => {
    const world = createGateWorld({ routes }, { ENTRA_ALLOWED_CLIENTS: "c11e0000-0000-4000-8000-000000000099" });
    for (const path of ["/default", "/orders/7", "/either", "/unlisted"]) {
      expect((await world.ask(path, { token: await reader() })).status).toBe(403);
    }
    expect(world.refusals().map(({ reason }) => reason)).toEqual(Array(4).fill("client_not_allowed"));
    expect(world.forwarded).toEqual([]);
  });

  it("is open to tokens that were not revoked", async () => {
    const world = createGateWorld({ routes, revokedAtSeconds: async ({ oid }) => (oid === user ? undefined : 0) });
    expect((await world.ask("/orders/7", { token: await reader() })).status).toBe(200);
    expect((await world.ask("/orders/7", { token: await bearer() })).status).toBe(403);
  });

  it("is closed to revoked tokens, before any check of scopes", async () => {
    const world = createGateWorld({ routes, revokedAtSeconds: () => 4_000_000_000 });
    expect((await world.ask("/orders/7", { token: await bearer() })).status).toBe(403);
    expect(world.refusals()).toMatchObject([{ reason: "token_revoked", revokedAtSeconds: 4_000_000_000 }]);
  });
});

describe("a public route", () => {
  it.each([undefined, "Bearer nonsense", "Basic YTpi", "Bearer a, Bearer b"])(
    "requires no token: %s",
    async (token) => {
      const world = createGateWorld({ routes, isTenantAllowed: () => false, revokedAtSeconds: () => 4_000_000_000 });
      const init = token === undefined ? {} : { token };
      expect(await (await world.ask("/open", init)).json()).toBe("open");
      expect((await world.ask("/open/origin", init)).status).toBe(200);
      expect(world.forwarded[0]?.headers.has("x-ms-client-principal-id")).toBe(false);
      expect(world.io.lines).toEqual([]);
    },
  );

  it("is public only for its own method and spelling", async () => {
    const world = createGateWorld({ routes });
    for (const path of ["/Open", "/open/", "/open/x", "/OPEN/ORIGIN"]) expect((await world.ask(path)).status).toBe(401);
    for (const method of ["POST", "DELETE", "OPTIONS"]) {
      expect((await world.ask("/open", { method })).status).toBe(401);
    }
    expect((await world.ask("/open", { method: "HEAD" })).status).toBe(200);
  });
});

describe("a request that matches no route", () => {
  it("meets the default requirement and goes to the origin", async () => {
    const world = createGateWorld({ routes });
    expect((await world.ask("/else", { token: await bearer() })).status).toBe(200);
    expect((await world.ask("/else", { token: await reader() })).status).toBe(403);
    expect((await world.ask("/else")).status).toBe(401);
    expect(world.forwarded.map(({ url }) => url)).toEqual(["https://origin.contoso.example/else"]);
  });

  it("leaves declared routes unchanged under reject", async () => {
    const world = createGateWorld({ routes, unlisted: "reject" });
    expect((await world.ask("/default", { token: await bearer() })).status).toBe(200);
    expect((await world.ask("/orders/7", { token: await reader() })).status).toBe(200);
    expect((await world.ask("/orders/7", { token: await bearer() })).status).toBe(403);
  });

  it("gets 404 under reject after authentication", async () => {
    const world = createGateWorld({ routes, unlisted: "reject" });
    const anonymous = [await world.ask("/else"), await world.ask("/orders/7")];
    expect(anonymous.map(({ status }) => status)).toEqual([401, 401]);
    expect((await world.ask("/else", { token: await bearer() })).status).toBe(404);
    await Promise.all(world.background);
    expect((await world.ask("/else", { token: await bearer({ key: "next" }) })).status).toBe(401);
    expect(world.forwarded).toEqual([]);
  });

  it.each(["guard", "reject"] as const)("is never forwarded if it is a look-alike, under %s", async (unlisted) => {
    const world = createGateWorld({ routes, unlisted });
    for (const path of ["/Orders/7", "/orders/7/", "/DEFAULT"]) {
      expect((await world.ask(path)).status).toBe(401);
      expect((await world.ask(path, { token: await bearer() })).status).toBe(404);
    }
    expect(world.refusals()).toContainEqual(
      expect.objectContaining({ reason: "route_unlisted", route: "near-miss", status: 404 }),
    );
    expect(world.forwarded).toEqual([]);
  });
});

describe("the log line of a refusal", () => {
  it("has the reason, the route and the caller, and the ID of the answer", async () => {
    const world = createGateWorld({ routes });
    const response = await world.ask("/orders/7", { method: "GET", token: await bearer() });
    const { instance } = await response.json<{ instance: string }>();
    expect(world.refusals()).toEqual([
      {
        event: "refused",
        level: "info",
        time: "2026-11-25T12:00:00.000Z",
        id: instance.slice("urn:uuid:".length),
        status: 403,
        reason: "scope_missing",
        scopes: ["orders.read"],
        method: "GET",
        route: "GET /orders/:id",
        tenant,
        client,
        subject: user,
        issued: "2026-11-25T12:00:00.000Z",
        expires: "2026-11-25T13:05:00.000Z",
        keys: "waited",
      },
    ]);
  });

  it("names the caller only after the token is verified, and never contains a part of the token", async () => {
    const world = createGateWorld({ routes });
    const tokens = [
      await bearer({ key: "next" }),
      await bearer({ claims: { aud: "x" } }),
      await bearer({ header: { kid: "a\r\nforged: line" } }),
      await reader(),
    ];
    for (const token of tokens) await world.ask("/default?api_key=query", { token });
    const log = JSON.stringify(world.io.lines);
    for (const token of tokens) {
      for (const segment of token.slice("Bearer ".length).split(".")) expect(log).not.toContain(segment);
    }
    expect(log).not.toContain("api_key");
    expect(log).not.toContain("forged");
    const [unverified, wrong, forged, known] = world.refusals();
    for (const line of [unverified, wrong, forged])
      expect([line?.tenant, line?.client]).toEqual([undefined, undefined]);
    expect([known?.tenant, known?.client]).toEqual([tenant, client]);
  });
});

it("works if the platform passes no context", async () => {
  const { io } = createGateWorld();
  const environment = environmentWith({ ORIGIN: { fetch: async () => new Response("of the origin") } });
  const gate = createGate({ routes }, io);
  expect((await gate.fetch(new Request("https://api.contoso.example/open"), environment)).status).toBe(200);
  const request = new Request("https://api.contoso.example/", { headers: { authorization: await bearer() } });
  expect((await gate.fetch(request, environment)).status).toBe(200);
});

describe("an authority that the gate does not declare", () => {
  const forCustomers = requireAuth({ scopes: ["orders.read"], from: ["customers"] });
  const undeclared = 'from has "customers", which the gate does not declare';
  const handler = () => ({ status: 200 }) as const;

  it.each<[string, string, App]>([
    ["a route", "route GET /orders", new App().get("/orders", { hooks: forCustomers }, handler)],
    ["the whole app", "the whole app", new App().use(forCustomers)],
    [
      "a group",
      "route GET /a/orders",
      new App().group("/a", { hooks: forCustomers }, (group) => {
        group.get("/orders", {}, handler);
      }),
    ],
    ["a tool of MCP", "tools read of /mcp", new App().register(mcp("/mcp", { tools: { read: forCustomers } }))],
  ])("is a fault of %s", (_, what, app) => {
    expect(() => createGate({ routes: app })).toThrow(new RegExp(`^${what}: ${undeclared}`));
  });

  it("is no fault if it is declared, unless requirements that must all hold share none", () => {
    const create = (app: App) => () => createGate({ routes: app, authorities: authorities("customers") });
    expect(create(new App().get("/orders", { hooks: forCustomers }, handler))).not.toThrow();
    expect(create(new App().use(requireAuth("a")).get("/orders", { hooks: forCustomers }, handler))).toThrow(
      "route GET /orders: its requirements share no authority",
    );
    const tools = { read: forCustomers };
    for (const hooks of [{ hooks: requireAuth("a") }, {}])
      expect(create(new App().register(mcp("/mcp", { ...hooks, tools })))).toThrow(
        "tools read of /mcp: its requirements",
      );
    expect(create(new App().register(mcp("/mcp", { hooks: forCustomers, tools })))).not.toThrow();
  });

  it("is a fault of an app that serves itself, before it answers", async () => {
    const app = new App();
    app.register(createEntraPlugin(environmentWith({})));
    app.get("/orders", { hooks: forCustomers }, handler);
    await expect(app.ready()).rejects.toThrow(`route GET /orders: ${undeclared}`);
    await expect(app.request("https://api.contoso.example/orders")).rejects.toThrow(undeclared);
  });
});
