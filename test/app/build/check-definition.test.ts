import { type } from "arktype";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { App } from "../../../src/app/app.ts";
import { anyOf, requireAuth } from "../../../src/app/types/auth.ts";
import { build } from "../../support/routes.ts";

const valid = { method: "POST", path: "/a", handler: () => ({ status: 200 }), public: true };
const schema = z.string();
const check = (changes: object) => () => build({ ...valid, ...changes });
const complaint = (problem: string) => new TypeError(`route POST /a: ${problem}`);

const schemeFault =
  "auth.scheme must be the name of a security scheme, match [A-Za-z0-9_.-]+, and not begin with oauth2- or application-";

describe("a definition", () => {
  it("may have all of its members", () => {
    const definition = {
      ...valid,
      operationId: "create_a.1-b",
      summary: "s",
      description: "d",
      tags: ["t"],
      deprecated: false,
      request: { params: schema, query: schema, headers: type({ a: "string" }), body: schema },
      responses: {
        200: { description: "OK", body: schema, headers: { "x-a": { description: "d", schema } } },
        404: {},
      },
      accepts: [
        "application/json",
        "application/x+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/csv",
      ],
      acknowledgeNoResponseBodySchema: true,
      middleware: [{ preBody: () => {} }],
      hooks: { onSend: () => {} },
    };
    expect(build(definition).accepts).toHaveLength(5);
  });

  it.each([
    [{ operationId: "" }, "operationId must match [A-Za-z0-9_.-]+"],
    [{ operationId: 7 }, "operationId must match [A-Za-z0-9_.-]+"],
    [{ operationId: "get a" }, "operationId must match [A-Za-z0-9_.-]+"],
    [{ summary: "" }, "summary must be a non-empty string"],
    [{ description: {} }, "description must be a non-empty string"],
    [{ tags: [] }, "tags must be a non-empty list of strings"],
    [{ tags: "a" }, "tags must be a non-empty list of strings"],
    [{ tags: [""] }, "tags must be a non-empty list of strings"],
    [{ deprecated: "yes" }, "deprecated must be true or false"],
    [{ acknowledgeNoResponseBodySchema: false }, "acknowledgeNoResponseBodySchema must be true or absent"],
    [{ ownsAccessTokenParameter: "yes" }, "ownsAccessTokenParameter must be true or absent"],
    [{ ownsAccessTokenParameter: true, public: true }, "ownsAccessTokenParameter is not possible with public: true"],
    [{ request: null }, "request must be an object with params, query, headers, body"],
    [{ request: {} }, "request must have one of params, query, headers, body"],
    [{ request: { bodies: schema } }, 'unknown member "request.bodies". Use one of params, query, headers, body'],
    [{ request: { body: undefined } }, "request.body is undefined. Set a value or remove it"],
    [{ request: { body: schema }, method: "GET" }, "request.body is not possible with GET"],
    [{ request: { body: schema }, method: "HEAD" }, "request.body is not possible with HEAD"],
    [{ responses: [] }, "responses must not be empty"],
    [{ responses: {} }, "responses must not be empty"],
    [{ responses: "200" }, "responses must be an object with a member for each status"],
    [{ responses: { ok: {} } }, "responses.ok is not a status from 200 to 599"],
    [{ responses: { 99: {} } }, "responses.99 is not a status from 200 to 599"],
    [{ responses: { 200: null } }, "responses.200 must be an object with description, body, headers"],
    [
      { responses: { 200: { schema } } },
      'unknown member "responses.200.schema". Use one of description, body, headers',
    ],
    [{ responses: { 200: { body: undefined } } }, "responses.200.body is undefined. Set a value or remove it"],
    [{ responses: { 200: { description: 7 } } }, "responses.200.description must be a non-empty string"],
    [{ responses: { 200: { headers: { a: { type: "string" } } } } }, 'unknown member "responses.200.headers.a.type"'],
    [{ responses: { 200: { headers: "x" } } }, "responses.200.headers must be an object with a member for each header"],
    [{ accepts: ["text/csv"] }, "accepts requires request.body"],
    [{ accepts: [], request: { body: schema } }, "accepts must list JSON, form"],
    [{ accepts: ["application/xml"], request: { body: schema } }, "accepts must list JSON, form"],
    [{ accepts: ["*/*"], request: { body: schema } }, "accepts must list JSON, form"],
    [{ accepts: "text/csv", request: { body: schema } }, "accepts must list JSON, form"],
    [{ auth: "entra" }, "auth must be an object with scheme, scopes"],
    [{ auth: { scheme: "" } }, "auth.scheme must be the name of a security scheme"],
    [{ auth: { scheme: "Entra ID" } }, schemeFault],
    [{ auth: { scheme: "oauth2-a" } }, schemeFault],
    [{ auth: { scheme: "application-2" } }, schemeFault],
    [{ auth: { scheme: "entra", scopes: [] } }, "auth.scopes must be a non-empty list of strings"],
    [{ auth: { scheme: "entra", scope: ["a"] } }, 'unknown member "auth.scope". Use one of scheme, scopes'],
  ])("is refused by name if it is faulty: %j", (changes, problem) => {
    const name = "method" in changes ? `${changes.method} /a` : "POST /a";
    expect(check(changes)).toThrow(`route ${name}: ${problem}`);
    expect(check(changes)).toThrow(TypeError);
  });

  it.each([
    { type: "object" },
    "string",
    null,
    {},
    { "~standard": {} },
    { "~standard": { version: 2, validate: () => {} } },
    { "~standard": { version: 1, validate: "x" } },
    String,
  ])("accepts only Standard Schemas: %j", (given) => {
    const isNone = (place: string) => complaint(`${place} must be a Standard Schema (zod, valibot, arktype)`);
    expect(check({ request: { query: given } })).toThrow(isNone("request.query"));
    expect(check({ responses: { 200: { body: given } } })).toThrow(isNone("responses.200.body"));
    expect(check({ responses: { 200: { headers: { "x-a": { schema: given } } } } })).toThrow(
      isNone("responses.200.headers.x-a.schema"),
    );
  });
});

describe("a member that a copy would lose", () => {
  const guard = requireAuth("admin");
  const ownMember = "must be an own enumerable property";

  it("is refused in a definition, because the guard of the original would be lost", () => {
    const inherited = Object.assign(Object.create({ hooks: guard }), { ...valid, public: undefined });
    delete inherited.public;
    expect(() => build(inherited)).toThrow(complaint(`hooks ${ownMember}`));
    expect(() => new App().get("/a", Object.create({ hooks: guard }), valid.handler)).toThrow(`hooks ${ownMember}`);
  });

  it("is refused in hooks, because methods of a class are inherited", () => {
    class KeyCheck {
      readonly onSend = () => undefined;
      preBody() {
        return new Response(null, { status: 401 });
      }
    }
    expect(check({ hooks: new KeyCheck() })).toThrow(complaint(`hooks.preBody ${ownMember}`));
  });
});

describe("auth", () => {
  const guarded = { method: "GET", path: "/a", handler: valid.handler };

  it("guards nothing, and is refused without a guard", () => {
    const problem = "auth is only documentation. Add requireAuth(…)";
    expect(check({ auth: { scheme: "entra" } })).toThrow(complaint(problem));
    expect(() => build({ ...guarded, auth: { scheme: "entra" } })).toThrow(problem);
  });

  it("lists only scopes that the guard requires", () => {
    const declare = (scopes: readonly string[]) => () =>
      build({ ...guarded, middleware: [requireAuth("a", "b")], auth: { scheme: "entra", scopes } });
    expect(declare(["a"])).not.toThrow();
    expect(declare(["a", "c"])).toThrow("auth has scope c, which requireAuth does not require");
  });

  it("does not name the scheme of applications for users", () => {
    const scheme = "application";
    const declare = (requirement: object) => () => build({ ...guarded, middleware: [requirement], auth: { scheme } });
    const ofApp = requireAuth({ roles: ["R"] });
    expect(declare(ofApp)).not.toThrow();
    const problem = `auth.scheme ${scheme} is for applications, and users may call too. Use another name`;
    for (const each of [requireAuth("a"), anyOf(ofApp, requireAuth("a"))]) expect(declare(each)).toThrow(problem);
  });
});

describe("hooks", () => {
  it.each([
    [{ onReqest: () => {} }, 'unknown member "hooks.onReqest". Use one of onRequest, preBody, beforeHandle'],
    [{ preBody: "x" }, "hooks.preBody must be a function"],
    [{ preBody: undefined }, "hooks.preBody is undefined. Set a value or remove it"],
    [{ requirement: {} }, "a requirement must be the result of requireAuth(…) or anyOf(…)"],
    [{ requirement: undefined }, "hooks.requirement is undefined. Set a value or remove it"],
    [{ handlerMilliseconds: 0 }, "timeout must be whole milliseconds from 1 to 600000"],
  ])("are refused if they are faulty: %j", (hooks, problem) => {
    expect(check({ hooks })).toThrow(complaint("").message + problem);
    expect(check({ middleware: [hooks] })).toThrow(TypeError);
  });
});
