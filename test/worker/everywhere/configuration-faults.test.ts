// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { type Fleet, startFleetOf } from "../../support/fleet.ts";
import { gateRuntime } from "../../support/gate-runtime.ts";
import { baseVars, type GateDefinition, gates } from "../../support/gates.ts";
import type { HttpRequest } from "../../support/http.ts";
import { expectMisconfigured } from "../../support/misconfigured.ts";
import { expectRefusal, misconfigured, unauthenticated } from "../../support/refusal.ts";

type Case = readonly [name: string, definition: GateDefinition, named: readonly string[]];

const organizations = "organizations";
const contoso = tenants.contoso.id;
const nothing = Object.fromEntries(Object.keys(baseVars).map((name) => [name, undefined]));
const otherOrigin = { ORIGIN: "https://origin.contoso.example" };

const cases: readonly Case[] = [
  [
    "nothing is configured",
    { vars: nothing },
    [
      ...["ENTRA_API_AUDIENCE", "ENTRA_REQUIRED_SCOPE", "ENTRA_TENANT_ID"],
      // Workers use the zone's own origin instead.
      ...(gateRuntime === "workerd" ? [] : ["ORIGIN_URL"]),
    ],
  ],
  [
    "three faults at once",
    { vars: { ENTRA_TENANT_ID: "*", ENTRA_CLOUD: "mars", ENTRA_CLOCK_SKEW_SECONDS: "301" } },
    ["ENTRA_CLOCK_SKEW_SECONDS", "ENTRA_CLOUD", "ENTRA_TENANT_ID"],
  ],
  [
    "two faults of one variable",
    { vars: { ENTRA_ALLOWED_TENANTS: "* any" } },
    ["ENTRA_ALLOWED_TENANTS", "ENTRA_ALLOWED_TENANTS"],
  ],
  ["organizations without a list of tenants", { vars: { ENTRA_TENANT_ID: organizations } }, ["ENTRA_ALLOWED_TENANTS"]],
  [
    "organizations with an empty list of tenants",
    { vars: { ENTRA_TENANT_ID: organizations, ENTRA_ALLOWED_TENANTS: " , " } },
    ["ENTRA_ALLOWED_TENANTS"],
  ],
  [
    "organizations with a wildcard",
    { vars: { ENTRA_TENANT_ID: organizations, ENTRA_ALLOWED_TENANTS: "*" } },
    ["ENTRA_ALLOWED_TENANTS"],
  ],
  [
    "organizations decided in code, and an empty list of tenants",
    { ...gates["in-code"], vars: { ENTRA_TENANT_ID: organizations, ENTRA_ALLOWED_TENANTS: "" } },
    ["ENTRA_ALLOWED_TENANTS"],
  ],
  [
    "S15 neither a scope nor a role",
    { vars: { ENTRA_REQUIRED_SCOPE: "", ENTRA_REQUIRED_ROLE: "" } },
    ["ENTRA_REQUIRED_ROLE", "ENTRA_REQUIRED_SCOPE"],
  ],
  [
    "S19 a route without a requirement, and none by default",
    { ...gates.routes, vars: { ENTRA_REQUIRED_SCOPE: undefined } },
    ["ENTRA_REQUIRED_SCOPE"],
  ],
  [
    "a secret and a certificate without their client",
    { vars: { ENTRA_CLIENT_SECRET: "s", ENTRA_CLIENT_CERTIFICATE: "c" } },
    ["ENTRA_CLIENT_CERTIFICATE"],
  ],
  [
    "on-behalf-of in a gate without the downstream option",
    { vars: { ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "api://inventory/inventory.read" } },
    ["ORIGIN_AUTHORIZATION"],
  ],
  ["text in place of a service binding", { vars: { ORIGIN_URL: undefined, ...otherOrigin } }, ["ORIGIN"]],
  ["an invalid binding beside a URL", { vars: otherOrigin }, ["ORIGIN"]],
];

const good: Readonly<Record<string, GateDefinition>> = {
  "no clock skew": { vars: { ENTRA_CLOCK_SKEW_SECONDS: "0" } },
  "X11 a clock skew of five minutes": { vars: { ENTRA_CLOCK_SKEW_SECONDS: "300" } },
  "a tenant in upper case": { vars: { ENTRA_TENANT_ID: contoso.toUpperCase() } },
  "lists with spaces and commas": {
    vars: { ENTRA_REQUIRED_SCOPE: "a,b  c, d", ENTRA_API_AUDIENCE: `${api.clientId}, ${api.appIdUri}` },
  },
  "a local authority over plain http": { vars: { ENTRA_AUTHORITY: "http://127.0.0.1:8788" } },
  "an origin over plain http that ORIGIN_PLAINTEXT allows": {
    vars: { ORIGIN_URL: "http://origin.contoso.example", ORIGIN_PLAINTEXT: "true" },
  },
  "a secret with its client": { vars: { ENTRA_CLIENT_ID: api.clientId, ENTRA_CLIENT_SECRET: "s" } },
  "no default requirement if every route has its own": {
    entry: "test/gates/strict.ts",
    vars: { ENTRA_REQUIRED_SCOPE: undefined },
  },
  "other variables of the worker": { vars: { ORIGINAL: "x", MY_ENTRA_ID: "x", NODE_ENV: "x" } },
};

const faultyGate = (index: number) => `faulty-${index}`;
const goodGate = (index: number) => `good-${index}`;
/** The first gate is one of its own, because a gate logs its faults once. */
const share = (definition: GateDefinition, index: number): GateDefinition =>
  definition.entry === undefined && index > 0 ? { ...definition, varied: true } : definition;
const fleet: Fleet<string> = await startFleetOf(
  Object.fromEntries([
    ...cases.map(([, definition], index) => [faultyGate(index), share(definition, index)] as const),
    ...Object.values(good).map((definition, index) => [goodGate(index), share(definition, index)] as const),
  ]),
);
afterAll(() => fleet.stop());
const { token } = await fleet.forge(faultyGate(0));
const authorized: HttpRequest = { headers: [["Authorization", `Bearer ${token}`]] };

describe("several faults, and faults of several variables", () => {
  for (const [index, [name, , named]] of cases.entries()) {
    it(name, () => expectMisconfigured(fleet, faultyGate(index), authorized, named));
  }
});

describe("a faulty configuration", () => {
  const browser: HttpRequest["headers"] = [
    ["Origin", "https://app.contoso.example"],
    ["Access-Control-Request-Method", "GET"],
  ];
  const requests: Readonly<Record<string, HttpRequest>> = {
    "without a token": {},
    "with a body": { ...authorized, method: "POST", body: "{}" },
    "with the method OPTIONS": { method: "OPTIONS" },
    "that is a preflight": { method: "OPTIONS", headers: browser },
    "over plain http": { ...authorized, host: "api.contoso.example" },
    "with an ambiguous path": { ...authorized, path: "/a//b" },
  };
  for (const [name, request] of Object.entries(requests)) {
    it(`refuses a request ${name}`, { tags: "faulty-configuration" }, () =>
      expectRefusal(fleet, faultyGate(0), request, misconfigured),
    );
  }

  it("is logged once", async () => {
    await expectRefusal(fleet, faultyGate(0), authorized, misconfigured);
    const mark = fleet.lines.length;
    await expectRefusal(fleet, faultyGate(0), authorized, misconfigured);
    expect(fleet.lines.slice(mark).map(({ event }) => event)).toEqual(["refused"]);
  });

  it("sends no request to the authority", async () => {
    expect((await fleet.ledger()).calls).toEqual([]);
  });
});

describe("a good configuration", () => {
  for (const [index, name] of Object.keys(good).entries()) {
    it(name, async () => {
      const mark = fleet.lines.length;
      const answer = await fleet.send(goodGate(index), {});
      expect(answer.status).toBe(401);
      expect(await fleet.lineOf(JSON.parse(answer.body).instance)).toMatchObject(
        unauthenticated("credential_missing").log,
      );
      expect(fleet.lines.slice(mark).map(({ event }) => event)).toEqual(["refused"]);
    });
  }
});
