import { describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import { runtime } from "../../../src/base/common/runtime.ts";
import { facade, protectedResource } from "../../../src/extensions/mcp/mcp.ts";
import { App, anyOf, createEntraPlugin, origin, requireAuth } from "../../../src/index.ts";
import { environmentWith } from "../../support/environment.ts";
import { bearer, createGateWorld, type GateWorld } from "../../support/gate-world.ts";
import { createFakeIo } from "../../support/io.ts";

const login = "https://login.microsoftonline.com";
const documentPath = "/.well-known/oauth-protected-resource";
const gateUrl = { GATE_URL: "https://api.contoso.example https://other.contoso.example" };

/** A resource with two routes, and a route outside it. */
function createWorld(options: Parameters<typeof protectedResource>[1] = {}, changes: Record<string, unknown> = {}) {
  const routes = new App();
  routes.register(protectedResource("/mcp", options));
  routes.get("/mcp", { hooks: requireAuth("tools.read") }, origin());
  routes.get("/mcp/admin", { hooks: requireAuth({ scopes: ["tools.read", "tools.write"], acrs: ["c1"] }) }, origin());
  routes.get(
    "/mcp/any",
    { hooks: anyOf(requireAuth({ anyRole: ["A"] }), requireAuth({ anyScope: ["x", "y"] })) },
    origin(),
  );
  routes.get("/mcpx", { hooks: requireAuth("orders.read") }, origin());
  return createGateWorld({ routes, unlisted: "reject" }, { ...gateUrl, ...changes });
}

const challengeOf = async (world: GateWorld, path: string, token?: string) =>
  (await world.ask(path, token === undefined ? {} : { token })).headers.get("www-authenticate");

const bare = `Bearer realm="", authorization_uri="${login}/common/oauth2/authorize"`;
const metadata = `resource_metadata="https://api.contoso.example${documentPath}/mcp"`;
const qualified = (...names: readonly string[]) =>
  names.map((name) => `https://api.contoso.example/mcp/${name}`).join(" ");

describe("an app without a configuration", () => {
  it.each([
    [
      "requireAuth",
      (app: App) => app.get("/mcp", { hooks: requireAuth("a") }, () => ({ status: 200 })),
      "route GET /mcp: requireAuth",
    ],
    [
      "public routes",
      (app: App) => app.get("/mcp", { public: true }, () => ({ status: 200 })),
      "protected resource /mcp",
    ],
  ])("serves no metadata, because no address is known: with %s", async (_, declare, what) => {
    const io = createFakeIo();
    const authorizationServer = facade({ clientId: tenants.contoso.id, callback: "/oauth/callback" });
    const app = new App({}, io);
    declare(app.register(protectedResource("/mcp", { authorizationServer })));
    for (const path of [`${documentPath}/mcp`, "/.well-known/oauth-authorization-server", "/authorize", "/mcp"]) {
      expect([path, (await app.request(path)).status]).toEqual([path, 500]);
    }
    const fault = `${what} requires app.register(entraPlugin), or createGate({ routes: app })`;
    expect(io.lines).toContainEqual(expect.objectContaining({ event: "misconfigured", fault }));
  });
});

describe("the metadata of a resource", () => {
  it("is made from the configuration, for any caller", async () => {
    const options = { name: "Orders", documentation: "https://docs.contoso.example/mcp" };
    const world = createWorld(options);
    const response = await world.ask(`${documentPath}/mcp`, { headers: { "x-forwarded-host": "evil.example" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("public, max-age=3600");
    expect(await response.json()).toEqual({
      resource: "https://api.contoso.example/mcp",
      authorization_servers: [`${login}/${tenants.contoso.id}/v2.0`],
      scopes_supported: qualified("tools.read", "tools.write", "x", "y").split(" "),
      bearer_methods_supported: ["header"],
      resource_name: "Orders",
      resource_documentation: "https://docs.contoso.example/mcp",
    });
    const other = await world.ask(`https://other.contoso.example${documentPath}/mcp`);
    expect(await other.json()).toMatchObject({ resource: "https://api.contoso.example/mcp" });
  });

  it("is readable by pages of any origin", async () => {
    const world = createWorld();
    const headers = { origin: "https://client.example" };
    const response = await world.ask(`${documentPath}/mcp`, { headers });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const preflight = await world.ask(`${documentPath}/mcp`, {
      method: "OPTIONS",
      headers: {
        ...headers,
        "access-control-request-method": "GET",
        "access-control-request-headers": "mcp-protocol-version, x-other",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("mcp-protocol-version");
  });

  it("of the whole origin is at the root", async () => {
    const routes = new App().register(protectedResource("/")).get("/a", { hooks: requireAuth("a") }, origin());
    const world = createGateWorld({ routes, unlisted: "reject" }, gateUrl);
    expect(await (await world.ask(documentPath)).json()).toMatchObject({
      resource: "https://api.contoso.example",
      scopes_supported: ["https://api.contoso.example/a"],
    });
    expect(await challengeOf(world, "/a")).toBe(
      `${bare}, scope="https://api.contoso.example/a", resource_metadata="https://api.contoso.example${documentPath}"`,
    );
  });

  it("names the tenants in their order, and configured scopes", async () => {
    const allowed = { ENTRA_ALLOWED_TENANTS: `${tenants.fabrikam.id} ${tenants.contoso.id}` };
    const document = await (await createWorld({ scopes: ["tools.read"] }, allowed).ask(`${documentPath}/mcp`)).json();
    expect(document).toMatchObject({
      authorization_servers: [`${login}/${tenants.fabrikam.id}/v2.0`, `${login}/${tenants.contoso.id}/v2.0`],
      scopes_supported: [qualified("tools.read")],
    });
  });
});

describe("a challenge for a route of a resource", () => {
  it("names the metadata and all scopes of the route, qualified by the resource", async () => {
    const world = createWorld();
    expect(await challengeOf(world, "/mcp")).toBe(`${bare}, scope="${qualified("tools.read")}", ${metadata}`);
    expect(await challengeOf(world, "/mcp/admin")).toBe(
      `${bare}, scope="${qualified("tools.read", "tools.write")}", ${metadata}`,
    );
    expect(await challengeOf(world, "/mcp/any")).toBe(`${bare}, scope="${qualified("x")}", ${metadata}`);
  });

  it("names both for an invalid token, and for a token that lacks a scope", async () => {
    const world = createWorld();
    expect(await challengeOf(world, "/mcp", "Bearer a.b.c")).toBe(
      `${bare}, error="invalid_token", scope="${qualified("tools.read")}", ${metadata}`,
    );
    const response = await world.ask("/mcp", { token: await bearer() });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toBe(
      `${bare}, error="insufficient_scope", scope="${qualified("tools.read")}", ${metadata}`,
    );
  });

  it("does not suggest another sign-in if only a person can satisfy an authentication context", async () => {
    const world = createWorld();
    const scopes = ["tools.read", "tools.write"];
    const response = await world.ask("/mcp/admin", { token: await bearer({ scopes }) });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toBe(`${bare}, ${metadata}`);
    const problem = (await response.json()) as { detail: string; instance: string };
    expect(problem.detail).toContain("authentication context c1");
    expect(problem.instance).toBe(`urn:uuid:${world.refusals()[0]?.id}`);
  });

  it("keeps the claims for a client that handles claims challenges", async () => {
    const token = await bearer({ client: "cae-spa", scopes: ["tools.read", "tools.write"] });
    const challenge = await challengeOf(createWorld(), "/mcp/admin", token);
    expect(challenge).toMatch(/, error="insufficient_claims", claims="[\w+/=]+", resource_metadata="[^"]+"$/);
  });

  it("is not added to a response of the origin", async () => {
    const world = createWorld();
    world.answerWith(() => new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer realm=""' } }));
    expect(await challengeOf(world, "/mcp", await bearer({ scopes: ["tools.read"] }))).toBe('Bearer realm=""');
  });
});

describe("other routes", () => {
  it("keep their challenge unchanged", { tags: "metadata" }, async () => {
    const world = createWorld();
    const routes = new App().get("/mcpx", { hooks: requireAuth("orders.read") }, origin());
    const without = createGateWorld({ routes, unlisted: "reject" }, gateUrl);
    for (const token of [undefined, "Bearer a.b.c", await bearer()]) {
      expect(await challengeOf(world, "/mcpx", token)).toBe(await challengeOf(without, "/mcpx", token));
    }
    expect(await challengeOf(world, "/mcpx")).toBe(bare);
    expect(await challengeOf(world, "/mcp/unlisted")).toBe(bare);
  });

  it("belong to the most specific resource", async () => {
    const routes = new App();
    routes.register(protectedResource("/a")).register(protectedResource("/a/b"));
    routes.get("/a/b/c", { hooks: requireAuth("x") }, origin()).get("/a/x", { hooks: requireAuth("y") }, origin());
    const world = createGateWorld({ routes, unlisted: "reject" }, gateUrl);
    expect(await challengeOf(world, "/a/b/c")).toContain('scope="https://api.contoso.example/a/b/x"');
    expect(await challengeOf(world, "/a/x")).toContain(`${documentPath}/a"`);
    expect(await (await world.ask(`${documentPath}/a`)).json()).toMatchObject({
      scopes_supported: ["https://api.contoso.example/a/y"],
    });
  });
});

describe("a document that does not exist", () => {
  const unknown = [
    documentPath,
    `${documentPath}/other`,
    `${documentPath}/mcp/`,
    `${documentPath}/MCP`,
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/mcp/x",
    "/.well-known/openid%2Dconfiguration",
  ];
  const page = { origin: "https://client.example" };
  const preflight = { ...page, "access-control-request-headers": "mcp-protocol-version" };

  it.each(["guard", "reject"] as const)(
    "gets 404 with CORS before authentication, with unlisted: %j",
    async (unlisted) => {
      const routes = new App().register(protectedResource("/mcp")).use(requireAuth("tools.read"));
      const world = createGateWorld({ routes, unlisted }, { ...gateUrl, GATE_MODE: "report" });
      for (const path of unknown) {
        for (const method of ["GET", "HEAD"]) {
          const response = await world.ask(path, { method, headers: page });
          expect([path, method, response.status]).toEqual([path, method, 404]);
          expect(response.headers.get("access-control-allow-origin")).toBe("*");
          expect(response.headers.get("cache-control")).toBe("no-store");
          expect(response.headers.has("www-authenticate")).toBe(false);
          const asked = await world.ask(path, {
            method: "OPTIONS",
            headers: { ...preflight, "access-control-request-method": method },
          });
          // A browser drops the request if the status of its preflight is not one of success.
          expect([asked.status, asked.headers.get("access-control-allow-headers")]).toEqual([
            204,
            "mcp-protocol-version",
          ]);
        }
      }
      expect(world.forwarded).toEqual([]);
      expect(world.refusals()[0]).toMatchObject({ route: "no-document", reason: "not_found_error", status: 404 });
    },
  );

  it("gets the same from an App that serves itself, whatever the app requires", async () => {
    const app = new App().register(createEntraPlugin({ ...environmentWith({}), GATE_URL: "https://app.example" }));
    app.register(protectedResource("/mcp")).use(requireAuth("tools.read"));
    for (const path of unknown) {
      const response = await app.request(path, { headers: page });
      expect([path, response.status, response.headers.get("access-control-allow-origin")]).toEqual([path, 404, "*"]);
    }
    expect((await app.request("/unlisted")).status).toBe(401);
    expect((await app.request(unknown[0]!, { method: "POST" })).status).toBe(401);
  });

  it.each([
    ["a path that is not below", "GET", "/.well-known/oauth-protected-resources"],
    ["another name", "GET", "/.well-known/security.txt"],
    ["another letter case", "GET", "/.well-known/OpenID-Configuration"],
    ["another folder", "GET", "/x/.well-known/openid-configuration"],
    ["the resource's own path", "GET", "/mcp/.well-known/openid-configuration"],
    ["another method", "POST", "/.well-known/openid-configuration"],
    ["OPTIONS without a preflight", "OPTIONS", "/.well-known/openid-configuration"],
  ])("is not meant by %s, which still needs a token", { tags: "look-alike-documents" }, async (_, method, path) => {
    const response = await createWorld().ask(path, { method });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([401, null]);
  });

  it.each(["POST", "PUT", "get", "constructor"])("is not meant by a preflight for %s", async (method) => {
    const headers = { ...preflight, "access-control-request-method": method };
    const response = await createWorld().ask("/.well-known/openid-configuration", { method: "OPTIONS", headers });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([204, null]);
  });

  it("is served by a route that covers its path", async () => {
    const routes = new App().register(protectedResource("/mcp"));
    routes.get("/.well-known/openid-configuration", { hooks: requireAuth("tools.read") }, origin());
    routes.get("/.well-known/:name/x", { hooks: requireAuth("tools.read") }, origin());
    const world = createGateWorld({ routes, unlisted: "reject" }, gateUrl);
    const token = await bearer({ scopes: ["tools.read"] });
    for (const path of [
      "/.well-known/openid-configuration",
      "/.well-known/openid-configuration/x",
      `${documentPath}/x`,
    ]) {
      for (const method of ["GET", "HEAD"]) {
        expect((await world.ask(path, { method })).status).toBe(401);
        expect((await world.ask(path, { method, token })).status).toBe(200);
      }
    }
    expect((await world.ask("/.well-known/oauth-authorization-server")).status).toBe(404);
  });

  it("needs a token in an app without a resource", async () => {
    const routes = new App().get("/a", { hooks: requireAuth("a") }, origin());
    const world = createGateWorld({ routes, unlisted: "reject" }, gateUrl);
    for (const path of unknown) expect((await world.ask(path)).status).toBe(401);
  });

  it.each(["/.well-known//openid-configuration", "/.well-known/openid-configuration/%2e%2e%2fx"])(
    "is not meant by the ambiguous path %s",
    async (path) => {
      const world = createWorld();
      const response = await world.ask(path);
      expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([404, null]);
      expect(world.refusals()[0]).toMatchObject({ reason: "path_ambiguous" });
    },
  );
});

describe("a gate with a resource", () => {
  it("needs GATE_URL", async () => {
    const world = createWorld({}, { GATE_URL: undefined });
    expect((await world.ask("/mcp")).status).toBe(500);
    expect(world.io.lines).toContainEqual({
      event: "misconfigured",
      level: "error",
      fault: expect.stringMatching(
        runtime.isWorkers
          ? /^GATE_URL is required, because a protected resource/
          : /^GATE_URL is required outside Cloudflare/,
      ),
    });
  });

  it.each(["mcp", "/mcp/", "/:mcp", "/mcp/*", "/a/../b", "/a b", "/.", "//a", 1, undefined])(
    "must not have the path %j",
    (path) => {
      expect(() => protectedResource(path as "/mcp")).toThrow("path must look like /mcp");
    },
  );

  it.each([
    [{ name: "" }, "name must be text"],
    [{ documentation: "http://docs.example" }, "documentation must be a URL"],
    [{ scopes: [] }, "scopes must be a list"],
    [{ scopes: ["a b"] }, 'scopes has "a b", which is not one name'],
    [
      { scopes: ["tools.read", "https://api.contoso.example/mcp/tools.write"] },
      'write", which is the full name, for requests to Entra. Tokens have the short name "tools.write"',
    ],
    [{ authorizationServer: {} }, "authorizationServer must be facade("],
    [{ title: "x" }, 'protectedResource: unknown option "title"'],
  ])("refuses %j", (options, message) => {
    expect(() => protectedResource("/mcp", options as never)).toThrow(message);
  });

  it("refuses a prefix, and the same resource twice", () => {
    expect(() => new App().register(protectedResource("/mcp"), { prefix: "/v1" })).toThrow("must not have a prefix");
    const app = new App().register(protectedResource("/mcp"));
    expect(() => app.register(protectedResource("/mcp"))).toThrow("is already registered");
  });
});
