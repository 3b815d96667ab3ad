import { describe, expect, it } from "vitest";
import { clients } from "../../entra/directory/clients.ts";
import { requireAuth } from "../../src/adapters/hono.ts";
import { App } from "../../src/app/app.ts";
import { requireAuth as requireOfGate } from "../../src/app/types/auth.ts";
import type { EntraOptions } from "../../src/core/guard/entra-options.ts";
import { createHonoWorld } from "../support/adapter-world.ts";
import { otherTenant } from "../support/claims.ts";
import { environmentWith, plainLog } from "../support/environment.ts";
import { bearer, createGateWorld } from "../support/gate-world.ts";
import { frozenNowSeconds } from "../support/io.ts";
import type { Question } from "../support/isolate-world.ts";

/** The same three routes, on a gate and on a Hono app. */
const routes = new App()
  .route({ method: "GET", path: "/default", handler: () => ({ status: 200, body: "in" }) })
  .route({
    method: "GET",
    path: "/orders/:id",
    middleware: [requireOfGate("orders.read")],
    handler: () => ({ status: 200 }),
  })
  .route({
    method: "GET",
    path: "/step-up",
    middleware: [requireOfGate({ scopes: ["access_as_user"], acrs: ["c1"] })],
    handler: () => ({ status: 200 }),
  });

interface Case {
  readonly name: string;
  readonly status: number;
  readonly target?: string;
  readonly question?: Question;
  readonly token?: () => Promise<string>;
  readonly options?: EntraOptions;
  readonly vars?: Record<string, unknown>;
  /** The authority answers 500 to everything. */
  readonly offline?: true;
}

const cases: readonly Case[] = [
  { name: "no token", status: 401 },
  { name: "another scheme", status: 401, question: { token: "Basic eDp5" } },
  { name: "a token in the query", status: 401, target: "/default?access_token=x" },
  { name: "no credential after the scheme", status: 400, question: { token: "Bearer " } },
  { name: "two tokens", status: 400, question: { token: "Bearer a.b.c, Bearer a.b.c" } },
  { name: "a credential that is not a token", status: 401, question: { token: "Bearer abc" } },
  { name: "another audience", status: 401, token: () => bearer({ claims: { aud: "x" } }) },
  { name: "another tenant", status: 401, token: () => bearer({ tenant: "fabrikam" }) },
  { name: "an expired token", status: 401, token: () => bearer({ claims: { iat: 1, nbf: 1, exp: 2 } }) },
  { name: "an unpublished key", status: 401, token: () => bearer({ key: "next" }) },
  { name: "a missing scope", status: 403, target: "/orders/7", token: () => bearer() },
  { name: "the default scope missing", status: 403, token: () => bearer({ scopes: ["orders.read"] }) },
  { name: "an app", status: 403, token: () => bearer({ client: "daemon" }) },
  {
    name: "a client that is not listed",
    status: 403,
    token: () => bearer(),
    vars: { ENTRA_ALLOWED_CLIENTS: clients.daemon.clientId },
  },
  {
    name: "no context, a client that answers challenges",
    status: 401,
    target: "/step-up",
    token: () => bearer({ client: "cae-spa" }),
  },
  {
    name: "no context, a client that does not answer challenges",
    status: 403,
    target: "/step-up",
    token: () => bearer(),
  },
  {
    name: "a revoked token, a client that answers challenges",
    status: 401,
    token: () => bearer({ client: "cae-spa" }),
    options: { revokedAtSeconds: () => frozenNowSeconds + 1 },
  },
  {
    name: "a list of revocations that throws",
    status: 500,
    token: () => bearer(),
    options: {
      revokedAtSeconds: () => {
        throw new Error("never-told");
      },
    },
  },
  {
    name: "a tenant that is not allowed in code",
    status: 401,
    token: () => bearer(),
    options: { isTenantAllowed: (tenant) => tenant === otherTenant },
    vars: { ENTRA_TENANT_ID: "organizations" },
  },
  { name: "plain http", status: 403, target: "http://api.contoso.example/default", token: () => bearer() },
  { name: "an ambiguous path", status: 404, target: "/orders//7", token: () => bearer({ scopes: ["orders.read"] }) },
  { name: "an encoded slash", status: 404, target: "/orders/a%2fb", token: () => bearer({ scopes: ["orders.read"] }) },
  { name: "HEAD without a token", status: 401, question: { method: "HEAD" } },
  { name: "OPTIONS without a token", status: 401, question: { method: "OPTIONS" } },
  {
    name: "a preflight",
    status: 204,
    question: {
      method: "OPTIONS",
      headers: { origin: "https://app.contoso.example", "access-control-request-method": "GET" },
    },
  },
  {
    name: "a preflight where the configuration is faulty",
    status: 500,
    question: {
      method: "OPTIONS",
      headers: { origin: "https://app.contoso.example", "access-control-request-method": "GET" },
    },
    vars: { ENTRA_API_AUDIENCE: "*" },
  },
  { name: "a faulty configuration", status: 500, token: () => bearer(), vars: { ENTRA_API_AUDIENCE: "*" } },
  { name: "unavailable keys", status: 503, token: () => bearer(), offline: true },
];

/** Everything that a caller and an operator see, except random values and the name of the route. */
async function observe(response: Response, lines: readonly Record<string, unknown>[]) {
  const body = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: body === "" ? "" : { ...JSON.parse(body), instance: undefined },
    log: lines.map(({ id, route, ...line }) => ({ ...line, id: body === "" || body.includes(`urn:uuid:${id}`) })),
  };
}

describe("entra() answers as the gate does", () => {
  it.each(cases)(
    "$name: $status",
    async ({ target = "/default", question = {}, token, options = {}, vars = {}, offline, status }) => {
      const gate = createGateWorld({ routes, ...options }, vars);
      const hono = createHonoWorld(
        (app, guard) => {
          app.use(guard);
          app.get("/default", (c) => c.text("in"));
          app.get("/orders/:id", requireAuth("orders.read"), (c) => c.text("in"));
          app.get("/step-up", requireAuth({ scopes: ["access_as_user"], acrs: ["c1"] }), (c) => c.text("in"));
        },
        options,
        environmentWith({ ...plainLog, ...vars }),
      );
      if (offline) for (const { io } of [gate, hono]) io.setFetch(() => new Response(null, { status: 500 }));
      const asked = { ...question, ...(token && { token: await token() }) };
      const expected = await observe(await gate.ask(target, asked), gate.refusals());
      expect(expected.status).toBe(status);
      expect(expected.log).toHaveLength(status === 204 ? 0 : 1);
      expect(await observe(await hono.ask(target, asked), hono.refusals())).toEqual(expected);
    },
  );
});
