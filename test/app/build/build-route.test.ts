import { describe, expect, it } from "vitest";
import { origin } from "../../../src/app/build/origin.ts";
import { anyOf, requireAuth } from "../../../src/app/types/auth.ts";
import { build } from "../../support/routes.ts";

const handler = () => ({ status: 200 });
const valid = { method: "GET", path: "/orders", handler } as const;

/** Options of any type, as JavaScript code may pass. */
const check = (changes: Record<string, unknown>) => () => build({ ...valid, ...changes });
const complaint = (problem: string, name = "GET /orders") => new TypeError(`route ${name}: ${problem}`);

describe("a route", () => {
  it("is named by method and path", () => {
    expect(build(valid)).toMatchObject({
      method: "GET",
      path: "/orders",
      name: "GET /orders",
      access: { kind: "default" },
      forwarding: undefined,
    });
  });

  it("describes its operation for documentation", () => {
    const described = {
      operationId: "listOrders",
      summary: "List",
      description: "All of them.",
      tags: ["Orders"],
      deprecated: true,
      auth: { scheme: "entra", scopes: ["read"] },
      responses: { 200: { description: "OK" } },
    };
    const { operation } = build({ ...valid, ...described, middleware: [requireAuth("read")] });
    expect(operation).toEqual(described);
  });

  it.each(["middlewares", "Middleware", "requires", "schema", "constructor", ""])(
    "refuses the unknown member %j: it could be a guard",
    (member) => {
      const known =
        "method, path, handler, operationId, summary, description, tags, deprecated, auth, request, responses, accepts, " +
        "acknowledgeNoResponseBodySchema, middleware, hooks, public, mode, ownsAccessTokenParameter";
      expect(check({ [member]: undefined })).toThrow(
        complaint(`unknown member ${JSON.stringify(member)}. Use one of ${known}`),
      );
    },
  );

  it.each([
    ["scopes", "Write hooks: requireAuth({ scopes: … })"],
    ["clients", "Write hooks: requireAuth({ clients: … })"],
    ["agent", "Write hooks: requireAuth({ agent: … })"],
    ["requireAuth", "Write hooks: requireAuth(…)"],
    ["requirement", "Write hooks: requireAuth(…)"],
    ["preBody", "Write hooks: { preBody: … }"],
    ["onSend", "Write hooks: { onSend: … }"],
    ["body", "Write request: { body: … }"],
    ["params", "Write request: { params: … }"],
    ["response", "Write responses: { 200: { … } }"],
    ["forward", "Write handler: origin()"],
  ])("says where %s belongs", (member, repair) => {
    expect(check({ [member]: undefined })).toThrow(complaint(`unknown member "${member}". ${repair}`));
  });
});

describe("method", () => {
  it.each(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])("may be %s", (method) => {
    expect(build({ ...valid, method }).name).toBe(`${method} /orders`);
  });

  it.each(["head", "get", "ALL", "*", "TRACE", "CONNECT", "", null, ["GET"]])("is never %j", (method) => {
    expect(check({ method })).toThrow(
      complaint("method must be one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS", `${method} /orders`),
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
    expect(build({ ...valid, path }).path).toBe(path);
  });

  it.each([
    ...["", "orders", "*", "//", "//orders", "/orders//items", "/orders/", "/orders/*/", "/*/orders", "/ord*", "/**"],
    ...["/./orders", "/orders/..", "/..", "/orders?x=1", "/orders#top", "/orders;v=1", "/a b", "/%61pi", "/\u00e4"],
    ...[
      "/:",
      "/:1",
      "/:id?",
      "/:id{[0-9]+}",
      "/:id+",
      "/orders:id",
      "/:a-:b",
      "/:id/:id",
      "/:__proto__",
      "/a\\b",
      "/a\n",
    ],
    ...["https://api.contoso.com/orders", "/{id}", "/<id>", "/a|b", '/a"b'],
  ])("is never %j", (path) => {
    expect(check({ path })).toThrow(`route GET ${path}: path must look like /orders, /orders/:id or /orders/*`);
  });

  it.each([
    ["orders", "/orders"],
    ["/orders/", "/orders"],
    ["/orders//items/", "/orders/items"],
    ["/orders/{id}", "/orders/:id"],
    ["/orders/{id:guid}/items", "/orders/:id/items"],
    ["/orders/[id]", "/orders/:id"],
    ["/orders/<id>", "/orders/:id"],
    ["/orders/<int:id>", "/orders/:id"],
    ["/orders/:id(\\d+)", "/orders/:id"],
    ["/orders/:id{[0-9]+}/items", "/orders/:id/items"],
    ["/files/**", "/files/*"],
    ["/files/*rest", "/files/*"],
    ["/files/{*rest}", "/files/*"],
    ["/files/{rest...}", "/files/*"],
    ["/files/[...rest]", "/files/*"],
    ["/files/(.*)", "/files/*"],
    ["/files/:rest*", "/files/*"],
    ["*", "/*"],
  ])("suggests for %s, in the syntax of another framework, %s", (path, suggestion) => {
    const problem = `path must look like /orders, /orders/:id or /orders/*. Write "${suggestion}"`;
    expect(check({ path })).toThrow(complaint(problem, `GET ${path}`));
  });

  it.each(["/ord*", "/orders/:id?", "/a/*rest/b", "/a b", "/orders?x=1", "https://api.contoso.com/orders"])(
    "suggests nothing for %s",
    (path) => {
      const problem = "path must look like /orders, /orders/:id or /orders/*";
      expect(check({ path })).toThrow(complaint(problem, `GET ${path}`));
    },
  );

  it.each([null, 1, ["/orders"]])("must be text, not %j", (path) => {
    expect(check({ path })).toThrow(complaint("path must look like /orders, /orders/:id or /orders/*", `GET ${path}`));
  });
});

describe("handler", () => {
  it("may forward", () => {
    expect(build({ ...valid, handler: origin() }).forwarding).toBeDefined();
    expect(build(valid).forwarding).toBeUndefined();
  });

  it.each([(_request: unknown, _response: unknown) => handler(), (_c: unknown, next: () => unknown) => next()])(
    "must not wait for more than the context: %s",
    (value) => {
      expect(check({ handler: value })).toThrow(
        complaint("handler has 2 parameters, but is called as (context). There is no next"),
      );
    },
  );

  it.each([null, "origin", {}, { forward: false }, { forward: "true" }, [handler]])("is never %j", (value) => {
    expect(check({ handler: value })).toThrow(complaint("handler must be a function or origin()"));
  });
});

describe("access", () => {
  it("is what the middleware requires", () => {
    const hook = anyOf(requireAuth("read"), requireAuth({ anyRole: ["Read"] }));
    expect(build({ ...valid, middleware: [hook] }).access).toEqual({
      kind: "required",
      requirements: [hook.requirement],
    });
  });

  it("is public if the route declares it", () => {
    expect(build({ ...valid, public: true }).access).toEqual({ kind: "public" });
  });

  it.each(["middleware", "hooks", "public", "request", "auth", "handler", "operationId"])(
    "is never lost: a %s that is undefined is refused",
    (member) => {
      expect(check({ [member]: undefined })).toThrow(complaint(`${member} is undefined. Set a value or remove it`));
    },
  );

  it.each([false, null, "true", 1, "false", {}])("is never guessed from public: %j", (value) => {
    expect(check({ public: value })).toThrow(complaint("public must be true or absent"));
  });

  it("is not both public and guarded", () => {
    for (const guard of [{ middleware: [requireAuth("read")] }, { hooks: requireAuth("read") }]) {
      expect(check({ public: true, ...guard })).toThrow(
        complaint("public: true is not possible with requireAuth, here or in a group"),
      );
    }
  });

  it.each([
    { middleware: [requireAuth("read"), requireAuth("write")] },
    { hooks: [requireAuth("read"), requireAuth("write")] },
    { middleware: [requireAuth("read")], hooks: requireAuth("write") },
  ])("is not guessed from several sources: %#", (guards) => {
    expect(check(guards)).toThrow(
      complaint("a route must have only one requireAuth(…). Combine several with anyOf(…)"),
    );
  });

  it.each([
    [[]],
    [null],
    [false],
    ["read"],
    [requireAuth],
    [{}],
    [[undefined]],
    [[null]],
    [[["read"]]],
    [[{}]],
    [new Array(1)],
    [{ 0: requireAuth("read"), length: 1 }],
  ])("is never guessed from hooks, or from middleware, which is another name: %j", (hooks) => {
    for (const name of ["hooks", "middleware"])
      expect(check({ [name]: hooks })).toThrow(
        /^route GET \/orders: (?:hooks|a list of hooks|unknown member "hooks\.0")/,
      );
  });

  it.each([null, {}, { anyOf: [{ kind: "user" }] }, { anyOf: [{ kind: "user", scopes: ["read"] }] }])(
    "must be the result of requireAuth, not a plain object: %j",
    (requirement) => {
      expect(check({ middleware: [{ requirement }] })).toThrow(
        complaint("a requirement must be the result of requireAuth(…) or anyOf(…)"),
      );
    },
  );
});
