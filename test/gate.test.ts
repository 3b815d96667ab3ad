import { describe, expect, it } from "vitest";
import { App } from "../src/app/app.ts";
import { origin } from "../src/app/build/origin.ts";
import type { GateOptions } from "../src/app/gate-options.ts";
import { cors } from "../src/app/hooks/cors.ts";
import { requireAuth } from "../src/app/types/auth.ts";
import { entraPlugin } from "../src/entra-plugin.ts";
import { createGate } from "../src/gate.ts";
import { otherTenant } from "./support/claims.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";

const open: GateOptions = {
  routes: new App().route({ method: "GET", path: "/open", public: true, handler: () => ({ status: 200 }) }),
};
const preflight = { origin: "https://app.contoso.example", "access-control-request-method": "GET" };
const detail = async (response: Response) => (await response.json<{ detail: string }>()).detail;

describe("createGate", () => {
  it("refuses options that are not own enumerable properties", () => {
    expect(() => createGate(Object.create({ isTenantAllowed: () => false }))).toThrow(
      new TypeError("createGate: isTenantAllowed must be an own enumerable property"),
    );
  });

  it.each(["unlited", "requireScope", "tenants", "env", "constructor"])("refuses the unknown option %s", (name) => {
    const known =
      "routes, unlisted, cors, worker, isTenantAllowed, revokedAtSeconds, revocations, downstream, groups, trace, spans, authorities, originMilliseconds, originFetch, issuer";
    expect(() => createGate({ [name]: true })).toThrow(
      new TypeError(`createGate: unknown option ${JSON.stringify(name)}. Use one of ${known}`),
    );
  });

  it.each(["allow", "Reject", "", true, null])("refuses unlisted: %j", (unlisted) => {
    expect(() => createGate({ unlisted } as unknown as GateOptions)).toThrow(
      new TypeError('createGate: unlisted must be "guard" or "reject"'),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "30000", null])(
    "refuses originMilliseconds: %j",
    (originMilliseconds) => {
      expect(() => createGate({ originMilliseconds } as unknown as GateOptions)).toThrow(
        new TypeError("createGate: originMilliseconds must be a whole number above 0"),
      );
    },
  );

  it.each(["routes", "unlisted", "isTenantAllowed", "revokedAtSeconds", "cors", "originMilliseconds", "originFetch"])(
    "refuses an undefined %s, because a guard could be missing",
    (name) => {
      expect(() => createGate({ [name]: undefined } as GateOptions)).toThrow(
        new TypeError(`createGate: ${name} is undefined. Set a value or remove it`),
      );
    },
  );

  it.each([null, 1, "routes", {}, [], () => {}, { routes: [], close() {} }])(
    "refuses routes that are not an App: %j",
    (routes) => {
      expect(() => createGate({ routes } as unknown as GateOptions)).toThrow(
        new TypeError(
          "createGate: routes must be an App of entra-gate: new App().route({ … }). A Hono app uses entra() of entra-gate/hono",
        ),
      );
    },
  );

  it("accepts every valid option", () => {
    const options: GateOptions = {
      ...open,
      unlisted: "guard",
      isTenantAllowed: () => true,
      revokedAtSeconds: () => undefined,
      cors: cors({ origin: [] }),
      originMilliseconds: 1,
    };
    expect(Object.keys(createGate(options))).toEqual(["options", "fetch", "scheduled"]);
  });

  it.each(["isTenantAllowed", "revokedAtSeconds"])("accepts only a function for %s", (option) => {
    for (const value of [true, "x", {}]) {
      expect(() => createGate({ [option]: value })).toThrow(`createGate: ${option} must be a function`);
    }
  });

  it("accepts only cors(…) as a CORS policy", () => {
    const sound = cors({ origin: "https://app.contoso.example" });
    expect(() => createGate({ cors: sound })).not.toThrow();
    const withHook = { ...sound, onSend: () => undefined };
    for (const policy of [null, cors, { cors: "*" }, {}, { origin: "*" }, { onSend: () => undefined }, withHook]) {
      expect(() => createGate({ cors: policy as never })).toThrow("cors must be cors(…) without other hooks");
    }
  });

  it("refuses routes that an asynchronous plugin still declares", () => {
    const routes = new App().register(async () => {});
    expect(() => createGate({ routes })).toThrow(
      new TypeError("a plugin is asynchronous. Await app.ready() before the app serves"),
    );
  });

  it("refuses routes with their own guard, which it would ignore", () => {
    const routes = new App().register(entraPlugin);
    expect(() => createGate({ routes })).toThrow(new TypeError("an App in a gate must not register entraPlugin"));
  });

  it.each([
    ["the whole app", (app: App) => app.use(cors({ origin: [] }))],
    ["a route", (app: App) => app.get("/a", { hooks: cors({ origin: [] }) }, origin())],
    [
      "a group",
      (app: App) => app.group("/a", { hooks: cors({ origin: [] }) }, (group) => group.get("/", {}, origin())),
    ],
  ])("refuses cors(…) of %s, because it would answer no preflight", (_of, declare) => {
    const routes = new App();
    declare(routes);
    expect(() => createGate({ routes })).toThrow("createGate({ routes, cors: cors({ … }) })");
  });

  it("refuses a route that is declared after the gate was created", () => {
    const routes = new App();
    createGate({ routes });
    const late = () => routes.route({ method: "GET", path: "/late", public: true, handler: origin() });
    expect(late).toThrow(new TypeError("route GET /late: cannot be added after the app was served"));
  });

  it("does no I/O", () => {
    const { io } = createGateWorld(open);
    expect([io.requests, io.lines, io.timers()]).toEqual([[], [], 0]);
  });
});

describe("a faulty configuration", () => {
  it.each([
    ["/orders", {}],
    ["/open", {}],
    ["/orders", { method: "POST" }],
    ["/orders", { method: "OPTIONS", headers: preflight }],
    ["http://api.contoso.example/orders", {}],
    ["/a%2fb", {}],
  ])("answers every request with 500: %s %j", async (target, init) => {
    const world = createGateWorld(open, { ENTRA_API_AUDIENCE: undefined });
    const response = await world.ask(target, { ...init, token: await bearer() });
    expect([response.status, await detail(response)]).toEqual([
      500,
      "The server is misconfigured. Contact the operator.",
    ]);
    expect(world.forwarded).toEqual([]);
  });

  it("is logged in full once, and then for each refusal", async () => {
    const world = createGateWorld({}, { ENTRA_API_AUDIENCE: "*", ENTRA_ALLOWED_CLIENTS: "*" });
    for (let times = 0; times < 3; times += 1) await world.ask("/orders");
    expect(world.io.lines.map(({ event, reason }) => reason ?? event)).toEqual([
      ...["misconfigured", "misconfigured"],
      ...["misconfigured", "misconfigured", "misconfigured"],
    ]);
    expect(world.refusals()).toHaveLength(3);
  });

  it.each([undefined, null, 1, "ENTRA_TENANT_ID", {}, { ENTRA_REQUIRED_SCOPE: 'a"b' }])(
    "never makes the gate throw: %j",
    async (environment) => {
      const { io } = createGateWorld();
      const response = await createGate({}, io).fetch(
        new Request("https://api.contoso.example/"),
        environment as object,
      );
      expect([response.status, await detail(response)]).toEqual([
        500,
        "The server is misconfigured. Contact the operator.",
      ]);
    },
  );

  it("that is well-formed but unusable does not make the gate throw", async () => {
    const world = createGateWorld({}, { ENTRA_REQUIRED_SCOPE: 'a"b' });
    expect((await world.ask("/orders")).status).toBe(500);
  });

  it("requires the default requirement only if a request can meet it", async () => {
    const changes = { ENTRA_REQUIRED_SCOPE: undefined };
    const guarded: GateOptions = {
      routes: new App().route({ method: "GET", path: "/me", middleware: [requireAuth("a")], handler: origin() }),
    };
    const status = async (options: GateOptions) => (await createGateWorld(options, changes).ask("/me")).status;
    expect(await status(guarded)).toBe(500);
    expect(await status({ ...guarded, unlisted: "reject" })).toBe(401);
    const plain: GateOptions = { routes: new App().route({ method: "GET", path: "/me", handler: origin() }) };
    expect(await status({ ...plain, unlisted: "reject" })).toBe(500);
  });
});

describe("plain http", () => {
  it.each(["/orders", "/open", "/a//b", "/https:", "/?https://api.contoso.example/"])(
    "is refused outside loopback, even with a valid token: %s",
    async (path) => {
      const world = createGateWorld(open);
      const response = await world.ask(`http://api.contoso.example${path}`, {
        token: await bearer(),
        headers: { "x-forwarded-proto": "https" },
      });
      expect([response.status, response.headers.has("www-authenticate")]).toEqual([403, false]);
      expect(world.refusals()).toMatchObject([{ reason: "plaintext_transport" }]);
      expect([world.forwarded, world.io.requests]).toEqual([[], []]);
    },
  );

  it("is refused for a preflight too", async () => {
    const init = { method: "OPTIONS", headers: preflight };
    expect((await createGateWorld().ask("http://api.contoso.example/", init)).status).toBe(403);
  });

  it.each(["http://127.0.0.1:8787/open", "http://localhost:8787/open", "http://[::1]/open"])(
    "is served on loopback: %s",
    async (url) => {
      expect((await createGateWorld(open).ask(url)).status).toBe(200);
    },
  );
});

it.each(["TRACE", "TRACK", "CONNECT"])("refuses the method %s for every caller", async (method) => {
  const world = createGateWorld(open);
  const request = new Request("https://api.contoso.example/open");
  Object.defineProperty(request, "method", { value: method });
  const gate = createGate(open, world.io);
  const environment = { ENTRA_TENANT_ID: otherTenant, ENTRA_API_AUDIENCE: "api://x", ENTRA_REQUIRED_SCOPE: "x" };
  expect((await gate.fetch(request, environment)).status).toBe(501);
  expect(world.refusals()).toMatchObject([
    { reason: "method_not_supported", method: method === "TRACK" ? "other" : method },
  ]);
});

it("refuses an ambiguous path before authentication", async () => {
  const world = createGateWorld(open);
  for (const path of ["/open//", "/%2fopen", "/open;x", "/a%00"]) {
    expect((await world.ask(path)).status).toBe(404);
  }
  expect(world.refusals().map(({ reason }) => reason)).toEqual(Array(4).fill("path_ambiguous"));
});
