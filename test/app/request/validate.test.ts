import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { createAppWorld, json } from "../../support/app-world.ts";

/** The same contract in each library: `POST /orders/:id?page=2` with lines. */
const libraries = {
  zod: {
    params: z.object({ id: z.string().regex(/^\d+$/).transform(Number) }),
    query: z.object({ page: z.coerce.number() }),
    headers: z.object({ "x-tenant": z.string() }),
    body: z.object({ lines: z.array(z.object({ "a/b~c": z.number() })) }),
    answer: z.object({ total: z.number() }),
  },
  "zod/mini": {
    params: mini.pipe(
      mini.object({ id: mini.string().check(mini.regex(/^\d+$/)) }),
      mini.transform(({ id }) => ({ id: Number(id) })),
    ),
    query: mini.object({ page: mini.coerce.number() }),
    headers: mini.object({ "x-tenant": mini.string() }),
    body: mini.object({ lines: mini.array(mini.object({ "a/b~c": mini.number() })) }),
    answer: mini.object({ total: mini.number() }),
  },
  valibot: {
    params: v.object({ id: v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)) }),
    query: v.object({ page: v.pipe(v.string(), v.transform(Number), v.number()) }),
    headers: v.object({ "x-tenant": v.string() }),
    body: v.object({ lines: v.array(v.object({ "a/b~c": v.number() })) }),
    answer: v.object({ total: v.number() }),
  },
  arktype: {
    params: type({ id: "string.integer.parse" }),
    query: type({ page: "string.numeric.parse" }),
    headers: type({ "x-tenant": "string" }),
    body: type({ lines: type({ "a/b~c": "number" }).array() }),
    answer: type({ "+": "delete", total: "number" }),
  },
} satisfies Record<string, Record<"params" | "query" | "headers" | "body" | "answer", StandardSchemaV1>>;

const good = json({ lines: [{ "a/b~c": 1 }, { "a/b~c": 2 }] });
const tenant = { "x-tenant": "contoso" };

describe.each(Object.entries(libraries))("schemas of %s", (_, { answer, ...request }) => {
  const createWorld = (handler: (context: never) => unknown) =>
    createAppWorld((app) =>
      app.route({
        method: "POST",
        path: "/orders/:id",
        public: true,
        request,
        responses: { 200: { body: answer as StandardSchemaV1 } },
        handler: handler as never,
      }),
    );
  const send = (world: ReturnType<typeof createWorld>, target: string, init: RequestInit, headers: object = tenant) =>
    world.ask(target, { ...init, headers: { ...init.headers, ...headers } });

  it("create the input of the handler and the answer, without undeclared members", async () => {
    let given: unknown;
    const world = createWorld(({ params, query, headers, body }: Record<string, Record<string, unknown>>) => {
      given = [params?.id, query?.page, headers?.["x-tenant"], body];
      return { status: 200, body: { total: 3, secret: "of the database" } };
    });
    const response = await send(world, "/orders/7?page=2", good);
    expect([response.status, await response.json()]).toEqual([200, { total: 3 }]);
    expect(given).toEqual([7, 2, "contoso", { lines: [{ "a/b~c": 1 }, { "a/b~c": 2 }] }]);
  });

  it.each([
    ["params", "/orders/x?page=2", good, tenant, ["/id"]],
    ["query", "/orders/7?page=x", good, tenant, ["/page"]],
    ["headers", "/orders/7?page=2", good, {}, ["/x-tenant"]],
    [
      "body",
      "/orders/7?page=2",
      json({ lines: [{ "a/b~c": 1 }, { "a/b~c": "2" }, {}] }),
      tenant,
      ["/lines/1/a~1b~0c", "/lines/2/a~1b~0c"],
    ],
  ] as const)("refuse %s with a JSON pointer for each fault", async (part, target, init, headers, pointers) => {
    const world = createWorld(() => expect.unreachable());
    const response = await send(world, target, init, headers);
    const { errors, ...problem } = await response.json<{ errors: { path: string; message: unknown }[] }>();
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(problem).toMatchObject({ status: 422, title: "Request validation failed", detail: `Invalid ${part}` });
    expect(errors.map(({ path }) => path)).toEqual(pointers);
    for (const { message } of errors) expect(message).toEqual(expect.stringMatching(/./));
  });

  it("turn a response that differs from its declaration into 500, and the log names the place", async () => {
    const world = createWorld(() => ({ status: 200, body: { total: "secret" } }));
    const response = await send(world, "/orders/7?page=2", good);
    expect([response.status, (await response.text()).includes("secret")]).toEqual([500, false]);
    expect(world.refusals()).toMatchObject([
      {
        reason: "internal_error",
        status: 500,
        cause: "the response does not match its definition: body of 200 at /total",
      },
    ]);
    expect(JSON.stringify(world.io.lines)).not.toContain("secret");
  });
});

describe("validation", () => {
  const schema = (validate: (value: unknown) => unknown): StandardSchemaV1 => ({
    "~standard": { version: 1, vendor: "test", validate: validate as never },
  });
  const ask = async (query: StandardSchemaV1, target = "/a", headers = {}) => {
    const world = createAppWorld((app) =>
      app.get("/a", { public: true, request: { query } }, (context) => ({ status: 200, body: context.query })),
    );
    return (await world.ask(target, { headers })).json<Record<string, unknown>>();
  };

  it("waits for an asynchronous schema", async () => {
    expect(
      await ask(
        schema(async (value) => ({ value: { late: value } })),
        "/a?b=1",
      ),
    ).toEqual({ late: { b: "1" } });
  });

  it.each([
    [[{ message: "m" }], [{ path: "", message: "m" }]],
    [[{ message: "m", path: ["a", { key: 0 }, Symbol.for("s")] }], [{ path: "/a/0/Symbol(s)", message: "m" }]],
    [[], [{ path: "", message: "invalid" }]],
    [[{}], [{ path: "", message: "undefined" }]],
  ])("refuses with every form of issue that a schema has: %j", async (issues, errors) => {
    expect(await ask(schema(() => ({ issues })))).toMatchObject({ status: 422, errors });
  });

  it("lists at most a page of faults, each at most as long as a sentence", async () => {
    const issues = Array.from({ length: 1_000 }, () => ({ message: "x".repeat(10_000) }));
    const { errors } = (await ask(schema(() => ({ issues })))) as unknown as { errors: { message: string }[] };
    expect([errors.length, errors[0]?.message.length]).toEqual([50, 300]);
  });

  it("answers 500 if the schema throws", async () => {
    const broken = schema(() => {
      throw new Error("at the schema");
    });
    expect(await ask(broken)).toMatchObject({
      status: 500,
      detail: "An internal error occurred. Contact the operator.",
    });
  });

  it("returns a repeated name as a list, and refuses names of Object's own members", async () => {
    const same = schema((value) => ({ value }));
    expect(await ask(same, "/a?b=1&c=2&b=3&b=4")).toEqual({ b: ["1", "3", "4"], c: "2" });
    for (const name of ["__proto__", "constructor", "prototype", "%5f_proto__"]) {
      expect(await ask(same, `/a?${name}=1`)).toMatchObject({ status: 400, detail: "Invalid query" });
    }
  });

  it("never passes credentials to a schema, because its messages could quote them", async () => {
    const world = createAppWorld((app) =>
      app.get("/a", { public: true }, ({ headers }) => ({ status: 200, body: Object.keys(headers) })),
    );
    const credentials = { authorization: "Bearer a", cookie: "a=b", "proxy-authorization": "Basic a" };
    expect(await (await world.ask("/a", { headers: { ...credentials, "x-a": "b" } })).json()).toEqual(["x-a"]);
  });
});
