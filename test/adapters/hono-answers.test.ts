import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { afterEach, describe, expect, it, vi } from "vitest";
import { anyOf, type EntraEnv, entra, passThrough, requireAuth } from "../../src/adapters/hono.ts";
import { requireAuth as requireOfGate } from "../../src/app/types/auth.ts";
import { createAdapterIo, createHonoWorld } from "../support/adapter-world.ts";
import { client, tenant } from "../support/claims.ts";
import { validEnvironment } from "../support/environment.ts";
import { bearer } from "../support/gate-world.ts";
import { createQuestion } from "../support/isolate-world.ts";

const reader = () => bearer({ scopes: ["orders.read"] });
const statusOf = async (response: Promise<Response>) => (await response).status;

afterEach(() => vi.restoreAllMocks());

describe("a mounted app", () => {
  it("enforces its requirements without its own guard", async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    const inner = new Hono<EntraEnv>().get("/orders", requireAuth("orders.read"), (c) => c.text("in"));
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.mount("/inner", inner.fetch);
    });
    expect(await statusOf(ask("/inner/orders", { token: await bearer() }))).toBe(500);
    expect(await statusOf(ask("/inner/orders", { token: await reader() }))).toBe(403);
  });
});

describe("registration", () => {
  it.each([
    () => requireAuth(),
    () => requireAuth(""),
    () => requireAuth({}),
    () => requireAuth("api://orders/orders.read"),
    () => anyOf(requireAuth({ anyScope: [`${client}/orders.read`] })),
    () => requireAuth({ clients: [client] }),
    () => anyOf(),
    () => anyOf({ requirement: { anyOf: [{ kind: "user" }] } }),
    () => entra({ ENTRA_TENANT_ID: tenant }),
    () => entra({ ENTRA_TENNANT_ID: tenant } as object),
    () => entra(undefined, { isTenantAllowed: undefined } as object),
  ])("refuses an argument that would allow every caller or have no effect: %s", (register) => {
    expect(register).toThrow(TypeError);
  });

  it("accepts the gate's own requirements too", () => {
    expect(anyOf(requireOfGate("orders.read")).requirement).toEqual({
      anyOf: [{ kind: "user", scopes: ["orders.read"] }],
    });
  });
});

describe("a requirement that has no effect", () => {
  const late = "requireAuth comes after the handler. Put it before";
  it.each<[string, Parameters<typeof createHonoWorld>[0], string]>([
    ["in the arguments", (app, guard) => app.use(guard).get("/x", (c) => c.text("in"), requireAuth("a")), late],
    [
      "in app.use",
      (app, guard) =>
        app
          .use(guard)
          .get("/x", (c) => c.text("in"))
          .use(requireAuth("a")),
      late,
    ],
    [
      "as hooks of the gate",
      (app, guard) => app.use(guard).get("/x", requireOfGate("a") as never, (c) => c.text("in")),
      'requireAuth and anyOf of "entra-gate" are hooks of an App, and no handlers. In a Hono app, import them from "entra-gate/hono"',
    ],
    [
      "no function",
      (app, guard) => app.use(guard).get("/x", {} as never, (c) => c.text("in")),
      "a handler is not a function",
    ],
  ])("refuses every caller, and the log says what to do: %s", async (_, build, problem) => {
    const world = createHonoWorld(build);
    for (const question of [{}, { token: await bearer() }]) {
      expect((await world.ask("/x", question)).status).toBe(500);
    }
    expect(world.io.lines).toContainEqual({ event: "misconfigured", level: "error", fault: `GET /x: ${problem}` });
    expect(world.refusals()).toMatchObject([
      { reason: "misconfigured", route: "GET /x" },
      { reason: "misconfigured", route: "GET /x" },
    ]);
  });

  it("differs from one for later routes, behind a route with its own", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard).get("/orders", requireAuth("orders.read"), (c) => c.text("in"));
      app.use("/orders/*", requireAuth("orders.write")).get("/orders/:id", (c) => c.text("one"));
    });
    expect(await statusOf(ask("/orders", { token: await reader() }))).toBe(200);
    expect(await statusOf(ask("/orders/1", { token: await reader() }))).toBe(403);
  });

  const unused = {
    event: "requirement_unused",
    level: "warn",
    route: "GET /x",
    problem: "requireAuth on ALL /x/* comes after the handler, and has no effect on this route",
  };
  const passOn: MiddlewareHandler = (_, next) => next();
  it.each<[string, Parameters<typeof createHonoWorld>[0]]>([
    ["a route", (app, guard) => app.use(guard)],
    ["a route behind middleware", (app, guard) => app.use(guard, passOn)],
    ["a route before marked middleware", (app, guard) => app.use(guard, passThrough(passOn))],
  ])("is named once in the log if %s has another one", async (_, start) => {
    const { ask, io } = createHonoWorld((app, guard) => {
      start(app, guard);
      app.get("/x", requireAuth("access_as_user"), (c) => c.text("in"));
      app.use("/x/*", requireAuth("b")).use(passThrough(passOn));
    });
    for (const _ of [1, 2]) expect(await statusOf(ask("/x", { token: await bearer() }))).toBe(200);
    expect(await statusOf(ask("/x"))).toBe(401);
    expect(io.lines.filter((line) => JSON.stringify(line).includes("no effect"))).toEqual([unused]);
  });

  it("refuses every caller before marked middleware too", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard).get("/x", (c) => c.text("in"));
      app.use("/x", requireAuth("a")).use(passThrough(passOn));
    });
    expect(await statusOf(ask("/x", { token: await bearer() }))).toBe(500);
  });
});

describe("a configuration in code", () => {
  it("replaces the configuration of the platform", async () => {
    const app = new Hono<EntraEnv>();
    app.use(entra({ ...validEnvironment, ENTRA_REQUIRED_SCOPE: "orders.read" }, {}, createAdapterIo()));
    app.get("/", (c) => c.text("in"));
    const ask = async (token: string) => app.fetch(createQuestion("/", { token }), { ENTRA_TENANT_ID: "faulty" });
    expect(await statusOf(ask(await reader()))).toBe(200);
    expect(await statusOf(ask(await bearer()))).toBe(403);
  });
});

describe("the configuration of the process", () => {
  it("is used if the platform passes no variables of the gate", async () => {
    vi.resetModules();
    const adapter: typeof import("../../src/adapters/hono.ts") = await import("../../src/adapters/hono.ts");
    const app = new Hono<EntraEnv>();
    app.use(adapter.entra(undefined, {}, createAdapterIo()));
    app.get("/", (c) => c.text("in"));
    vi.stubGlobal("process", { env: { ...validEnvironment } });
    try {
      const ask = async (token: string) => app.fetch(createQuestion("/", { token }), { incoming: {} });
      expect(await statusOf(ask(await bearer()))).toBe(200);
      expect(await statusOf(ask(await reader()))).toBe(403);
    } finally {
      vi.unstubAllGlobals();
      // Test files share modules, and this module caches the environment of its process.
      vi.resetModules();
    }
  });
});

describe("an answer", () => {
  const shared = { "cache-control": "public, s-maxage=60", "cdn-cache-control": "max-age=60" };

  it("is never shared if it is for an authenticated caller", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/shared", (c) => c.text("in", 200, shared));
      app.get("/silent", (c) => c.text("in"));
      app.get("/failing", () => {
        throw new Error("failed");
      });
    });
    vi.spyOn(console, "error").mockImplementation(() => {});
    for (const [path, status, caching] of [
      ["/shared", 200, "private"],
      ["/silent", 200, "no-store"],
      ["/failing", 500, "no-store"],
      ["/nothing", 404, "no-store"],
    ] as const) {
      const response = await ask(path, { token: await bearer() });
      const { headers } = response;
      expect([
        path,
        response.status,
        headers.get("cache-control"),
        headers.get("vary"),
        headers.get("cdn-cache-control"),
      ]).toEqual([path, status, caching, "Authorization", null]);
    }
  });

  it.each([
    ["no handler returned one", () => undefined as never],
    [
      "its body was already read",
      async () => {
        const response = new Response("in");
        await response.text();
        return response;
      },
    ],
  ])("is a private 500 if %s", async (_title, handler: () => Response | Promise<Response>) => {
    const { ask, refusals } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/x", handler);
      app.onError((_, c) => c.text("handled", 500, shared));
    });
    const { status, headers } = await ask("/x", { token: await bearer() });
    const caching = ["cache-control", "cdn-cache-control"].map((name) => headers.get(name));
    expect([status, ...caching]).toEqual([500, "no-store", null]);
    expect(refusals()).toMatchObject([{ status: 500, route: "GET /x" }]);
  });

  it("stays private if it is for an unauthenticated caller, and keeps other headers", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(cors({ origin: "https://app.contoso.example" }));
      app.use(async (c, next) => {
        c.res.headers.set("cache-control", "public, max-age=60");
        c.res.headers.set("www-authenticate", "Basic");
        await next();
      });
      app.use(guard);
    });
    const { status, headers } = await ask("/", { headers: { origin: "https://app.contoso.example" } });
    expect([status, headers.get("cache-control"), headers.get("access-control-allow-origin")]).toEqual([
      401,
      "no-store",
      "https://app.contoso.example",
    ]);
    expect(headers.get("www-authenticate")).toMatch(/^Bearer realm="", authorization_uri="[^"]+"$/);
  });

  it("refuses an upload before it reads a byte of the body", async () => {
    const reached: string[] = [];
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.post("/upload", requireAuth("orders.write"), async (c) => {
        reached.push(await c.req.text());
        return c.text("in");
      });
    });
    let pulls = 0;
    const body = new ReadableStream(
      {
        pull() {
          pulls += 1;
        },
      },
      { highWaterMark: 0 },
    );
    expect(await statusOf(ask("/upload", { method: "POST", body, token: await bearer() }))).toBe(403);
    expect([pulls, reached]).toEqual([0, []]);
  });
});

describe("a refusal", () => {
  it("replaces the response and headers that middleware set before", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(async (c, next) => {
        if (c.req.path === "/before") c.res = c.text("set before", 200, { etag: '"1"' });
        await next();
      });
      app.use(guard);
      app.use(async (c, next) => {
        c.res = c.text("set between", 200, { etag: '"2"' });
        await next();
      });
      app.get("/between", requireAuth("orders.read"), (c) => c.text("in"));
    });
    for (const [path, status, token] of [
      ["/before", 401, undefined],
      ["/between", 403, await bearer()],
    ] as const) {
      const response = await ask(path, token === undefined ? {} : { token });
      expect([response.status, response.headers.get("content-type"), response.headers.get("etag")]).toEqual([
        status,
        "application/problem+json",
        null,
      ]);
      expect(await response.json()).toMatchObject({ status });
    }
  });

  it("is the response even if the code that calls the middleware drops it", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/", async (c, next) => void (await requireAuth("orders.read")(c, next)));
    });
    const response = await ask("/", { token: await bearer() });
    expect([response.status, response.headers.get("content-type")]).toEqual([403, "application/problem+json"]);
  });

  it("is returned to code that calls the middleware itself", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/", async (c) => {
        const refusal = await requireAuth("orders.read")(c, async () => {});
        return refusal ?? c.text("in");
      });
    });
    expect(await statusOf(ask("/", { token: await bearer() }))).toBe(403);
  });
});

describe("the platform", () => {
  it("continues background work after the response", async () => {
    const { ask, background } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/", (c) => c.text("in"));
    });
    expect(await statusOf(ask("/", { token: await bearer() }))).toBe(200);
    expect(background.length).toBeGreaterThan(0);
  });

  it("may have no context", async () => {
    const app = new Hono<EntraEnv>();
    app.use(entra(validEnvironment, {}, createAdapterIo()));
    app.get("/", (c) => c.text("in"));
    expect(await statusOf(Promise.resolve(app.fetch(createQuestion("/", { token: await bearer() }))))).toBe(200);
  });

  it("refuses every caller if it fails during a request", async () => {
    const io = createAdapterIo();
    const app = new Hono<EntraEnv>();
    const now = () => {
      throw new RangeError("the clock is gone");
    };
    app.use(entra(validEnvironment, {}, { ...io, now }));
    app.get("/", (c) => c.text("in"));
    const response = await app.fetch(createQuestion("/", { token: await bearer() }));
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { detail: "An internal error occurred. Contact the operator." },
    ]);
    expect(io.lines).toMatchObject([{ reason: "internal_error", cause: "RangeError: the clock is gone" }]);
  });
});

describe("a response that the handler keeps", () => {
  it("stays private whatever the handler does with it later", async () => {
    const { ask } = createHonoWorld((app, guard) => {
      app.use(guard);
      app.get("/kept", (c) => {
        const kept = c.text("mine");
        const publish = async () => {
          for (let turn = 0; turn < 50; turn += 1) {
            await undefined;
            kept.headers.set("cache-control", "public");
          }
        };
        publish();
        return kept;
      });
    });
    const { headers } = await ask("/kept", { token: await bearer() });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(headers.get("cache-control")).toBe("private");
  });
});
