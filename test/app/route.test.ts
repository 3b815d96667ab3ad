import { describe, expect, it } from "vitest";
import { or, requireAuth } from "../../src/app/auth.ts";
import { checkRoute, type RouteDefinition } from "../../src/app/route.ts";
import { origin } from "../../src/origin/handler.ts";

const handler = () => ({ status: 200 });
const valid = { method: "GET", path: "/orders", handler } as const;

/** What a caller's JavaScript may pass. */
const check = (changes: Record<string, unknown>) => () =>
  checkRoute({ ...valid, ...changes } as unknown as RouteDefinition);
const complaint = (problem: string, name = "GET /orders") => new TypeError(`route ${name}: ${problem}`);

describe("checkRoute", () => {
  it("names a route by method and path", () => {
    expect(checkRoute(valid)).toEqual({
      method: "GET",
      path: "/orders",
      name: "GET /orders",
      access: { kind: "default" },
      handler,
    });
  });

  it("takes what describes a route, and leaves it alone", () => {
    const described = { operationId: "x", summary: "x", description: "x", tags: ["x"], deprecated: true };
    expect(checkRoute({ ...valid, ...described })).toEqual(checkRoute(valid));
  });

  it.each(["auth", "middlewares", "Middleware", "requires", "request", "hooks", "scopes", "constructor", ""])(
    "refuses the unknown member %j: it could be a guard",
    (member) => {
      const known = "method, path, operationId, summary, description, tags, deprecated, middleware, public, handler";
      expect(check({ [member]: undefined })).toThrow(
        complaint(`unknown member ${JSON.stringify(member)}; known are ${known}`),
      );
    },
  );
});

describe("method", () => {
  it.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const)("may be %s", (method) => {
    expect(checkRoute({ ...valid, method }).name).toBe(`${method} /orders`);
  });

  it.each(["HEAD", "get", "ALL", "*", "TRACE", "CONNECT", "", undefined, null, ["GET"]])("is never %j", (method) => {
    expect(check({ method })).toThrow(
      complaint(
        "method must be one of GET, POST, PUT, PATCH, DELETE, OPTIONS; HEAD is answered by GET",
        `${method} /orders`,
      ),
    );
  });
});

describe("path", () => {
  it.each([
    "/",
    "/orders",
    "/orders/:id",
    "/:a/:b",
    "/orders/*",
    "/*",
    "/a/b/c",
    "/$metadata",
    "/a.b/~c_-d",
    "/orders(1)",
    "/a@b,c=d",
  ])("may be %s", (path) => {
    expect(checkRoute({ ...valid, path }).path).toBe(path);
  });

  it.each([
    ...["", "orders", "*", "//", "//orders", "/orders//items", "/orders/", "/orders/*/", "/*/orders", "/ord*", "/**"],
    ...["/./orders", "/orders/..", "/..", "/orders?x=1", "/orders#top", "/orders;v=1", "/a b", "/%61pi", "/\u00e4"],
    ...["/:", "/:1", "/:id?", "/:id{[0-9]+}", "/:id+", "/orders:id", "/:a-:b", "/:id/:id", "/a\\b", "/a\n"],
    ...["https://api.contoso.com/orders", "/{id}", "/<id>", "/a|b", '/a"b'],
  ])("is never %j", (path) => {
    expect(check({ path })).toThrow(complaint("path must look like /orders, /orders/:id or /orders/*", `GET ${path}`));
  });

  it.each([undefined, null, 1, ["/orders"]])("is text, not %j", (path) => {
    expect(check({ path })).toThrow(complaint("path must look like /orders, /orders/:id or /orders/*", `GET ${path}`));
  });
});

describe("handler", () => {
  it("may forward", () => {
    expect(checkRoute({ ...valid, handler: origin() }).handler).toBe(origin());
  });

  it.each([undefined, null, "origin", {}, { forward: false }, { forward: "true" }, [handler]])(
    "is never %j",
    (value) => {
      expect(check({ handler: value })).toThrow(complaint("handler must be a function or origin()"));
    },
  );
});

describe("access", () => {
  it("is what the middleware requires", () => {
    const hook = or(requireAuth("read"), requireAuth({ anyRole: ["Read"] }));
    expect(checkRoute({ ...valid, middleware: [hook] }).access).toEqual({
      kind: "required",
      requirement: hook.requirement,
    });
  });

  it("is public where the route says so", () => {
    expect(checkRoute({ ...valid, public: true }).access).toEqual({ kind: "public" });
  });

  it.each(["middleware", "public", "summary", "operationId"])("is never lost: %s that is undefined", (member) => {
    expect(check({ [member]: undefined })).toThrow(
      complaint(`${member} is undefined; give it a value or leave it out`),
    );
  });

  it.each([false, null, "true", 1, "false", {}])("is never guessed from public: %j", (value) => {
    expect(check({ public: value })).toThrow(complaint("public must be true or absent"));
  });

  it("is not both public and guarded", () => {
    expect(check({ public: true, middleware: [requireAuth("read")] })).toThrow(complaint("public excludes middleware"));
  });

  it.each([
    [[]],
    [null],
    [false],
    [requireAuth("read")],
    [[requireAuth("read"), requireAuth("write")]],
    [[requireAuth]],
    [["read"]],
    [[undefined]],
    [[null]],
    [[{}]],
    [{ 0: requireAuth("read"), length: 1 }],
  ])("is never guessed from middleware: %j", (middleware) => {
    expect(check({ middleware })).toThrow(complaint("middleware must be a list of one requireAuth(…)"));
  });

  it.each([
    null,
    {},
    { anyOf: [] },
    { anyOf: [{}] },
    { anyOf: [{ kind: "user" }] },
    { anyOf: [{ kind: "user", scopes: [] }] },
    { anyOf: [{ kind: "user", scopes: ["read"] }, { kind: "app" }] },
    { anyOf: [{ kind: "user", scope: ["read"] }] },
    { anyOf: { kind: "user", scopes: ["read"] } },
    { anyOf: [null] },
  ])("is checked again, whoever made the requirement: %j", (requirement) => {
    expect(check({ middleware: [{ requirement }] })).toThrow(/^route GET \/orders: /);
    expect(check({ middleware: [{ requirement }] })).toThrow(TypeError);
  });

  it("says what is wrong with a requirement", () => {
    expect(check({ middleware: [{ requirement: { anyOf: [{ kind: "user", scopes: [] }] } }] })).toThrow(
      complaint("scopes of a requirement must be a list of at least one non-empty string"),
    );
  });

  it("does not change with the requirement that it was made from", () => {
    const rule = { kind: "user", scopes: ["read"] };
    const { access } = check({ middleware: [{ requirement: { anyOf: [rule] } }] })();
    rule.scopes.length = 0;
    expect(access).toEqual({ kind: "required", requirement: { anyOf: [{ kind: "user", scopes: ["read"] }] } });
  });
});
