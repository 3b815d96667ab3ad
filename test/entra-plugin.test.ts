import { describe, expect, it } from "vitest";
import { App } from "../src/app/app.ts";
import { origin } from "../src/app/build/origin.ts";
import { requireAuth } from "../src/app/types/auth.ts";
import type { Environment } from "../src/core/config/variables.ts";
import type { EntraPluginOptions } from "../src/core/guard/entra-options.ts";
import { createEntraPlugin, entraPlugin } from "../src/entra-plugin.ts";
import { tenant, user } from "./support/claims.ts";
import { environmentWith, plainLog } from "./support/environment.ts";
import { bearer, entra } from "./support/gate-world.ts";
import { createFakeIo } from "./support/io.ts";

const login = "https://login.microsoftonline.com/";
const environment = environmentWith({
  ...plainLog,
  ENTRA_REQUIRED_SCOPE: undefined,
  ORIGIN_URL: "https://origin.contoso.example",
});

function createWorld(config?: Environment, decisions?: EntraPluginOptions) {
  const forwarded: Request[] = [];
  const io = createFakeIo({
    fetch(request) {
      if (request.url.startsWith(login)) return entra.fetch(request);
      forwarded.push(request);
      return new Response("of the origin");
    },
  });
  const app = new App({}, io)
    .register(createEntraPlugin(config, decisions, io))
    .get("/me", { middleware: [requireAuth("access_as_user")] }, ({ state }) => ({
      status: 200,
      body: state.principal.oid,
    }))
    .get("/origin/*", { middleware: [requireAuth("access_as_user")] }, origin())
    .get("/open", { public: true }, () => ({ status: 200 }));
  return {
    io,
    forwarded,
    ask: (path: string, authorization?: string, env: object | null = environment) =>
      app.request(path, { headers: authorization === undefined ? {} : { authorization } }, env as object),
    reasons: () => io.lines.flatMap(({ reason }) => reason ?? []),
  };
}

describe("entraPlugin", () => {
  it("allows only callers with a valid token that meets the route's requirement", async () => {
    const world = createWorld();
    const answer = await world.ask("/me", await bearer());
    expect([answer.status, await answer.json(), answer.headers.get("cache-control")]).toEqual([200, user, "no-store"]);
    const refused = [
      await world.ask("/me"),
      await world.ask("/me", await bearer({ claims: { aud: "x" } })),
      await world.ask("/me", await bearer({ scopes: ["orders.read"] })),
      await world.ask("/me", await bearer({ client: "daemon" })),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 403, 403]);
    expect(refused[0]?.headers.get("www-authenticate")).toContain(`${login}common/oauth2/authorize`);
    expect(world.reasons()).toEqual(["credential_missing", "audience_mismatch", "scope_missing", "kind_not_allowed"]);
  });

  it("requires no token on a public route", async () => {
    expect((await createWorld().ask("/open", "Bearer nonsense")).status).toBe(200);
  });

  it("forwards the caller's identity, and no header that the client forged", async () => {
    const world = createWorld();
    expect(await (await world.ask("/origin/a", await bearer())).text()).toBe("of the origin");
    expect((await world.ask("/origin/a")).status).toBe(401);
    expect(world.forwarded.map(({ url, headers }) => [url, headers.get("x-entra-tenant")])).toEqual([
      ["https://origin.contoso.example/origin/a", tenant],
    ]);
  });

  it("serves no health page, so no route at its path is open to probes by plain HTTP or under another host", async () => {
    const world = createWorld();
    const env = {
      ...environment,
      GATE_HEALTH: "public",
      GATE_HEALTH_PATH: "/me",
      GATE_URL: "https://api.contoso.example",
    };
    const token = await bearer();
    expect((await world.ask("https://api.contoso.example/me", token, env)).status).toBe(200);
    for (const url of ["http://api.contoso.example/me", "https://192.0.2.1/me"]) await world.ask(url, token, env);
    expect(world.reasons()).toEqual(["plaintext_transport", "host_not_served"]);
  });

  it("accepts its configuration in code, with the same names, instead of any environment", async () => {
    const { ORIGIN_URL: _, ...config } = environment;
    const world = createWorld(config);
    expect((await world.ask("/me", await bearer(), { ENTRA_TENANT_ID: "nonsense" })).status).toBe(200);
    expect((await world.ask("/me", await bearer(), null)).status).toBe(200);
  });

  it("refuses every caller if its configuration is missing or faulty, and logs the reason", async () => {
    for (const env of [{}, null, { ...environment, ENTRA_TENANT_ID: "nonsense" }]) {
      const world = createWorld();
      expect((await world.ask("/me", await bearer(), env)).status).toBe(500);
      expect((await world.ask("/origin/a", await bearer(), env)).status).toBe(500);
      expect(world.reasons()).toEqual(["misconfigured", "misconfigured"]);
      expect(world.io.lines).toContainEqual(
        expect.objectContaining({
          event: "misconfigured",
          level: "error",
          fault: expect.stringContaining("ENTRA_TENANT_ID"),
        }),
      );
      expect((await world.ask("/open", undefined, env)).status).toBe(500);
    }
  });

  it("follows the options in code", async () => {
    const revoked = createWorld(undefined, { revokedAtSeconds: () => 4_000_000_000 });
    expect((await revoked.ask("/me", await bearer())).status).toBe(403);
    const foreign = createWorld(undefined, { isTenantAllowed: () => false });
    expect((await foreign.ask("/me", await bearer())).status).toBe(401);
    expect([revoked.reasons(), foreign.reasons()]).toEqual([["token_revoked"], ["tenant_not_allowed"]]);
  });

  it("reports every fault of a configuration in code at once, when it is created", () => {
    // @ts-expect-error a misspelled variable
    const make = () => createEntraPlugin({ ENTRA_TENANT_ID: "nonsense", ENTRA_API_AUDIENC: "x" });
    for (const variable of ["ENTRA_TENANT_ID", "ENTRA_API_AUDIENC ", "ENTRA_API_AUDIENCE"])
      expect(make).toThrow(variable);
    expect(make).toThrow(TypeError);
    const lost = { ...environment, ENTRA_ALLOWED_CLIENTS: undefined };
    // @ts-expect-error a variable without a value
    expect(() => createEntraPlugin(lost)).toThrow("createEntraPlugin: ENTRA_ALLOWED_CLIENTS is undefined");
  });

  it.each([
    [{ revokedAt: () => 0 }, 'createEntraPlugin: unknown option "revokedAt"'],
    [{ isTenantAllowed: undefined }, "isTenantAllowed is undefined"],
    [{ isTenantAllowed: true }, "createEntraPlugin: isTenantAllowed must be a function"],
    [{ originMilliseconds: 0 }, "originMilliseconds must be a whole number above 0"],
    [{ originFetch: "undici" }, "createEntraPlugin: originFetch must be a function"],
  ])("refuses an unknown option: %j", (decisions, problem) => {
    expect(() => createEntraPlugin(undefined, decisions as EntraPluginOptions)).toThrow(problem);
  });

  it.each([
    "isTenantAllowed",
    "revokedAtSeconds",
    "originMilliseconds",
    "originFetch",
    "downstream",
    "issuer",
    "trace",
  ])("refuses %s in the configuration, where it would be ignored", (name) => {
    const problem = `${name} must be in the second argument. Write createEntraPlugin(config, { ${name} })`;
    expect(() => createEntraPlugin({ ...environment, [name]: () => 0 })).toThrow(
      new TypeError(`createEntraPlugin: ${problem}`),
    );
  });

  it("refuses options of its registration, which would have no effect", () => {
    const app = new App();
    expect(() => app.register(createEntraPlugin(), { hooks: requireAuth("orders.read") })).toThrow(
      new TypeError("register: entraPlugin has no routes, so its options have no effect. Call app.use(…)"),
    );
  });

  it("is registered once, in any scope, for the whole app", async () => {
    const app = new App().group("/inner", {}, (inner) => void inner.register(entraPlugin));
    expect(() => app.register(entraPlugin)).toThrow(new TypeError("guard: the app already has one"));
    expect(() => app.get("/a", {}, () => ({ status: 200 }))).toThrow("has no access rule");
  });
});
