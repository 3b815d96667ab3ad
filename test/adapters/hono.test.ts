import { Hono } from "hono";
import { some } from "hono/combine";
import { LinearRouter } from "hono/router/linear-router";
import { PatternRouter } from "hono/router/pattern-router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { TrieRouter } from "hono/router/trie-router";
import { secureHeaders } from "hono/secure-headers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { anyOf, type EntraEnv, entra, passThrough, requireAuth } from "../../src/adapters/hono.ts";
import type { Principal } from "../../src/core/token/principal.ts";
import { createAdapterIo, createHonoWorld } from "../support/adapter-world.ts";
import { client, tenant, user } from "../support/claims.ts";
import { environmentWith, plainLog, validEnvironment } from "../support/environment.ts";
import { bearer } from "../support/gate-world.ts";
import { createQuestion } from "../support/isolate-world.ts";

const reader = () => bearer({ scopes: ["orders.read"] });
const daemon = () => bearer({ client: "daemon" });
const statusOf = async (response: Promise<Response>) => (await response).status;

afterEach(() => vi.restoreAllMocks());

it("hides its configuration if it is logged", () => {
  const guard = entra({ ...validEnvironment, GATE_LOG_KEY: "a secret of the log" });
  const shown = Object.getOwnPropertySymbols(guard).filter((name) =>
    Object.prototype.propertyIsEnumerable.call(guard, name),
  );
  expect([...shown, ...Object.keys(guard)]).toEqual([]);
});

describe("a route that names its requirement", () => {
  it("requires it instead of the default, and provides the caller", async () => {
    const { ask, refusals } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/orders/:id", requireAuth("orders.read"), (c) =>
        c.json({ oid: c.get("principal").oid, id: c.req.param("id") }),
      );
    });
    const response = await ask("/orders/7", { token: await reader() });
    expect([response.status, await response.json()]).toEqual([200, { oid: user, id: "7" }]);
    expect(await statusOf(ask("/orders/7", { token: await bearer() }))).toBe(403);
    expect(refusals()).toMatchObject([
      { reason: "scope_missing", scopes: ["orders.read"], route: "GET /orders/:id", tenant, client },
    ]);
  });

  it("accepts one of several requirements", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/orders", anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] })), (c) =>
        c.text("in"),
      );
    });
    expect(await statusOf(ask("/orders", { token: await reader() }))).toBe(200);
    expect(await statusOf(ask("/orders", { token: await daemon() }))).toBe(200);
    expect(await statusOf(ask("/orders", { token: await bearer() }))).toBe(403);
  });

  it("is found after other middleware, and in nested apps", async () => {
    const orders = new Hono<EntraEnv>().onError((_, c) => c.text("failed", 500));
    orders.get("/:id", requireAuth("orders.read"), (c) => c.text("in"));
    const { ask, refusals } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.use(passThrough(secureHeaders()));
      app.route("/orders", orders);
    });
    expect(await statusOf(ask("/orders/7", { token: await reader() }))).toBe(200);
    expect(await statusOf(ask("/orders/7", { token: await bearer() }))).toBe(403);
    expect(refusals()).toMatchObject([{ route: "GET /orders/:id", reason: "scope_missing" }]);
  });

  it("adds its requirement to those of the routes around it", async () => {
    const { ask, refusals } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.use("/orders/*", requireAuth("orders.read"));
      app.get("/orders/all", requireAuth({ scopes: ["orders.read"], roles: ["Orders.Admin"] }), (c) => c.text("in"));
    });
    expect(await statusOf(ask("/orders/all", { token: await reader() }))).toBe(403);
    const roles = ["Orders.Admin"];
    expect(refusals()).toMatchObject([{ route: "GET /orders/all", reason: "role_missing", roles, tenant, client }]);
    const admin = await bearer({ scopes: ["orders.read"], roles: ["Orders.Admin"] });
    expect(await statusOf(ask("/orders/all", { token: admin }))).toBe(200);
  });

  it("is enforced if the guard cannot find it in advance", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/orders", some(requireAuth("orders.read")), (c) => c.text("in"));
    });
    expect(await statusOf(ask("/orders", { token: await bearer() }))).toBe(403);
    expect(await statusOf(ask("/orders", { token: await bearer({ scopes: ["access_as_user", "orders.read"] }) }))).toBe(
      200,
    );
  });
});

describe("a requirement that entra() did not check", () => {
  it("hides the caller that it refuses from middleware that continues", {
    tags: "refused-callers",
  }, async () => {
    const seen: unknown[] = [];
    const { ask } = createHonoWorld((app, guard) => {
      app.use(async (c, next) => {
        await next();
        seen.push(c.get("principal")?.oid);
      });
      app.use(guard);
      // The guard cannot find what these contain.
      app.get("/one", some(requireAuth("x")), (c) => c.text("in"));
    });
    expect(await statusOf(ask("/one", { token: await bearer() }))).toBe(403);
    expect(await statusOf(ask("/one", { token: await bearer({ scopes: ["access_as_user", "x"] }) }))).toBe(200);
    expect(seen).toEqual([undefined, user]);
  });
});

describe("a route that declares no requirement", () => {
  const build = (app: Hono<EntraEnv>, guard: ReturnType<typeof entra>) => {
    app.use(guard);
    app.get("/jobs", (c) => c.text("in"));
    app.get("/:anything", requireAuth("orders.read"), (c) => c.text("in"));
  };

  it("has the default requirement, even if a later matching route requires less", async () => {
    const { ask, refusals } = createHonoWorld(build);
    expect(await statusOf(ask("/jobs", { token: await bearer() }))).toBe(200);
    expect(await statusOf(ask("/jobs", { token: await reader() }))).toBe(403);
    expect(refusals()).toMatchObject([{ reason: "scope_missing", scopes: ["access_as_user"] }]);
  });

  it("refuses every caller without a default requirement", async () => {
    const { ask, refusals } = createHonoWorld(build, {}, environmentWith({ ENTRA_REQUIRED_SCOPE: undefined }));
    expect(await statusOf(ask("/jobs", { token: await bearer() }))).toBe(403);
    expect(await statusOf(ask("/orders", { token: await reader() }))).toBe(200);
    expect(refusals()).toMatchObject([{ reason: "requirement_missing", scopes: [], route: "GET /jobs" }]);
  });

  it("is public only before the guard", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.get("/health", (c) => c.text("ok"));
      app.use(guard);
      app.get("/late", (c) => c.text("ok"));
    });
    expect(await statusOf(ask("/health"))).toBe(200);
    expect(await statusOf(ask("/late"))).toBe(401);
    expect(await statusOf(ask("/nothing"))).toBe(401);
    expect(await statusOf(ask("/nothing", { token: await bearer() }))).toBe(404);
  });
});

describe("every router of Hono", () => {
  it.each([new RegExpRouter(), new TrieRouter(), new LinearRouter(), new PatternRouter()])(
    "leads to the same decisions: $name",
    async (router) => {
      const app = new Hono<EntraEnv>({ router: router as never });
      app.use(entra({ ...validEnvironment }, {}, createAdapterIo()));
      app.all("/static/*", (c) => c.text("in"));
      app.get("/*", requireAuth("orders.read"), (c) => c.text("in"));
      const ask = async (path: string, token: string) =>
        statusOf(Promise.resolve(app.fetch(createQuestion(path, { token }))));
      const [limited, ordinary] = [await reader(), await bearer()];
      expect([await ask("/static/1", limited), await ask("/static/1", ordinary)]).toEqual([403, 200]);
      expect([await ask("/orders/1", limited), await ask("/orders/1", ordinary)]).toEqual([200, 403]);
    },
  );
});

describe("the log", () => {
  const eventsOf = ({ io }: ReturnType<typeof createHonoWorld>) =>
    io.lines.flatMap(({ event, route, reason }) =>
      event === "allowed" || event === "refused" || event === "reported" ? [[event, route, reason]] : [],
    );
  const logged = (vars = {}) =>
    createHonoWorld(
      (app, guard) => {
        app.use(guard);
        app.use("/orders/*", requireAuth("orders.read"));
        app.get("/orders/all", requireAuth("orders.all"), (c) => c.text("in"));
        app.use("/late/*", async (_c, next) => next());
        app.get("/late/all", requireAuth("orders.all"), (c) => c.text("in"));
      },
      {},
      environmentWith({ ...plainLog, GATE_LOG_ALLOWED: "1", ...vars }),
    );

  it("has one decision for a request that meets or misses several requirements", async () => {
    const world = logged();
    const token = await bearer({ scopes: ["orders.read", "orders.all"] });
    expect(await statusOf(world.ask("/orders/all", { token }))).toBe(200);
    expect(await statusOf(world.ask("/orders/all", { token: await reader() }))).toBe(403);
    expect(eventsOf(world)).toEqual([
      ["allowed", "GET /orders/all", undefined],
      ["refused", "GET /orders/all", "scope_missing"],
    ]);
  });

  it("has a second line if a requirement after other middleware refuses", async () => {
    const world = logged();
    expect(await statusOf(world.ask("/late/all", { token: await bearer() }))).toBe(403);
    expect(eventsOf(world)).toEqual([
      ["allowed", "ALL /late/*", undefined],
      ["refused", "GET /late/all", "scope_missing"],
    ]);
  });

  it("has one line for a request that report mode allows", async () => {
    const world = logged({ GATE_MODE: "report" });
    expect(await statusOf(world.ask("/orders/all", { token: await bearer() }))).toBe(200);
    expect(eventsOf(world)).toEqual([["reported", "GET /orders/all", "scope_missing"]]);
  });
});

describe("an authority that the guard does not declare", () => {
  const forCustomers = requireAuth({ scopes: ["orders.read"], from: ["customers"] });
  const mistake = 'GET /orders: from has "customers", which the gate does not declare';

  it.each<[string, Parameters<typeof createHonoWorld>[0]]>([
    ["a requirement of a route", (app, guard) => app.use(guard).get("/orders", forCustomers, (c) => c.text("in"))],
    [
      "one of several requirements",
      (app, guard) => app.use(guard, requireAuth("orders.read")).get("/orders", forCustomers, (c) => c.text("in")),
    ],
    [
      "a requirement behind middleware that could respond",
      (app, guard) =>
        app
          .use(guard, requireAuth("orders.read"), (_, next) => next())
          .get("/orders", forCustomers, (c) => c.text("in")),
    ],
  ])("is a fault of %s", async (_, build) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const { ask, io } = createHonoWorld(build);
    expect(await statusOf(ask("/orders", { token: await reader() }))).toBe(500);
    const lines = [...io.lines, ...log.mock.calls.map(([line]) => JSON.parse(line))];
    expect(lines).toContainEqual({
      event: "misconfigured",
      level: "error",
      fault: expect.stringContaining(mistake),
    });
  });
});

describe("requireAuth without entra()", () => {
  it("refuses every caller, and logs that", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const app = new Hono<EntraEnv>();
    app.use(async (c, next) => {
      c.set("principal", { scopes: ["orders.read"], kind: "user" } as unknown as Principal);
      await next();
    });
    app.get("/orders", requireAuth("orders.read"), (c) => c.text("in"));
    const response = await app.fetch(createQuestion("/orders", { token: await reader() }));
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { detail: "The server is misconfigured. Contact the operator." },
    ]);
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
      { event: "misconfigured", level: "error", fault: "GET /orders: add app.use(entra()) before requireAuth" },
      { event: "refused", reason: "misconfigured", route: "GET /orders" },
    ]);
  });
});
