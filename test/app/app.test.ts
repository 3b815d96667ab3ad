import { describe, expect, it } from "vitest";
import { App } from "../../src/app/app.ts";
import { contentsOf } from "../../src/app/app-contents.ts";
import type { RouteDefinition } from "../../src/app/types/definition.ts";
import type { PathString } from "../../src/app/types/types.ts";

const handler = () => ({ status: 200 });
const schema = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as const;
const route = (method: RouteDefinition["method"], path: string, operationId?: string): RouteDefinition => ({
  method,
  path: path as PathString,
  handler,
  ...(operationId !== undefined && { operationId }),
});
const declare = (...routes: readonly RouteDefinition[]) => {
  const app = new App();
  for (const each of routes) app.route(each);
  return app;
};

describe("App", () => {
  it("has no routes at first", () => {
    expect(contentsOf(new App()).routes).toEqual([]);
  });

  it("limits the nesting of JSON below that of every parser", () => {
    expect(() => new App({ jsonMaxDepth: 1_000 })).not.toThrow();
    for (const jsonMaxDepth of [1_001, Number.POSITIVE_INFINITY, 0, 1.5])
      expect(() => new App({ jsonMaxDepth })).toThrow(
        new TypeError("App: jsonMaxDepth must be a whole number from 1 to 1000, for example 64"),
      );
  });

  it("shows only the members that its users call", () => {
    const app = new App();
    const methods = ["get", "post", "put", "patch", "delete", "head", "options", "all"];
    expect(Object.keys(app).sort()).toEqual([...methods, "fetch"].sort());
    expect(Object.getOwnPropertySymbols({ ...app })).toEqual([]);
  });

  it("has its parts under a registered symbol, which another copy of the module can read", () => {
    const app = new App();
    expect((app as unknown as Record<symbol, unknown>)[Symbol.for("entra-gate.app")]).toBe(contentsOf(app));
  });

  it.each([undefined, null, {}, "app", () => {}])("differs from any other argument of a plugin: %o", (value) => {
    expect(() => contentsOf(value)).toThrow(
      new TypeError("this plugin requires an App of entra-gate. Write app.register(plugin)"),
    );
  });

  it("has every declared route, in order", () => {
    const app = new App().route(route("GET", "/a")).route(route("POST", "/a")).route(route("GET", "/a/:id"));
    expect(contentsOf(app).routes.map(({ name }) => name)).toEqual(["GET /a", "POST /a", "GET /a/:id"]);
  });

  it("has a route of each method for all, with an operationId of its own", () => {
    const app = new App().all("/a/*", {}, handler).all("/b", { operationId: "b" }, handler);
    const names = contentsOf(app).routes.map(({ name, operation }) => `${name} ${operation.operationId}`);
    const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    expect(names).toEqual([
      ...methods.map((method) => `${method} /a/* ${method.toLowerCase()}AAny`),
      ...methods.map((method) => `${method} /b ${method.toLowerCase()}B`),
    ]);
  });

  it.each([
    ["before", (app: App) => app.post("/a/:id", {}, handler).all("/a/:x", {}, handler)],
    ["after", (app: App) => app.all("/a/:x", {}, handler).post("/a/:id", {}, handler)],
  ])("prefers a route of one method that is declared %s the route for all", (_, declareBoth) => {
    const { routes } = contentsOf(declareBoth(new App()));
    expect(routes.filter(({ method }) => method === "POST").map(({ path }) => path)).toEqual(["/a/:id"]);
    expect(routes).toHaveLength(6);
  });

  it.each([
    ["a second route for all", (app: App) => app.all("/a", {}, handler), "route GET /a: already declared as GET /a"],
    [
      "a second route for a method",
      (app: App) => app.get("/a", { operationId: "x" }, handler).get("/a", { operationId: "y" }, handler),
      "route GET /a: already declared as GET /a",
    ],
    [
      "a schema for a body",
      (app: App) => app.all("/b", { request: { body: schema } }, handler),
      "route GET /b: request.body is not possible with GET",
    ],
    [
      "a faulty operationId",
      (app: App) => app.all("/b", { operationId: "a b" }, handler),
      "must match [A-Za-z0-9_.-]+",
    ],
    ["an argument in another place", (app: App) => app.all("/b", handler as never, {} as never), 'Write all("/b", {'],
  ])("refuses %s", (_, declareIt, message) => {
    const app = new App().all("/a", {}, handler);
    expect(() => declareIt(app)).toThrow(message);
  });

  it("returns a copy of its routes", () => {
    const app = declare(route("GET", "/a"));
    (contentsOf(app).routes as unknown[]).pop();
    expect(contentsOf(app).routes).toHaveLength(1);
  });

  it.each([
    ["/a", "/a"],
    ["/a/:id", "/a/:name"],
    ["/:a/b/:c", "/:c/b/:a"],
    ["/orders", "/Orders"],
    ["/a/*", "/A/*"],
  ])("refuses a second route for the same requests: %s and %s", (first, second) => {
    expect(() => declare(route("GET", first), route("GET", second))).toThrow(
      new TypeError(`route GET ${second}: already declared as GET ${first}. Give one of them another method or path`),
    );
  });

  it.each([
    ["GET", "/a", "POST", "/a"],
    ["GET", "/a/:id", "GET", "/a/id"],
    ["GET", "/a/:id", "GET", "/a/*"],
    ["GET", "/a", "GET", "/a/:id"],
  ] as const)("accepts routes for other requests: %s %s and %s %s", (method, path, otherMethod, otherPath) => {
    expect(contentsOf(declare(route(method, path), route(otherMethod, otherPath))).routes).toHaveLength(2);
  });

  it("refuses an operationId that is in use", () => {
    expect(() => declare(route("GET", "/a", "getA"), route("GET", "/b", "getA"))).toThrow(
      new TypeError("route GET /b: operationId getA already exists. Each route must have its own"),
    );
    expect(
      contentsOf(declare(route("GET", "/a", "getA"), route("GET", "/b", "getB"), route("GET", "/c"))).routes,
    ).toHaveLength(3);
  });

  it("does not keep a refused route", () => {
    const app = declare(route("GET", "/a", "getA"));
    expect(() => app.route(route("GET", "/b", "getA"))).toThrow(TypeError);
    expect(() => app.route({ ...route("GET", "/c"), path: "c" as "/c" })).toThrow(TypeError);
    expect(contentsOf(app).routes.map(({ name }) => name)).toEqual(["GET /a"]);
  });
});
