import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { examine } from "../../cli/doctor/doctor.ts";
import { type GateCode, tableOf } from "../../cli/project/gate-code.ts";
import { readSettings } from "../../cli/project/settings.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { describeOptions } from "../../src/core/guard/setup.ts";
import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { createFakeIo } from "../support/io.ts";
import { documentOf, withFiles } from "./compile/support.ts";
import { environment } from "./support/explain-world.ts";

const url = "https://origin.contoso.example/openapi.json";
const addresses = { GATE_URL: "https://api.contoso.example", ORIGIN_URL: "https://origin.contoso.example" };
const variables = { ...environment, ...addresses };
const routes = new App();
routes.get("/same", { hooks: requireAuth("orders.write") }, origin());
routes.get("/weaker", { public: true }, origin());
routes.get("/stronger", { hooks: requireAuth("orders.write", "more") }, origin());
routes.get("/own", { hooks: requireAuth("orders.write") }, origin());

const operation = { get: { security: [{ entra: ["orders.write"] }] } };
const paths = { "/same": operation, "/weaker": operation, "/stronger": operation, "/gone": operation };

/** Findings of `doctor --openapi` about a document. */
async function examineDrift(
  place: string,
  answer?: () => Response | Promise<Response>,
  app = routes,
  {
    given = variables,
    inCode = false,
    code: changes,
    scopes,
  }: {
    readonly given?: Readonly<Record<string, string>>;
    readonly inCode?: boolean;
    readonly code?: Partial<GateCode>;
    readonly scopes?: readonly string[];
  } = {},
) {
  const settings = readSettings(tmpdir(), inCode ? {} : given, { devVars: false });
  const io = createFakeIo({
    fetch: async (request) => (request.url === url && answer ? answer() : new Response(null)),
  });
  const options = { routes: app, unlisted: "reject" as const };
  const code: GateCode = { options, ...(inCode && { environment: given }), ...changes };
  const findings = await examine(settings, code, io, { offline: answer === undefined, openapi: place, scopes });
  return findings.filter(({ area }) => area === "drift").map(({ state, text }) => `${state} ${text}`);
}

it("doctor compares the routes with the document that the origin serves", async () => {
  const who = "a user with scope orders.write";
  expect(await examineDrift(url, () => Response.json(documentOf(paths)))).toEqual([
    `fault GET /weaker: the gate admits more callers: the document says ${who}, and the gate anyone`,
    `warning GET /own: the document does not describe the route`,
    `warning GET /stronger: the gate admits fewer callers: the document says ${who}, and the gate a user with scopes orders.write more`,
    `warning GET /gone: the gate admits fewer callers: the document says ${who}, and the gate 404`,
  ]);
  const same = new App().get("/same", { hooks: requireAuth("orders.write") }, origin());
  const document = documentOf({ "/same": operation });
  expect(await examineDrift(url, () => Response.json(document), same)).toEqual([
    `good ${url}: the gate admits the callers that the document names`,
  ]);
  await withFiles({ "openapi.json": document }, async (folder) => {
    const file = path.join(folder, "openapi.json");
    expect(await examineDrift(file, undefined, same)).toEqual([
      `good ${file}: the gate admits the callers that the document names`,
    ]);
    writeFileSync(file, "{");
    expect(await examineDrift(file, undefined, same)).toEqual([expect.stringContaining("is not JSON")]);
  });
});

it("doctor does not compare origins, which the document does not name", async () => {
  const moved = new App().get("/same", { hooks: requireAuth("orders.write") }, origin({ to: "billing" }));
  const given = { ...variables, ORIGIN_BILLING_URL: "https://billing.contoso.example" };
  const answer = () => Response.json(documentOf({ "/same": operation }));
  expect(await examineDrift(url, answer, moved, { given })).toEqual([
    `good ${url}: the gate admits the callers that the document names`,
  ]);
});

it("doctor compares origins with a document that names them", async () => {
  const to = (name: string) => ({ get: { ...operation.get, "x-entra-origin": name } });
  const answer = (paths: Readonly<Record<string, object>>) => () => Response.json(documentOf(paths));
  const gate = new App();
  gate.get("/same", { hooks: requireAuth("orders.write") }, origin({ to: "billing" }));
  gate.get("/own", { hooks: requireAuth("orders.write") }, origin());
  const given = { ...variables, ORIGIN_BILLING_URL: "https://billing.contoso.example" };
  const same = { "/same": to("billing"), "/own": operation };
  expect(await examineDrift(url, answer(same), gate, { given })).toEqual([
    `good ${url}: the gate admits the callers that the document names`,
  ]);
  expect(await examineDrift(url, answer({ "/same": to("history"), "/own": to("billing") }), gate, { given })).toEqual([
    "fault GET /own: the gate forwards to another origin: the document says billing, and the gate ORIGIN",
    "fault GET /same: the gate forwards to another origin: the document says history, and the gate billing",
  ]);
  const weaker = new App().get("/same", { public: true }, origin());
  expect(await examineDrift(url, answer({ "/same": to("billing") }), weaker)).toEqual([
    "fault GET /same: the gate admits more callers: the document says a user with scope orders.write, and the gate anyone",
    "fault GET /same: the gate forwards to another origin: the document says billing, and the gate ORIGIN",
  ]);
  const stronger = new App().get("/same", { hooks: requireAuth("orders.write", "more") }, origin());
  expect(await examineDrift(url, answer({ "/same": to("billing") }), stronger)).toEqual([
    "warning GET /same: the gate admits fewer callers: the document says a user with scope orders.write, " +
      "and the gate a user with scopes orders.write more",
    "fault GET /same: the gate forwards to another origin: the document says billing, and the gate ORIGIN",
  ]);
});

it("doctor says why there is no document", async () => {
  expect(await examineDrift(url)).toEqual([`fault ${url} was not compared, because --offline sends no request`]);
  expect(await examineDrift("https://", () => new Response())).toEqual(["fault https:// is not a URL"]);
  expect(await examineDrift(url, () => new Response(null, { status: 404 }))).toEqual([`fault ${url}: status 404`]);
  expect(await examineDrift(url, () => Promise.reject(new Error("refused")))).toEqual([
    expect.stringContaining("refused"),
  ]);
  const part = new Uint8Array(1024 * 1024);
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(part) });
  expect(await examineDrift(url, () => new Response(endless))).toEqual([`fault ${url}: larger than 32 MB`]);
  const empty = await examineDrift(url, () => Response.json(documentOf({ "/orders": {} })), new App());
  expect(empty).toEqual([expect.stringMatching(`^fault ${url}: [^]*has no operations`)]);
  const faulty = await examineDrift(url, () => Response.json({ openapi: "3.1.0" }));
  expect(faulty).toEqual([expect.stringMatching(`^fault ${url}: ${url} cannot be compiled:`)]);
});

it("doctor compares a gate in report mode, and one with its configuration in code", async () => {
  const answer = () => Response.json(documentOf({ "/orders": operation }));
  const ofScopes = (...scopes: readonly [string, ...string[]]) =>
    new App().get("/orders", { hooks: requireAuth(...scopes) }, origin());
  const given = { ...variables, GATE_MODE: "report" };
  const mode = `fault ${url}: GATE_MODE=report admits callers whom the document refuses`;
  expect(await examineDrift(url, answer, ofScopes("orders.write"), { given })).toEqual([mode]);
  expect(await examineDrift(url, answer, ofScopes("orders.read"), { given })).toEqual([
    mode,
    expect.stringContaining("fault GET /orders: the gate admits more callers"),
  ]);
  expect(await examineDrift(url, answer, ofScopes("orders.write"), { inCode: true })).toEqual([
    `good ${url}: the gate admits the callers that the document names`,
  ]);
});

it("doctor names no requests without a route that middleware for all methods may answer", async () => {
  const answer = () => Response.json(documentOf({ "/orders": operation }));
  const app = new App().get("/orders", { hooks: requireAuth("orders.write") }, origin());
  const [route] = tableOf({ options: { routes: app } }).routes;
  const table = {
    routes: [route!],
    sharedPaths: ["/*"],
    rest: { name: "no route", access: { kind: "default" as const } },
    servesHealth: false,
    find: (method: string, path: string) =>
      /^GET|^HEAD/.test(method) && path === "/orders"
        ? route!
        : { name: `${method} ${path}`, access: { kind: "default" as const } },
    createContext: () => describeOptions({}, undefined),
  };
  expect(await examineDrift(url, answer, app, { code: { table } })).toEqual([
    `good ${url}: the gate admits the callers that the document names`,
  ]);
});

it("doctor names no tools of an MCP route, which a document cannot describe", async () => {
  const answer = () => Response.json(documentOf({ "/orders": operation }));
  const app = new App().get("/orders", { hooks: requireAuth("orders.write") }, origin());
  app.register(mcp("/mcp", { hooks: requireAuth("use"), tools: { remove: requireAuth("remove") } }));
  const findings = await examineDrift(url, answer, app);
  expect(findings).toContain("warning POST /mcp: the document does not describe the route");
  expect(findings.filter((text) => /^fault|remove/.test(text))).toEqual([]);
});

it("doctor compares a gate whose code decides about tenants and revoked tokens", async () => {
  const answer = () => Response.json(documentOf({ "/orders": operation }));
  const list = { GATE_REVOCATIONS_URL: "https://config.contoso.example/", GATE_REVOCATIONS_TOKEN: "secret" };
  const given = { ...variables, ENTRA_TENANT_ID: "organizations" };
  const app = new App().get("/orders", { hooks: requireAuth("orders.write") }, origin());
  const options = { routes: app, unlisted: "reject" as const, isTenantAllowed: () => true };
  for (const [more, vars] of [
    [{ revokedAtSeconds: () => 1 }, {}],
    [{ revocations: revocations() }, list],
  ] as const) {
    const code = { options: { ...options, ...more } };
    expect(await examineDrift(url, answer, app, { given: { ...given, ...vars }, code })).toEqual([
      `good ${url}: the gate admits the callers that the document names`,
    ]);
  }
});

it("doctor reports that it cannot compare, because the user asked for it", async () => {
  const answer = () => Response.json(documentOf({ "/orders": operation }));
  const unread = { problem: "--adapter does not read the code" };
  expect(await examineDrift(url, answer, routes, { code: unread })).toEqual([
    `fault ${url} was not compared, because the routes are unknown: --adapter does not read the code`,
  ]);
  const route = { name: "GET /orders", access: undefined, note: "a middleware decides" };
  const table = {
    routes: [route],
    rest: { name: "no route", access: undefined },
    servesHealth: false,
    find: () => route,
    createContext: () => describeOptions({}, undefined),
  };
  expect(await examineDrift(url, answer, routes, { code: { table } })).toContain(
    "fault GET /orders: the gate may admit more callers: the document says a user with scope orders.write, " +
      "and the gate unknown: a middleware decides",
  );
});

it("doctor compares a document with plain bearer tokens as --scope says", async () => {
  const jwt = { type: "http", scheme: "bearer" };
  const document = documentOf({ "/orders": { get: { security: [{ jwt: [] }] } } }, { schemes: { jwt } });
  const app = new App().get("/orders", { hooks: requireAuth("access_as_user") }, origin());
  const answer = () => Response.json(document);
  expect(await examineDrift(url, answer, app, { scopes: ["access_as_user"] })).toEqual([
    `good ${url}: the gate admits the callers that the document names`,
  ]);
  expect(await examineDrift(url, answer, app)).toEqual([
    expect.stringContaining("asks for a bearer token, but names no scope and no role"),
  ]);
});
