import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type AuthHooks,
  anyOf,
  authPlugin,
  createEntraPlugin,
  entraPlugin,
  type HookContext,
  requireAuth,
} from "../../src/adapters/daloy.ts";
import type { AuthorityVariables, EntraConfig } from "../../src/core/config/gate-variables.ts";
import type { EntraOptions } from "../../src/core/guard/entra-options.ts";
import { authorities } from "../../src/extensions/authorities/authorities.ts";
import { createAdapterIo } from "../support/adapter-world.ts";
import { client, tenant, user } from "../support/claims.ts";
import { plainLog, validEnvironment } from "../support/environment.ts";
import { bearer } from "../support/gate-world.ts";
import { createQuestion, type Question, readRefusals } from "../support/isolate-world.ts";

const reader = () => bearer({ scopes: ["orders.read"] });

afterEach(() => vi.restoreAllMocks());

/** The parts of a DaloyJS app that hooks and plugins use. Root routes cannot see a plugin's decorations. */
function createApp() {
  const decorations: Record<string, unknown> = {};
  return {
    decorate: (key: string, value: unknown) => void Object.assign(decorations, { [key]: value }),
    register(plugin: { register(app: { decorate(key: string, value: unknown): unknown }): void }) {
      const own: Record<string, unknown> = { ...decorations };
      plugin.register({ decorate: (key, value) => void Object.assign(own, { [key]: value }) });
      return own;
    },
    /** Runs a route's hooks in DaloyJS's order, around a handler that returns the caller. */
    async ask(
      hooks: AuthHooks,
      question: Question = {},
      scope: Record<string, unknown> = decorations,
    ): Promise<Response> {
      const request = createQuestion("/me", question);
      const context: HookContext = { request, state: { ...scope }, routePath: "/me" };
      const refusal = await hooks.preBody(context);
      const { sub, oid } = (context.state.principal ?? {}) as Record<string, unknown>;
      const response = refusal ?? Response.json({ sub, oid }, { headers: { "cache-control": "public" } });
      return hooks.onSend(response, context) ?? response;
    },
  };
}

/** An app with only Entra's plugin, as in the documentation. Each test has its own module, because modules cache. */
async function createProgram(config?: EntraConfig & AuthorityVariables, options: EntraOptions = {}) {
  vi.resetModules();
  const adapter: typeof import("../../src/adapters/daloy.ts") = await import("../../src/adapters/daloy.ts");
  const io = createAdapterIo();
  const plugin = adapter.createEntraPlugin({ ...validEnvironment, ...plainLog, ...config }, options, io);
  const app = createApp();
  return { ...adapter, io, plugin, app, scope: app.register(plugin) };
}

describe("requireAuth", () => {
  it("finds the plugin's verifier whether its decoration is hidden or visible", async () => {
    const { app, requireAuth, scope, plugin } = await createProgram();
    const hooks = requireAuth("access_as_user");
    for (const decorations of [undefined, scope]) {
      const response = await app.ask(hooks, { token: await bearer() }, decorations);
      expect([response.status, await response.json()]).toMatchObject([200, { oid: user }]);
    }
    expect(scope).toEqual({ verifier: plugin.verifier });
  });

  it("refuses as the gate does: status, challenge, problem, log", async () => {
    const { app, requireAuth, io } = await createProgram();
    const anonymous = await app.ask(requireAuth("orders.read"));
    expect(anonymous.status).toBe(401);
    expect(Object.fromEntries(anonymous.headers)).toEqual({
      "cache-control": "no-store",
      "content-type": "application/problem+json",
      vary: "Authorization",
      "www-authenticate":
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
    });
    const forbidden = await app.ask(requireAuth("orders.read"), { token: await bearer() });
    expect([forbidden.status, forbidden.headers.get("vary")]).toEqual([403, "Authorization"]);
    expect(forbidden.headers.get("www-authenticate")).toMatch(/, error="insufficient_scope", scope="orders.read"$/);
    const { instance } = await forbidden.json<{ instance: string }>();
    expect(readRefusals(io)).toMatchObject([
      { reason: "credential_missing", status: 401, method: "GET", route: "GET /me" },
      { reason: "scope_missing", status: 403, tenant, client, id: instance.slice("urn:uuid:".length) },
    ]);
  });

  it("treats OPTIONS like any other request, because DaloyJS answers preflights itself", async () => {
    const { app, requireAuth } = await createProgram();
    const headers = { origin: "https://app.contoso.example", "access-control-request-method": "GET" };
    expect((await app.ask(requireAuth("orders.read"), { method: "OPTIONS", headers })).status).toBe(401);
  });

  it("continues a fetch of keys after the answer, with the platform's own module", async () => {
    const waitUntil = vi.fn();
    const get = vi.spyOn(process, "getBuiltinModule").mockImplementation(() => ({ waitUntil }));
    const { app, requireAuth } = await createProgram();
    expect((await app.ask(requireAuth("access_as_user"), { token: await bearer() })).status).toBe(200);
    expect(get).toHaveBeenCalledWith("cloudflare:workers");
    expect(waitUntil).toHaveBeenCalledWith(expect.any(Promise));
  });

  it("accepts one of several requirements", async () => {
    const { app, requireAuth, anyOf } = await createProgram();
    const hooks = anyOf(requireAuth("orders.read"), requireAuth({ anyRole: ["Orders.Read.All"] }));
    for (const [token, status] of [
      [await reader(), 200],
      [await bearer({ client: "daemon" }), 200],
      [await bearer(), 403],
    ] as const) {
      expect((await app.ask(hooks, { token })).status).toBe(status);
    }
  });

  it("follows the configuration and the options in code", async () => {
    const listed = await createProgram({ ENTRA_ALLOWED_CLIENTS: tenant });
    expect((await listed.app.ask(listed.requireAuth("access_as_user"), { token: await bearer() })).status).toBe(403);
    const revoked = await createProgram({}, { revokedAtSeconds: () => 4_000_000_000 });
    expect((await revoked.app.ask(revoked.requireAuth("access_as_user"), { token: await bearer() })).status).toBe(403);
    expect(readRefusals(listed.io)).toMatchObject([{ reason: "client_not_allowed" }]);
    expect(readRefusals(revoked.io)).toMatchObject([{ reason: "token_revoked" }]);
  });

  it("refuses every caller without a valid verifier, or with more than one", async () => {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    vi.resetModules();
    const adapter = await import("../../src/adapters/daloy.ts");
    const [app, token] = [createApp(), await bearer()];
    const hooks = adapter.requireAuth("access_as_user");
    const outcomes = [await app.ask(hooks, { token }), await app.ask(hooks, { token }, { verifier: {} })];
    // DaloyJS runs the hooks of the app for a path without a route too.
    expect((await hooks.preBody({ request: createQuestion("/none", { token }), state: {} }))?.status).toBe(500);
    const plugins = [1, 2].map(() => adapter.createEntraPlugin(validEnvironment, {}, createAdapterIo()));
    for (const plugin of plugins) app.register(plugin);
    outcomes.push(await app.ask(hooks, { token }));
    for (const outcome of outcomes)
      expect([outcome.status, await outcome.json()]).toMatchObject([
        500,
        { detail: "The server is misconfigured. Contact the operator." },
      ]);
    app.decorate("verifier", plugins[1]?.verifier);
    expect((await app.ask(hooks, { token })).status).toBe(200);
    const faults = lines.mock.calls.map(([line]) => JSON.parse(line)).filter(({ event }) => event === "misconfigured");
    expect(faults.map(({ fault }) => fault)).toEqual([
      "GET /me: requireAuth found no verifier",
      "GET /me: requireAuth found no verifier",
      "requireAuth found no verifier",
      'GET /me: requireAuth found several plugins. Select one before the routes, with app.decorate("verifier", …)',
    ]);
  });

  it.each([
    [
      "scopes",
      "https://orders.contoso.com/read",
      'the full name, for requests to Entra. Tokens have the short name "read"',
    ],
    ["clients", "my-app", "not a GUID"],
  ])(
    "refuses every caller with %s that only tokens of other providers have, and says so",
    async (name, item, problem) => {
      const lines = vi.spyOn(console, "log").mockImplementation(() => {});
      const { app, requireAuth } = await createProgram();
      const hooks = requireAuth({ anyScope: ["access_as_user"], [name]: [item] });
      expect((await app.ask(hooks, { token: await bearer() })).status).toBe(500);
      expect(lines.mock.calls.map(([line]) => JSON.parse(line))).toContainEqual({
        event: "misconfigured",
        level: "error",
        fault: `GET /me: ${name} of a requirement has "${item}", which is ${problem}`,
      });
      const verifier = {
        verify: async () => ({ sub: "alice", scopes: ["access_as_user", item], claims: {}, azp: item }),
      };
      expect((await app.ask(hooks, { token: "Bearer opaque" }, { verifier })).status).toBe(200);
    },
  );

  it("refuses every caller with an authority that the plugin does not declare, and says so", async () => {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    const { app, requireAuth } = await createProgram();
    const hooks = requireAuth({ anyScope: ["access_as_user"], from: ["default", "customers"] });
    expect((await app.ask(hooks, { token: await bearer() })).status).toBe(500);
    expect(lines.mock.calls.map(([line]) => JSON.parse(line))).toContainEqual({
      event: "misconfigured",
      level: "error",
      fault: expect.stringContaining('GET /me: from has "customers", which the gate does not declare'),
    });
  });

  it("refuses a caller of hooks that share no authority, and says so", async () => {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    const ofCustomers = {
      ENTRA_CUSTOMERS_AUTHORITY: "https://customers.ciamlogin.com",
      ENTRA_CUSTOMERS_TENANT_ID: "44444444-4444-4444-8444-444444444444",
      ENTRA_CUSTOMERS_API_AUDIENCE: "55555555-5555-4555-8555-555555555555",
    };
    const options = { authorities: authorities("customers") };
    const { requireAuth, scope, createEntraPlugin } = await createProgram(ofCustomers, options);
    const other = createEntraPlugin({ ...validEnvironment, ...ofCustomers }, options, createAdapterIo());
    const [employees, customers, both] = [["default"], ["customers"], ["default", "customers"]].map((from) =>
      requireAuth({ scopes: ["access_as_user"], from }),
    );
    const request = createQuestion("/me", { token: await bearer() });
    const ask = async (...bundles: readonly (typeof employees)[]) => {
      const state: Record<string, unknown> = { ...scope };
      const statuses: unknown[] = [];
      for (const hooks of bundles) {
        // A hook of the app can select another plugin.
        if (hooks === undefined) state.verifier = other.verifier;
        else statuses.push((await hooks.preBody({ request, state, routePath: "/me" }))?.status);
      }
      return statuses;
    };
    expect(await ask(employees, both, customers)).toEqual([undefined, undefined, 500]);
    expect(lines.mock.calls.map(([line]) => JSON.parse(line))).toContainEqual({
      event: "misconfigured",
      level: "error",
      fault: expect.stringContaining("GET /me: its requirements share no authority"),
    });
    // `some` of DaloyJS goes on after a refusal, and a caller need not meet what refused it.
    expect(await ask(customers, employees)).toEqual([403, undefined]);
    expect(await ask(employees, undefined, customers)).toEqual([undefined, 403]);
  });

  it.each([
    "https://api.contoso.example#/me",
    "https://api.contoso.example?/me",
    String.raw`https://api.contoso.example\open?/me`,
    "https://api.contoso.example/files/../open",
    "https://api.contoso.example/files/:$x/me",
    "https://api.contoso.example/%25u006de",
  ])("refuses %s in onRequest too, because DaloyJS's except skips preBody and parses the path anew", async (url) => {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    const { onRequest, onError, onSend } = requireAuth("orders.read");
    const ask = (at: string) => onRequest({ method: "GET", url: at, headers: new Headers() } as Request);
    const errors: unknown[] = [];
    try {
      ask(url);
    } catch (error) {
      errors.push(error);
    }
    const refusal = onError(errors[0]);
    expect(refusal?.status).toBe(404);
    refusal?.headers.set("cache-control", "public");
    expect(onSend(refusal as Response, undefined)?.headers.get("cache-control")).toBe("private");
    expect(JSON.parse(lines.mock.calls[0]?.[0])).toMatchObject({ event: "refused", reason: "path_ambiguous" });
    expect(onError(new Error("of the app"))).toBeUndefined();
    ask("https://api.contoso.example/me?next=/../open");
    ask("http://api.contoso.example/health");
  });

  it("has the members that DaloyJS checks when it starts in production", () => {
    expect(Reflect.get(requireAuth("orders.read"), Symbol.for("daloyjs.auth.hook"))).toBe(true);
  });
});

describe("a caller that no longer may call", () => {
  const twoHoursMs = 2 * 3_600_000;
  const open = async (options?: EntraOptions) => {
    const program = await createProgram({}, options);
    const context: HookContext = {
      request: createQuestion("/me", { token: await bearer() }),
      state: { ...program.scope },
      routePath: "/me",
    };
    return { ...program, context };
  };

  it.each(["the token expires", "the caller is revoked"])(
    "is refused by checkAgain if %s before the handler, and hooks after that do not see it",
    { tags: ["expiry", "refused-callers"] },
    async (change) => {
      const isExpiring = change === "the token expires";
      let isRevoked = false;
      const revokedAtSeconds = () => (isRevoked ? 4_000_000_000 : undefined);
      const world = await open(isExpiring ? {} : { revokedAtSeconds });
      const { checkAgain, context, io } = world;
      const hooks = world.requireAuth("access_as_user");
      expect(await hooks.preBody(context)).toBeUndefined();
      expect(checkAgain.beforeHandle(context)).toBeUndefined();
      if (!isExpiring) io.jump(30_000);
      expect(await checkAgain.beforeHandle(context)).toBeUndefined();
      expect(context.state.principal).toMatchObject({ oid: user });
      // The guard was asked again, so that its answer holds again.
      expect(checkAgain.beforeHandle(context)).toBeUndefined();
      isRevoked = true;
      io.jump(isExpiring ? twoHoursMs : 30_000);
      const refusal = await checkAgain.beforeHandle(context);
      expect([refusal?.status, "principal" in context.state]).toEqual([isExpiring ? 401 : 403, false]);
      refusal?.headers.set("cache-control", "public");
      expect(hooks.onSend(refusal as Response, context)?.headers.get("cache-control")).toBe("private");
      expect(readRefusals(io)).toMatchObject([
        { reason: isExpiring ? "expired" : "token_revoked", route: "GET /me", tenant },
      ]);
    },
  );

  it("is not in the state if a second requireAuth refuses it", { tags: "refused-callers" }, async () => {
    const { requireAuth, context } = await open();
    expect(await requireAuth("access_as_user").preBody(context)).toBeUndefined();
    expect(context.state.principal).toMatchObject({ oid: user });
    expect((await requireAuth("orders.read").preBody(context))?.status).toBe(403);
    expect(context.state).not.toHaveProperty("principal");
  });

  it("does not exist for checkAgain without requireAuth, which refuses the request and says so", async () => {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    const { checkAgain, context } = await open();
    context.state.principal = { oid: user };
    expect((await checkAgain.beforeHandle(context))?.status).toBe(500);
    expect(context.state).not.toHaveProperty("principal");
    const [fault] = lines.mock.calls.map(([line]) => JSON.parse(line)).filter(({ event }) => event === "misconfigured");
    expect(fault).toMatchObject({ fault: "GET /me: checkAgain found no caller. Put requireAuth before it" });
  });
});

describe("a response behind requireAuth", () => {
  it("is never shared, except for a request without a token that nobody refused", async () => {
    const { app, requireAuth } = await createProgram();
    const hooks = requireAuth("access_as_user");
    const { headers } = await app.ask(hooks, { token: await bearer() });
    expect([headers.get("cache-control"), headers.get("vary")]).toEqual(["private", "Authorization"]);
    const context = (token?: string): HookContext => ({
      request: createQuestion("/me", token ? { token } : {}),
      state: {},
    });
    const open = new Response("open", { headers: { "cache-control": "public" } });
    expect(hooks.onSend(open, context())).toBeUndefined();
    expect(hooks.onSend(open, context("Bearer x"))?.headers.get("cache-control")).toBe("private");
    expect(hooks.onSend(open, undefined)?.headers.get("cache-control")).toBe("private");
    const refused = context();
    expect((await hooks.preBody(refused))?.status).toBe(401);
    expect(hooks.onSend(open, refused)?.headers.get("cache-control")).toBe("private");
    const admitted = context(await bearer());
    expect(await hooks.preBody(admitted)).toBeUndefined();
    // In some runtimes, hooks of the app can change the request.
    admitted.request.headers.delete("authorization");
    expect(hooks.onSend(open, admitted)?.headers.get("cache-control")).toBe("private");
    // The app may still hold its own response, and changes to it have no effect.
    expect(open.headers.get("cache-control")).toBe("public");
  });
});

describe("registration", () => {
  it.each([requireAuth, anyOf])("fails if DaloyJS gets the function $name itself as hooks", (uncalled) => {
    // DaloyJS looks for this member when it declares a route.
    expect(() => Reflect.get(uncalled, "preBody")).toThrow(
      new TypeError('requireAuth and anyOf must be called. Write hooks: requireAuth("…")'),
    );
  });

  it("has several plugins in one app, which DaloyJS registers by name and seed", () => {
    const other = authPlugin({ verify: async () => ({ sub: "alice", claims: {} }) });
    const plugins = [
      entraPlugin,
      createEntraPlugin(validEnvironment),
      createEntraPlugin(validEnvironment),
      other,
      other,
    ];
    const keys = plugins.map(({ name, seed }) => (seed ? `${name}#${seed}` : name));
    // Another plugin can name `entra` as its dependency.
    expect(keys[0]).toBe("entra");
    expect(new Set(keys).size).toBe(4);
  });

  it.each([
    () => requireAuth(),
    () => requireAuth({}),
    () => requireAuth("api://orders/orders.read"),
    () => anyOf(requireAuth({ anyScope: [`${client}/orders.read`] })),
    () => anyOf(),
    () => anyOf({ requirement: { anyOf: [{ kind: "user" }] } }),
    () => createEntraPlugin({}),
    () => createEntraPlugin({ ...validEnvironment, allowedClients: [client] } as object),
    () => createEntraPlugin(validEnvironment, { revokedAtSeconds: undefined } as object),
    () => authPlugin({} as never),
    () => authPlugin(undefined as never),
  ])("refuses an argument that would allow every caller or have no effect: %s", (register) => {
    expect(register).toThrow(TypeError);
  });
});
