import { describe, expect, it } from "vitest";
import { App } from "../src/app/app.ts";
import { origin } from "../src/app/build/origin.ts";
import { requireAuth } from "../src/app/types/auth.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";

const reader = [requireAuth("orders.read")] as const;
const createRoutes = () =>
  new App()
    .get("/orders/:id", { middleware: reader }, origin())
    .get("/handled", { middleware: reader }, ({ state }) => ({ status: 200, body: { oid: state.principal.oid } }))
    .get("/strict", { middleware: reader, mode: "enforce" }, origin())
    .get("/watched", { middleware: reader, mode: "report" }, origin());

const createReporting = (vars = {}, options = {}) =>
  createGateWorld({ routes: createRoutes(), ...options }, { GATE_MODE: "report", ...vars });

describe("report mode", () => {
  it("forwards requests that policy would refuse, with the reason for the origin, and logs it", async () => {
    const world = createReporting();
    const response = await world.ask("/orders/7", { token: await bearer() });
    expect(response.status).toBe(200);
    expect(world.forwarded.map(({ headers }) => headers.get("x-entra-reported"))).toEqual(["scope_missing"]);
    expect(world.io.lines.filter(({ event }) => event === "reported")).toMatchObject([
      { reason: "scope_missing", scopes: ["orders.read"], route: "GET /orders/:id", keys: "waited" },
    ]);
    expect(world.refusals()).toEqual([]);
  });

  it("passes the caller to a handler too", async () => {
    const response = await createReporting().ask("/handled", { token: await bearer() });
    expect(response.status).toBe(200);
  });

  it.each([
    ["kind_not_allowed", { token: () => bearer({ client: "daemon" }) }],
    ["client_not_allowed", { vars: { ENTRA_ALLOWED_CLIENTS: "99999999-0000-0000-0000-000000000000" } }],
  ] as const)("reports %s", async (reason, { token = bearer, vars = {} }: { token?: typeof bearer; vars?: object }) => {
    const world = createReporting(vars);
    const response = await world.ask("/default", { token: await token() });
    expect([response.status, world.forwarded[0]?.headers.get("x-entra-reported")]).toEqual([200, reason]);
  });

  it("still refuses every authentication failure", { tags: "report-mode" }, async () => {
    const world = createReporting({}, { revokedAtSeconds: () => 4_000_000_000 });
    const tokens = [undefined, await bearer({ key: "next" }), await bearer({ claims: { aud: "x" } }), await bearer()];
    const statuses = [];
    for (const token of tokens) {
      statuses.push((await world.ask("/orders/7", token === undefined ? {} : { token })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 403]);
    expect(world.refusals().map(({ reason }) => reason)).toEqual([
      "credential_missing",
      "key_unknown",
      "audience_mismatch",
      "token_revoked",
    ]);
    expect(world.forwarded).toEqual([]);
  });

  it("forwards unlisted paths, but not look-alikes", async () => {
    const world = createReporting({}, { unlisted: "reject" });
    const token = await bearer();
    expect((await world.ask("/elsewhere", { token })).status).toBe(200);
    expect((await world.ask("/Orders/7", { token })).status).toBe(404);
    expect(world.forwarded.map(({ url }) => new URL(url).pathname)).toEqual(["/elsewhere"]);
  });

  it("does not affect a route that enforces, and can apply to one route", async () => {
    const token = await bearer();
    expect((await createReporting().ask("/strict", { token })).status).toBe(403);
    const enforcing = createGateWorld({ routes: createRoutes() });
    expect((await enforcing.ask("/watched", { token })).status).toBe(200);
    expect((await enforcing.ask("/orders/7", { token })).status).toBe(403);
  });

  it("removes the client's own headers about report mode", async () => {
    const world = createReporting();
    const headers = { "x-entra-reported": "scope_missing", X_Entra_Reported: "role_missing" };
    await world.ask("/default", { token: await bearer(), headers });
    expect([...(world.forwarded[0]?.headers.keys() ?? [])].filter((name) => /reported/.test(name))).toEqual([]);
  });
});

describe("the log", () => {
  it("has the configured share of allowed requests, public ones without a caller", async () => {
    const routes = new App().get("/open", { public: true }, origin());
    const world = createGateWorld({ routes }, { GATE_LOG_ALLOWED: "1" });
    await world.ask("/open");
    await world.ask("/default", { token: await bearer() });
    expect(world.io.lines.filter(({ event }) => event === "allowed")).toMatchObject([
      { route: "GET /open", method: "GET" },
      { route: "unlisted", keys: "waited" },
    ]);
  });

  it("has one line for a request with several guards", async () => {
    const guarded = requireAuth("access_as_user");
    const routes = new App().use(guarded).get("/twice", { middleware: [guarded] }, origin());
    const world = createGateWorld({ routes }, { GATE_LOG_ALLOWED: "1" });
    expect((await world.ask("/twice", { token: await bearer() })).status).toBe(200);
    expect(world.io.lines.filter(({ event }) => event === "allowed")).toHaveLength(1);
  });

  it("reports that a key was stale, after a refresh is due", async () => {
    const world = createGateWorld({}, { GATE_LOG_ALLOWED: "1" });
    const token = await bearer({ claims: {} });
    await world.ask("/", { token });
    await world.ask("/", { token });
    world.io.jump(3_600_001);
    world.io.setFetch(() => new Response(null, { status: 503 }));
    await world.ask("/", { token });
    const lines = world.io.lines.filter(({ event }) => event === "allowed" || event === "refused");
    expect(lines.map(({ keys }) => keys)).toEqual(["waited", "hit", "stale"]);
  });
});

describe("the health page", () => {
  const path = "/.well-known/entra-gate/health";

  it("does not exist unless it is configured", async () => {
    expect((await createGateWorld().ask(path)).status).toBe(401);
  });

  it("shows every caller the state of the keys, without tenants, if it is public", async () => {
    const world = createGateWorld({}, { GATE_HEALTH: "public" });
    await world.ask("/", { token: await bearer() });
    const response = await world.ask(path);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ status: "ok", keys: [{ from: "authority", keys: expect.any(Number) }] });
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
  });

  it("has the default requirement and names tenants if it is guarded", async () => {
    const world = createGateWorld({}, { GATE_HEALTH: "guarded", GATE_HEALTH_PATH: "/health" });
    expect((await world.ask("/health")).status).toBe(401);
    expect((await world.ask("/health", { token: await bearer({ claims: { scp: "other" } }) })).status).toBe(403);
    const answer = await (await world.ask("/health", { token: await bearer() })).text();
    expect(answer).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    expect(world.forwarded).toEqual([]);
  });

  it("is guarded in report mode too", async () => {
    const world = createGateWorld({}, { GATE_HEALTH: "guarded", GATE_HEALTH_PATH: "/health", GATE_MODE: "report" });
    expect((await world.ask("/health", { token: await bearer({ claims: { scp: "other" } }) })).status).toBe(403);
  });
});
