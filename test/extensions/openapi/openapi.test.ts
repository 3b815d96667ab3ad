import { type } from "arktype";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { App } from "../../../src/app/app.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { openapi } from "../../../src/extensions/openapi/openapi.ts";
import { createAppWorld } from "../../support/app-world.ts";
import { bearer, createGateWorld } from "../../support/gate-world.ts";
import { describeApp, done } from "../../support/openapi/describe-app.ts";

const tenant = "c0c0c0c0-0000-4000-8000-000000000001";

describe("openapi", () => {
  it("has the contact and the license of the app", async () => {
    const contact = { email: "api@contoso.example" };
    const license = { name: "Apache 2.0", identifier: "Apache-2.0" };
    const routes = new App({ contact, license }).register(openapi({ public: true }));
    const { info } = (await (await createGateWorld({ routes }).ask("/openapi.json")).json()) as { info: object };
    expect(info).toMatchObject({ contact, license });
    expect(() => new App({ license: {} as { name: string } })).toThrow("license.name must be a string");
    expect(() => new App({ contact: { mail: "a" } as object })).toThrow('unknown member "contact.mail"');
  });

  it("requires a token unless it is public", async () => {
    const world = createGateWorld({ routes: new App().register(openapi()) });
    const refused = await world.ask("/openapi.json");
    expect([refused.status, await refused.text()]).toEqual([401, expect.not.stringContaining(tenant)]);
    const answer = await world.ask("/openapi.json", { token: await bearer() });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "private, no-cache"]);
    const inside = createGateWorld({ routes: new App().register(openapi(), { hooks: requireAuth("docs.read") }) });
    expect((await inside.ask("/openapi.json", { token: await bearer() })).status).toBe(403);
  });

  it("must declare who may read it if the app serves itself", () => {
    expect(() => createAppWorld((app) => app.register(openapi()))).toThrow("has no access rule");
    expect(() => openapi({ publik: true } as object)).toThrow('openapi: unknown option "publik"');
    expect(() => openapi({ public: undefined } as object)).toThrow("public is undefined");
    expect(() => new App().register(openapi({ public: false } as object))).toThrow("public must be true or absent");
  });

  it("does not exist unless it is registered", async () => {
    expect((await createAppWorld(() => {}).ask("/openapi.json")).status).toBe(404);
  });

  it("has routes that are declared later, and not its own route", async () => {
    const { document } = await describeApp((app) => app.get("/later", { public: true }, done));
    expect(Object.keys(document.paths)).toEqual(["/later"]);
    const info = { title: "Orders", version: "1.0.0", description: "Access to Orders." };
    expect([document.openapi, document.info]).toEqual(["3.1.0", info]);
  });

  it("reads schemas only when it is requested, and then once", async () => {
    let asked = 0;
    const schema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) => ({ value }),
        jsonSchema: {
          input: () => {
            asked += 1;
            return { type: "string" };
          },
          output: () => ({}),
        },
      },
    } as const;
    const { app, ask } = createAppWorld((declared) => {
      declared.register(openapi({ public: true }));
      declared.post("/a", { public: true, request: { body: schema } }, done);
    });
    await app.ready();
    expect(asked).toBe(0);
    await ask("/openapi.json");
    await ask("/openapi.json");
    expect(asked).toBe(1);
  });

  it.each([
    ["api.contoso.example", { GATE_URL: "https://api.contoso.example" }, [{ url: "https://api.contoso.example" }]],
    [
      "api.fabrikam.example:8443",
      { GATE_URL: "https://api.contoso.example https://api.fabrikam.example:8443" },
      [{ url: "https://api.fabrikam.example:8443" }],
    ],
    ["api.contoso.example", {}, undefined],
  ])("has the address of a request to %s, with the variables %j", async (host, variables, servers) => {
    const world = createGateWorld({ routes: new App().register(openapi({ public: true })) }, variables);
    for (const name of ["api.contoso.example", host, host]) {
      const document = await (await world.ask(`https://${name}/openapi.json`)).json();
      if (name === host) expect((document as { servers?: unknown }).servers).toEqual(servers);
    }
    expect((await world.ask("https://evil.example/openapi.json")).status).toBe(servers === undefined ? 200 : 421);
  });

  it("fails closed if the configuration is faulty", async () => {
    const { answer, document } = await describeApp(() => {}, { ENTRA_API_AUDIENCE: undefined });
    expect([answer.status, document.detail]).toEqual([500, "The server is misconfigured. Contact the operator."]);
  });
});

describe("the document's operations", () => {
  it("have a summary, a description, a tag that the document declares, and a 4xx", async () => {
    const { document } = await describeApp((app) => {
      app.get("/orders/:id", { hooks: requireAuth("orders.read") }, done);
      app.get("/", { public: true }, done);
      app.get("/own", { public: true, summary: "Own", description: "It is.", tags: ["Mine"] }, done);
    });
    const { get } = document.paths["/orders/{id}"];
    expect(get).toMatchObject({
      summary: "GET /orders/{id}",
      description: "May be called by a user with scope orders.read.",
      tags: ["orders"],
    });
    expect(document.paths["/"].get).toMatchObject({ description: "Anyone may call it.", tags: ["default"] });
    expect(document.paths["/own"].get).toMatchObject({ summary: "Own", description: "It is.", tags: ["Mine"] });
    expect(document.tags.map(({ name }: { name: string }) => name)).toEqual(["orders", "default", "Mine"]);
    expect(Object.keys(document.paths["/"].get.responses)).toContain("400");
  });

  it("use every component", async () => {
    const { document } = await describeApp((app) => app.get("/", { public: true }, done));
    expect(Object.keys(document.components)).toEqual(["responses", "schemas"]);
    expect(Object.keys(document.components.responses)).toEqual(["Malformed", "Failed", "Other"]);
  });

  it("have one path if names of parameters differ", async () => {
    const { document } = await describeApp((app) => {
      app.get("/orders/:id", { public: true }, done);
      app.put("/orders/:key", { public: true, request: { params: type({ key: "string.uuid" }) } }, done);
    });
    expect(Object.keys(document.paths)).toEqual(["/orders/{id}"]);
    const [parameter] = document.paths["/orders/{id}"].put.parameters;
    expect(parameter).toMatchObject({
      name: "id",
      in: "path",
      required: true,
      schema: { format: "uuid" },
    });
  });

  it("have unique operationIds in any declaration", async () => {
    const { document } = await describeApp((app) => {
      app.route({ method: "GET", path: "/a", public: true, handler: done });
      app.route({ method: "POST", path: "/b", operationId: "getA", public: true, handler: done });
    });
    expect([document.paths["/a"].get.operationId, document.paths["/b"].post.operationId]).toEqual(["getA2", "getA"]);
  });

  it("describe query, headers, body and answers", async () => {
    const { document, gaps } = await describeApp((app) => {
      app.post(
        "/a",
        {
          public: true,
          accepts: ["application/json", "application/x-www-form-urlencoded"],
          request: {
            query: z.object({ page: z.number().optional().describe("Which.") }),
            headers: z.object({ "x-tag": z.string(), authorization: z.string().optional() }),
            body: z.object({ count: z.string().transform(Number) }).loose(),
          },
          responses: {
            201: {
              description: "Made.",
              body: z.object({ id: z.string().default("7") }),
              headers: { location: { schema: z.string() } },
            },
            422: { body: z.object({ why: z.string() }) },
          },
        },
        () => ({ status: 201, body: {}, headers: { location: "/a/7" } }),
      );
    });
    const { parameters, requestBody, responses } = document.paths["/a"].post;
    expect(parameters).toEqual([
      {
        name: "page",
        in: "query",
        description: "Which.",
        required: false,
        schema: { type: "number", description: "Which." },
      },
      { name: "x-tag", in: "header", required: true, schema: { type: "string" } },
    ]);
    expect(Object.keys(requestBody.content)).toEqual(["application/json", "application/x-www-form-urlencoded"]);
    expect(requestBody.content["application/json"].schema.properties).toEqual({ count: { type: "string" } });
    expect(responses["201"]).toMatchObject({
      description: "Made.",
      headers: { location: { schema: { type: "string" } } },
    });
    expect(responses["201"].content["application/json"].schema.required).toEqual(["id"]);
    expect(Object.keys(responses["422"].content).sort()).toEqual(["application/json", "application/problem+json"]);
    expect(Object.keys(responses)).toEqual(["201", "400", "413", "415", "422", "500", "default"]);
    expect(gaps).toEqual([]);
  });

  it("accept anything for a schema that cannot describe itself, and log that", async () => {
    const { document, gaps } = await describeApp((app) => {
      app.post("/a", { public: true, request: { query: z.any(), body: z.object({ at: z.date() }) } }, done);
      app.get("/b/*", { public: true }, done);
    });
    expect(document.paths["/a"].post.requestBody.content["application/json"].schema).toEqual({});
    expect(document.paths["/b/*"]).toBeUndefined();
    expect(gaps.map(({ route, part, cause }) => [route, part, cause !== undefined])).toEqual([
      ["POST /a", "request.query", false],
      ["POST /a", "request.body", true],
      ["GET /b/*", "path", false],
    ]);
  });
});
