import { describe, expect, it } from "vitest";
import { App } from "../../../src/app/app.ts";
import { contentsOf } from "../../../src/app/app-contents.ts";
import type { RegisterOptions } from "../../../src/app/build/scope.ts";
import type { Plugin } from "../../../src/app/plugin.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { createAppWorld, noting } from "../../support/app-world.ts";

const ok = () => ({ status: 200 });
/** Returns `state`. */
const look = (app: App, path: `/${string}`) =>
  app.get(path, { public: true }, ({ state }) => ({ status: 200, body: state }));

describe("decorations", () => {
  it("are inherited by inner groups, and never by siblings or the parent", async () => {
    const world = createAppWorld((app) => {
      app.decorate("root", 1);
      app.group("/one", {}, (one) => {
        one.decorate("one", 2);
        one.register((inner) => void look(inner.decorate("inner", 3) as App, "/inner"));
        look(one as unknown as App, "/a");
      });
      app.register((two) => void look(two.decorate("two", 4), "/a"), { prefix: "/two" });
      look(app, "/a");
    });
    const state = async (path: string) => (await world.ask(path)).json();
    expect(await state("/a")).toEqual({ root: 1 });
    expect(await state("/one/a")).toEqual({ root: 1, one: 2 });
    expect(await state("/one/inner")).toEqual({ root: 1, one: 2, inner: 3 });
    expect(await state("/two/a")).toEqual({ root: 1, two: 4 });
  });

  it("keep the value from the declaration of a route, and no request changes them for the next", async () => {
    const world = createAppWorld((app) => {
      look(app.decorate("a", 1), "/early");
      app.decorate("b", 2);
      app.get("/change", { public: true }, ({ state }) => ({
        status: 200,
        body: Object.assign({ ...state }, Object.assign(state, { a: 9 })),
      }));
      look(app, "/late");
    });
    await world.ask("/change");
    expect(await (await world.ask("/early")).json()).toEqual({ a: 1 });
    expect(await (await world.ask("/late")).json()).toEqual({ a: 1, b: 2 });
  });

  it("cannot replace one another by accident", async () => {
    const app = new App().decorate("a", 1);
    expect(() => app.decorate("a", 2)).toThrow(
      new TypeError("decorate: state.a already exists. Pass { override: true } to replace it"),
    );
    look(app.decorate("a", 3, { override: true }), "/a");
    expect(await (await app.request("/a")).json()).toEqual({ a: 3 });
  });

  it.each(["principal", "requestId", "__proto__", "constructor", ""])("are never %j", (name) => {
    expect(() => new App().decorate(name, 1)).toThrow(TypeError);
  });
});

describe("hooks", () => {
  it("apply to routes that are declared after them, here and in groups", async () => {
    const turns: string[] = [];
    const world = createAppWorld((app) => {
      app.get("/before", { public: true }, ok);
      app.register((plugin) => {
        plugin.use(noting(turns, "plugin"));
        plugin.get("/plugin", { public: true }, ok);
      });
      app.group("/group", { hooks: noting(turns, "group") }, (group) => void group.get("/a", { public: true }, ok));
      app.get("/sibling", { public: true }, ok);
      app.use(noting(turns, "app"));
      app.get("/after", { public: true }, ok);
    });
    const owners = async (path: string) => {
      turns.length = 0;
      await world.ask(path);
      return [...new Set(turns.map((turn) => turn.split(" ")[0]))];
    };
    expect(await owners("/before")).toEqual([]);
    expect(await owners("/plugin")).toEqual(["plugin"]);
    expect(await owners("/group/a")).toEqual(["group"]);
    expect(await owners("/sibling")).toEqual([]);
    expect(await owners("/after")).toEqual(["app"]);
  });

  it("are copied, so that later changes do not affect a route", async () => {
    const hooks: { preBody?: () => Response | undefined } = { preBody: () => new Response(null, { status: 418 }) };
    const app = new App().use(hooks).get("/a", { public: true }, ok);
    hooks.preBody = () => undefined;
    expect((await app.request("/a")).status).toBe(418);
  });
});

describe("prefix, tags, auth and guards", () => {
  it("are inherited", () => {
    const app = new App();
    const auth = { scheme: "entra" };
    app.group("/v1", { tags: ["v1"], auth, hooks: requireAuth("a") }, (v1) => {
      v1.register(
        (orders) => {
          orders.get("/", {}, ok);
          orders.get(
            "/:id",
            { tags: ["one", "v1"], auth: { scheme: "other", scopes: ["b"] }, middleware: [requireAuth("b")] },
            ok,
          );
        },
        { prefix: "/orders", tags: ["orders"] },
      );
    });
    app.get("/", { public: true }, ok);
    const [list, one, root] = contentsOf(app).routes;
    expect([list?.name, one?.name, root?.name]).toEqual(["GET /v1/orders", "GET /v1/orders/:id", "GET /"]);
    expect(list?.operation).toMatchObject({ operationId: "getV1Orders", tags: ["v1", "orders"], auth });
    expect(one?.operation).toMatchObject({ tags: ["v1", "orders", "one"], auth: { scheme: "other" } });
    expect(root?.operation).toMatchObject({ operationId: "getRoot", tags: [], auth: undefined });
    expect(list?.access).toMatchObject({ requirements: [{ anyOf: [{ scopes: ["a"] }] }] });
    expect(one?.access).toMatchObject({
      requirements: [{ anyOf: [{ scopes: ["a"] }] }, { anyOf: [{ scopes: ["b"] }] }],
    });
    expect(root?.access).toEqual({ kind: "public" });
  });

  it("do not allow a public route in a guarded group", () => {
    expect(() =>
      new App().group("/g", { hooks: requireAuth("a") }, (group) => void group.get("/a", { public: true }, ok)),
    ).toThrow(new TypeError("route GET /g/a: public: true is not possible with requireAuth, here or in a group"));
  });

  it.each([
    [{ prefix: "orders" }, "prefix must look like /orders or /orders/:id"],
    [{ prefix: "/orders/*" }, "prefix must look like /orders or /orders/:id"],
    [{ prefix: "/orders/" }, "prefix must look like /orders or /orders/:id"],
    [{ tags: [] }, "tags must be a non-empty list of strings"],
    [{ tags: "a" }, "tags must be a non-empty list of strings"],
    [{ hooks: [] }, "a list of hooks must not be empty"],
    [{ hooks: {} }, "hooks are empty. Use one of"],
    [{ hooks: undefined }, "hooks is undefined. Set a value or remove it"],
    [{ hook: {} }, 'unknown option "hook". Use one of prefix, tags, hooks, auth'],
    [{ auth: { scopes: ["a"] } }, "auth.scheme must be the name of a security scheme"],
  ])("are refused if they are faulty: %j", (options, problem) => {
    expect(() => new App().register(() => {}, options as RegisterOptions)).toThrow(problem);
    expect(() => new App().register(() => {}, options as RegisterOptions)).toThrow(TypeError);
  });
});

describe("a plugin", () => {
  it("with a name is registered once, or once for each seed", () => {
    const plugin = { name: "users", register: () => {} };
    const app = new App().register(plugin);
    expect(() => app.register(plugin)).toThrow(new TypeError("register: plugin users is already registered"));
    app.register({ ...plugin, seed: "a" }).register({ ...plugin, seed: "b" });
    expect(() => app.register({ ...plugin, seed: "a" })).toThrow("register: plugin users#a is already registered");
  });

  it("is registered after the plugins that it depends on, in any scope", () => {
    const needy = { name: "needy", dependencies: ["store"], register: () => {} };
    expect(() => new App().register(needy)).toThrow(new TypeError("register: needy requires store. Register it first"));
    new App().register((inner) => void inner.register({ name: "store", register: () => {} })).register(needy);
  });

  it.each([undefined, null, {}, { name: "x" }, "users"])("must be a function or contain one, not %j", (plugin) => {
    expect(() => new App().register(plugin as unknown as Plugin<App>)).toThrow(TypeError);
  });

  it("may be asynchronous until the app is served", async () => {
    let declare = () => {};
    const app = new App().register(
      (plugin) =>
        new Promise<void>((resolve) => {
          declare = () => {
            plugin.get("/late", { public: true }, ok);
            resolve();
          };
        }),
    );
    await expect(app.request("/late")).rejects.toThrow(
      "a plugin is asynchronous. Await app.ready() before the app serves",
    );
    declare();
    await app.ready();
    expect((await app.request("/late")).status).toBe(200);
  });

  it("that fails makes an app that cannot be served", async () => {
    const app = new App().register(() => Promise.reject(new Error("no database")));
    await expect(app.ready()).rejects.toThrow("no database");
    await expect(app.request("/a")).rejects.toThrow(TypeError);
    expect(() => contentsOf(app).close()).toThrow(TypeError);
  });
});

it("a group must not be asynchronous", () => {
  expect(() => new App().group("/g", {}, (async () => {}) as () => void)).toThrow(
    new TypeError("group /g: must not be asynchronous. Use register"),
  );
});
