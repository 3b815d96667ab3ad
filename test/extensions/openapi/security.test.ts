import { describe, expect, it } from "vitest";
import { App } from "../../../src/app/app.ts";
import { origin } from "../../../src/app/build/origin.ts";
import { anyOf, requireAuth } from "../../../src/app/types/auth.ts";
import { authorities } from "../../../src/extensions/authorities/authorities.ts";
import { openapi } from "../../../src/extensions/openapi/openapi.ts";
import { createGateWorld } from "../../support/gate-world.ts";
import { describeApp, done, type Json } from "../../support/openapi/describe-app.ts";

const tenant = "c0c0c0c0-0000-4000-8000-000000000001";

describe("the document's security", () => {
  const userRoute = (app: App) => void app.get("/a", { hooks: requireAuth("orders.read") }, done);

  it("describes sign-in at the tenant, for the API's scopes", async () => {
    const { document } = await describeApp(userRoute, {
      ENTRA_TENANT_ID: tenant,
      ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
    });
    const base = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0`;
    const scope = "api://22222222-3333-4444-5555-666666666666/orders.read";
    expect(document.components.securitySchemes).toEqual({
      oauth2: {
        type: "oauth2",
        flows: {
          authorizationCode: {
            authorizationUrl: `${base}/authorize`,
            tokenUrl: `${base}/token`,
            scopes: { [scope]: "orders.read" },
          },
        },
      },
    });
    expect(document.paths["/a"].get.security).toEqual([{ oauth2: [scope] }]);
  });

  it("names no tenant if there are several, and prefers an App ID URI", async () => {
    const { document } = await describeApp(userRoute, {
      ENTRA_TENANT_ID: "organizations",
      ENTRA_ALLOWED_TENANTS: `${tenant}, fab1fab1-0000-4000-8000-000000000002`,
      ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666 api://orders",
    });
    const { authorizationUrl, scopes } = document.components.securitySchemes.oauth2.flows.authorizationCode;
    expect(authorizationUrl).toBe("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize");
    expect(scopes).toEqual({ "api://orders/orders.read": "orders.read" });
    expect(JSON.stringify(document)).not.toContain(tenant);
  });

  it("describes the requirement of each route", async () => {
    const audience = { ENTRA_API_AUDIENCE: "api://orders" };
    const { document } = await describeApp((app) => {
      app.get("/public", { public: true }, done);
      app.get("/any", { hooks: requireAuth({ scopes: ["a"], anyScope: ["b", "c"], roles: ["R"] }) }, done);
      app.get("/either", { hooks: anyOf(requireAuth("a"), requireAuth({ anyRole: ["R", "S"] })) }, done);
      app.get("/named", { hooks: requireAuth("a"), auth: { scheme: "entra", scopes: ["a"] } }, done);
      app.group("/both", { hooks: anyOf(requireAuth("a"), requireAuth({ roles: ["R"] })) }, (group) => {
        group.get("/of", { hooks: anyOf(requireAuth("b"), requireAuth({ roles: ["S"] })) }, done);
      });
      app.group("/none", { hooks: requireAuth("a") }, (group) => {
        group.get("/at-all", { hooks: requireAuth({ roles: ["R"] }) }, done);
      });
    }, audience);
    const securityOf = (path: string) => document.paths[path].get.security;
    expect(securityOf("/public")).toEqual([]);
    expect(securityOf("/any")).toEqual([
      { oauth2: ["api://orders/a", "api://orders/b"] },
      { oauth2: ["api://orders/a", "api://orders/c"] },
    ]);
    expect(securityOf("/either")).toEqual([
      { oauth2: ["api://orders/a"] },
      { application: ["R"] },
      { application: ["S"] },
    ]);
    expect(securityOf("/named")).toEqual([{ entra: ["api://orders/a"] }]);
    expect(securityOf("/both/of")).toEqual([
      { oauth2: ["api://orders/a", "api://orders/b"] },
      { application: ["R", "S"] },
    ]);
    // An empty list would mean that any client may call.
    expect(securityOf("/none/at-all")).toEqual([{ oauth2: [] }]);
    expect(Object.keys(document.components.securitySchemes).sort()).toEqual(["application", "entra", "oauth2"]);
    expect(document.paths["/any"].get.responses["403"].description).toBe(
      "The caller is not a user with scope a, one of the scopes b c, role R.",
    );
  });

  const [g, h, i] = ["a", "b", "c"].map((end) => `96000000-0000-4000-8044-00000000000${end}`) as [
    string,
    string,
    string,
  ];

  it("names in extensions what no security scheme says, for all entries or for some schemes", async () => {
    const { document } = await describeApp(
      (app) => {
        app.get("/all", { hooks: requireAuth({ scopes: ["a"], roles: ["R"], acrs: ["c1"], agent: "never" }) }, done);
        app.get("/roles", { hooks: requireAuth({ kind: "user", roles: ["R"] }) }, done);
        app.get(
          "/some",
          { hooks: anyOf(requireAuth({ scopes: ["a"], roles: ["R"] }), requireAuth({ roles: ["S"] })) },
          done,
        );
        app.get("/one-of", { hooks: requireAuth({ scopes: ["a"], anyRole: ["R", "S"] }) }, done);
        app.get("/groups", { hooks: requireAuth({ scopes: ["a"], groups: [g], anyGroup: [h, i] }) }, done);
        app.group("/both", { hooks: requireAuth({ scopes: ["a"], anyGroup: [g, h] }) }, (both) => {
          both.get("/of", { hooks: requireAuth({ scopes: ["b"], anyGroup: [h, i] }) }, done);
        });
      },
      { ENTRA_API_AUDIENCE: "api://orders" },
    );
    const read = (path: string) => {
      const { get } = document.paths[path];
      return Object.fromEntries(Object.entries(get).filter(([name]) => /^security$|^x-/.test(name)));
    };
    expect(read("/all")).toEqual({
      security: [{ oauth2: ["api://orders/a"] }],
      "x-entra-roles": ["R"],
      "x-entra-acrs": ["c1"],
      "x-entra-agent": "never",
    });
    expect(read("/roles")).toEqual({ security: [{ oauth2: ["api://orders/.default"] }], "x-entra-roles": ["R"] });
    expect(read("/some")).toEqual({
      security: [{ oauth2: ["api://orders/a"] }, { application: ["S"] }],
      "x-entra-roles": { oauth2: ["R"] },
    });
    expect(read("/one-of")).toEqual({
      security: [{ oauth2: ["api://orders/a"] }, { "oauth2-2": ["api://orders/a"] }],
      "x-entra-roles": { oauth2: ["R"], "oauth2-2": ["S"] },
    });
    expect(read("/groups")).toEqual({
      security: [{ [document.paths["/groups"].get.security.flatMap(Object.keys)[0]]: ["api://orders/a"] }],
      "x-entra-groups": [g],
      "x-entra-any-group": [h, i],
    });
    const { security, ...extensions } = read("/both/of") as Json;
    const schemes: string[] = security.flatMap(Object.keys);
    expect(security.flatMap(Object.values)).toEqual(Array(2).fill(["api://orders/a", "api://orders/b"]));
    expect(extensions).toEqual({
      "x-entra-groups": { [schemes[0]!]: [h], [schemes[1]!]: [i] },
      "x-entra-any-group": [g, h],
    });
    expect(document.paths["/groups"].get.responses["403"].description).toBe(
      `The caller is not a user with scope a, group ${g}, one of the groups ${h} ${i}.`,
    );
  });

  it("joins lists of groups of which one contains the other", async () => {
    const { document } = await describeApp((app) => {
      app.group("/both", { hooks: requireAuth({ scopes: ["a"], anyGroup: [g, h, i] }) }, (both) => {
        both.get("/narrower", { hooks: requireAuth({ scopes: ["a"], anyGroup: [i, h] }) }, done);
        both.group("/again", { hooks: requireAuth({ scopes: ["a"], anyGroup: [h] }) }, (again) => {
          again.get("/wider", { hooks: requireAuth({ scopes: ["a"], anyGroup: [g, h] }) }, done);
        });
      });
    });
    const { get: narrower } = document.paths["/both/narrower"];
    expect([narrower.security.length, narrower["x-entra-groups"], narrower["x-entra-any-group"]]).toEqual([
      1,
      undefined,
      [i, h],
    ]);
    const { get: wider } = document.paths["/both/again/wider"];
    expect([wider.security.length, wider["x-entra-groups"], wider["x-entra-any-group"]]).toEqual([1, undefined, [h]]);
  });

  it("describes a requirement of more alternatives than compile reads only in words", async () => {
    const list = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    const groups = (start: string) =>
      list(20, "").map((text) => `${start}6000000-0000-4000-8044-${text.padStart(12, "0")}`);
    const { document, gaps } = await describeApp((app) => {
      app.get("/most", { hooks: requireAuth({ anyScope: list(200, "s") }) }, done);
      app.get("/more", { hooks: requireAuth({ anyScope: list(201, "s") }) }, done);
      app.get("/product", { hooks: requireAuth({ anyScope: list(15, "s"), anyRole: list(14, "R") }) }, done);
      app.group("/groups", { hooks: requireAuth({ scopes: ["a"], anyGroup: groups("a") }) }, (both) => {
        both.group("/of", { hooks: requireAuth({ scopes: ["a"], anyGroup: groups("b") }) }, (three) => {
          three.get("/three", { hooks: requireAuth({ scopes: ["a"], anyGroup: groups("c") }) }, done);
        });
      });
    });
    const read = (path: string) => document.paths[path].get;
    expect(read("/most").security).toHaveLength(200);
    for (const path of ["/more", "/product", "/groups/of/three"]) expect(read(path).security).toEqual([{ oauth2: [] }]);
    expect(Object.keys(read("/groups/of/three")).filter((name) => name.startsWith("x-"))).toEqual([]);
    expect(read("/groups/of/three").description).toContain(`one of the groups ${groups("b").join(" ")}`);
    expect(gaps.map(({ route, part }) => [route, part])).toEqual([
      ["GET /more", "security"],
      ["GET /product", "security"],
      ["GET /groups/of/three", "security"],
    ]);
  });

  it("has the gate's default requirement for a route that declares none", async () => {
    const routes = new App().register(openapi({ public: true })).get("/a", {}, origin());
    const document: Json = await (await createGateWorld({ routes }).ask("/openapi.json")).json();
    expect(document.paths["/a"].get.security).toEqual([
      { oauth2: [expect.stringMatching(/^api:\/\/.*\/access_as_user$/)] },
    ]);
    expect(Object.keys(document.paths["/a"].get.responses)).toEqual(
      expect.arrayContaining(["2XX", "401", "403", "502", "504", "default"]),
    );
  });

  it("does not contain clients and tenants", async () => {
    const client = "33333333-4444-5555-6666-777777777777";
    const { document } = await describeApp((app) =>
      app.get("/a", { hooks: requireAuth({ scopes: ["a"], clients: [client], tenants: [client] }) }, done),
    );
    expect(JSON.stringify(document)).not.toContain(client);
    expect(document.paths["/a"].get.responses["403"].description).toContain("a certain client, a certain tenant");
  });

  it("is a plain bearer token if the app has no guard", async () => {
    const app = new App().register(openapi({ public: true })).get("/a", { hooks: requireAuth("a") }, done);
    const document: Json = await (await app.request("/openapi.json")).json();
    expect(document.components.securitySchemes).toEqual({
      bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
    });
    expect(document.paths["/a"].get.security).toEqual([{ bearer: ["a"] }]);
  });
});

describe("the security of a document with two authorities", () => {
  const variables = {
    ENTRA_API_AUDIENCE: "api://orders",
    ENTRA_CUSTOMERS_AUTHORITY: "https://contoso.ciamlogin.com",
    ENTRA_CUSTOMERS_TENANT_ID: "44444444-5555-6666-7777-888888888888",
    ENTRA_CUSTOMERS_API_AUDIENCE: "55555555-6666-7777-8888-999999999999",
  };
  const employees = (scope: string) => `api://orders/${scope}`;
  const customers = (scope: string) => `api://55555555-6666-7777-8888-999999999999/${scope}`;
  const from = ["default", "customers"];

  async function read(declare: (app: App) => void) {
    const options = { authorities: authorities("customers") };
    const { document, gaps } = await describeApp(declare, variables, options);
    const operation = (path: string) =>
      Object.fromEntries(Object.entries(document.paths[path].get).filter(([name]) => /^security$|^x-/.test(name)));
    return { gaps, operation, schemes: document.components.securitySchemes };
  }

  it("has a scheme for each authority, with its endpoints and the names of its scopes", async () => {
    const { operation, schemes } = await read((app) => {
      app.get("/default", { hooks: requireAuth("a") }, done);
      app.get("/customers", { hooks: requireAuth({ scopes: ["a"], from: ["customers"] }) }, done);
      app.get("/both", { hooks: requireAuth({ scopes: ["a"], from }) }, done);
      app.get("/app", { hooks: requireAuth({ roles: ["R"], from: ["customers"] }) }, done);
    });
    expect(operation("/default")).toEqual({ security: [{ oauth2: [employees("a")] }] });
    expect(operation("/customers")).toEqual({
      security: [{ "oauth2-customers": [customers("a")] }],
      "x-entra-from": ["customers"],
    });
    expect(operation("/both")).toEqual({
      security: [{ oauth2: [employees("a")] }, { "oauth2-customers": [customers("a")] }],
      "x-entra-from": { "oauth2-customers": ["customers"] },
    });
    expect(operation("/app")).toEqual({
      security: [{ "application-customers": ["R"] }],
      "x-entra-from": ["customers"],
    });
    const base = "https://contoso.ciamlogin.com/44444444-5555-6666-7777-888888888888/oauth2/v2.0";
    const own = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0`;
    expect(schemes).toEqual({
      oauth2: oauth2({
        authorizationUrl: `${own}/authorize`,
        tokenUrl: `${own}/token`,
        scopes: { [employees("a")]: "a" },
      }),
      "oauth2-customers": oauth2({
        authorizationUrl: `${base}/authorize`,
        tokenUrl: `${base}/token`,
        scopes: { [customers("a")]: "a" },
      }),
      "application-customers": {
        type: "oauth2",
        flows: { clientCredentials: { tokenUrl: `${base}/token`, scopes: { R: "R" } } },
      },
    });
  });

  it("joins the requirements of groups for each authority", async () => {
    const { operation } = await read((app) => {
      app.group("/group", { hooks: requireAuth({ scopes: ["a"], from }) }, (group) => {
        group.get("/customers", { hooks: requireAuth({ scopes: ["b"], from: ["customers"] }) }, done);
        group.get("/default", { hooks: requireAuth("b") }, done);
      });
    });
    expect(operation("/group/customers").security).toEqual([{ "oauth2-customers": [customers("a"), customers("b")] }]);
    expect(operation("/group/default")).toEqual({ security: [{ oauth2: [employees("a"), employees("b")] }] });
  });

  it("numbers the schemes of each authority, and takes auth.scheme for those of default", async () => {
    const rule = { scopes: ["a"], anyRole: ["R", "S"] };
    const { operation, schemes } = await read((app) => {
      app.get("/a", { hooks: requireAuth({ ...rule, from }), auth: { scheme: "entra" } }, done);
    });
    expect(operation("/a")).toEqual({
      security: [
        { entra: [employees("a")] },
        { "entra-2": [employees("a")] },
        { "oauth2-customers": [customers("a")] },
        { "oauth2-customers-2": [customers("a")] },
      ],
      "x-entra-from": { "oauth2-customers": ["customers"], "oauth2-customers-2": ["customers"] },
      "x-entra-roles": { entra: ["R"], "entra-2": ["S"], "oauth2-customers": ["R"], "oauth2-customers-2": ["S"] },
    });
    const urls = Object.values<Json>(schemes).map(({ flows }) => new URL(flows.authorizationCode.tokenUrl).host);
    expect(urls.map((host) => host.split(".")[1])).toEqual([
      "microsoftonline",
      "microsoftonline",
      "ciamlogin",
      "ciamlogin",
    ]);
  });

  it("names the authorities that may call if there are too many alternatives, or none", async () => {
    const anyScope = Array.from({ length: 101 }, (_, index) => `s${index}`);
    const { operation, gaps } = await read((app) => {
      app.get("/customers", { hooks: requireAuth({ anyScope, anyRole: ["R", "S"], from: ["customers"] }) }, done);
      app.get("/both", { hooks: requireAuth({ anyScope, from }) }, done);
      app.group("/none", { hooks: requireAuth({ scopes: ["a"], from: ["customers"] }) }, (none) => {
        none.get("/at-all", { hooks: requireAuth({ roles: ["R"], from }) }, done);
      });
    });
    expect(operation("/customers")).toEqual({ security: [{ "oauth2-customers": [] }] });
    expect(operation("/both")).toEqual({ security: [{ oauth2: [] }, { "oauth2-customers": [] }] });
    expect(operation("/none/at-all")).toEqual({ security: [{ "oauth2-customers": [] }] });
    expect(gaps.map(({ part }) => part)).toEqual(["security", "security"]);
  });
});

const oauth2 = (flow: Json) => ({ type: "oauth2", flows: { authorizationCode: flow } });
