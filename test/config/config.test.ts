import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { describeFault } from "../../src/config/fault.ts";
import { audience, client, tenant } from "../support/claims.ts";
import { configWith, environmentWith, faultsWith, faultyVariables, ordinaryContext } from "../support/environment.ts";

const known = [
  "ENTRA_TENANT_ID",
  "ENTRA_ALLOWED_TENANTS",
  "ENTRA_API_AUDIENCE",
  "ENTRA_REQUIRED_SCOPE",
  "ENTRA_REQUIRED_ROLE",
  "ENTRA_ALLOWED_CLIENTS",
  "ENTRA_CLOUD",
  "ENTRA_AUTHORITY",
  "ENTRA_ACCEPT_V1",
  "ENTRA_CLOCK_SKEW_SECONDS",
  "ENTRA_CLIENT_ID",
  "ENTRA_CLIENT_SECRET",
  "ENTRA_CLIENT_CERTIFICATE",
  "ORIGIN_URL",
  "ORIGIN_AUTHORIZATION",
  "ORIGIN_SCOPE",
] as const;

describe("readConfig", () => {
  it("needs three variables, and has a default for all others", () => {
    expect(configWith({})).toEqual({
      cloud: "public",
      authority: undefined,
      acceptV1: false,
      clockSkewSeconds: 60,
      tenants: { decided: "by-list", allowed: new Set([tenant]) },
      audiences: new Set([audience]),
      requiredScopes: ["access_as_user"],
      requiredRoles: [],
      allowedClients: undefined,
      origin: { target: { kind: "zone" }, authorization: "forward" },
      credentials: undefined,
    });
  });

  it("freezes what it made", () => {
    const config = configWith({ ENTRA_CLIENT_ID: audience, ENTRA_CLIENT_SECRET: "secret" });
    const { tenants, requiredScopes, requiredRoles, origin, credentials } = config;
    const parts = [config, tenants, requiredScopes, requiredRoles, origin, origin.target, credentials];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true));
  });

  it("names every fault at once", () => {
    const faults = faultyVariables({
      ENTRA_TENANT_ID: "common",
      ENTRA_ALLOWED_TENANTS: "*",
      ENTRA_API_AUDIENCE: "orders",
      ENTRA_REQUIRED_SCOPE: ".default",
      ENTRA_REQUIRED_ROLE: "*",
      ENTRA_ALLOWED_CLIENTS: "*",
      ENTRA_CLOUD: "germany",
      ENTRA_AUTHORITY: "http://entra.example",
      ENTRA_ACCEPT_V1: "maybe",
      ENTRA_CLOCK_SKEW_SECONDS: "3600",
      ENTRA_CLIENT_ID: "orders",
      ENTRA_CLIENT_SECRET: "",
      ENTRA_CLIENT_CERTIFICATE: 1,
      ORIGIN_URL: "origin",
      ORIGIN_AUTHORIZATION: "keep",
      ORIGIN_SCOPE: ",",
      ORIGIN: "origin",
      ENTRA_ALLOWED_CLIENT: client,
    });
    expect([...new Set(faults)].sort()).toEqual([...known, "ORIGIN", "ENTRA_ALLOWED_CLIENT"].sort());
  });

  it("names all that is missing where nothing is configured", () => {
    const read = readConfig({}, ordinaryContext);
    expect(read.ok ? [] : read.error.map(describeFault)).toEqual([
      "ENTRA_TENANT_ID is missing; for example ENTRA_TENANT_ID=11111111-2222-3333-4444-555555555555",
      "ENTRA_API_AUDIENCE is missing; for example ENTRA_API_AUDIENCE=22222222-3333-4444-5555-666666666666",
      "ENTRA_REQUIRED_SCOPE and ENTRA_REQUIRED_ROLE are both missing; for example ENTRA_REQUIRED_SCOPE=access_as_user",
    ]);
  });

  it.each([
    "ENTRA_ALLOWED_CLIENT",
    "ENTRA_ALLOWED_TENANT",
    "ENTRA_REQUIRED_SCOPES",
    "ENTRA_AUDIENCE",
    "ORIGIN_AUTHORISATION",
    "ENTRA_",
    "entra_allowed_clients",
    "Entra_Allowed_Clients",
    "ENTRA-ALLOWED-CLIENTS",
    "origin_authorization",
  ])("faults %s: a misspelt allowlist would be none", (variable) => {
    expect(faultsWith({ [variable]: client })).toMatchObject([
      { variable, problem: "is no variable of the gate: misspelt?" },
    ]);
  });

  it("leaves variables and bindings of others alone", () => {
    const others = {
      RATE_LIMITER: {},
      DECISIONS: {},
      TOKEN_CACHE: {},
      PATH: "/bin",
      CENTRAL_ENTRANCE: "x",
      ORIGINAL: 1,
    };
    expect(faultsWith(others)).toEqual([]);
  });

  it.each(known)("has no variable %s that is present, but empty", (variable) => {
    expect(faultyVariables({ [variable]: "" })).toContain(variable);
    expect(faultyVariables({ [variable]: " \n" })).toContain(variable);
    expect(faultyVariables({ [variable]: null })).toContain(variable);
  });
});

describe("examples", () => {
  const faulty: readonly Record<string, unknown>[] = [
    ...known.filter((variable) => !variable.startsWith("ORIGIN_SCOPE")).map((variable) => ({ [variable]: "" })),
    { ENTRA_TENANT_ID: undefined },
    { ENTRA_TENANT_ID: "organizations" },
    { ENTRA_API_AUDIENCE: undefined },
    { ENTRA_REQUIRED_SCOPE: undefined },
    { ENTRA_CLOCK_SKEW_SECONDS: "301" },
    { ENTRA_CLIENT_SECRET: "secret" },
  ];

  it.each(faulty)("repair what they are given for: %j", (changes) => {
    const assignments = faultsWith(changes).map(({ variable, example }) =>
      example.startsWith("wrangler secret put") ? [variable, "secret"] : example.split("="),
    );
    const clientId = "ENTRA_CLIENT_SECRET" in changes || "ENTRA_CLIENT_CERTIFICATE" in changes ? audience : undefined;
    expect(assignments).not.toEqual([]);
    expect(faultsWith({ ENTRA_CLIENT_ID: clientId, ...changes, ...Object.fromEntries(assignments) })).toEqual([]);
  });
});

const value = fc.oneof(
  fc.anything(),
  fc.string(),
  fc.constantFrom(
    "*",
    "true",
    "organizations",
    "on-behalf-of",
    tenant,
    `${tenant},${audience}`,
    "https://a.example",
    "60",
  ),
);
const anyEnvironment = fc.dictionary(fc.oneof(fc.constantFrom(...known, "ORIGIN"), fc.string()), value);
const anyContext = fc.record({ tenantsDecidedInCode: fc.boolean(), defaultRequirementUnused: fc.boolean() });

describe("for any environment", () => {
  it("never throws, and every fault has all its parts", () => {
    fc.assert(
      fc.property(anyEnvironment, anyContext, (environment, context) => {
        const read = readConfig(environment, context);
        const faults = read.ok ? [] : read.error;
        expect(read.ok || faults.length > 0).toBe(true);
        for (const { variable, problem, example } of faults) {
          expect([variable, problem, example].map((part) => typeof part)).toEqual(["string", "string", "string"]);
          expect(problem).not.toBe("");
          expect(example).not.toBe("");
        }
      }),
    );
  });

  it("is never open: what is accepted names tenants or a decision in code, audiences, and a requirement or none to meet", () => {
    fc.assert(
      fc.property(anyEnvironment, anyContext, (changes, context) => {
        const read = readConfig(environmentWith(changes), context);
        if (!read.ok) return;
        const { tenants, audiences, requiredScopes, requiredRoles, allowedClients, clockSkewSeconds } = read.value;
        expect(tenants.decided === "by-list" ? tenants.allowed.size > 0 : context.tenantsDecidedInCode).toBe(true);
        expect(audiences.size).toBeGreaterThan(0);
        expect(requiredScopes.length + requiredRoles.length > 0 || context.defaultRequirementUnused).toBe(true);
        expect(allowedClients?.size).not.toBe(0);
        expect(clockSkewSeconds >= 0 && clockSkewSeconds <= 300).toBe(true);
      }),
    );
  });

  it("tells no secret", () => {
    const secret = fc.stringMatching(/^[0-9a-zA-Z~._-]{12,40}$/);
    fc.assert(
      fc.property(secret, anyEnvironment, (secret, environment) => {
        const read = readConfig(
          {
            ...environment,
            ENTRA_CLIENT_SECRET: secret,
            ENTRA_CLIENT_CERTIFICATE: { key: secret },
            ENTRA_CLIENT_ID: secret,
            ENTRA_AUTHORITY: `http://user:${secret}@entra.example/`,
            ORIGIN_URL: `https://:${secret}@origin.example/?key=${secret}`,
            ORIGIN: secret,
            ORIGIN_SCOPE: 1,
          },
          ordinaryContext,
        );
        expect(read.ok).toBe(false);
        expect(JSON.stringify(read)).not.toContain(secret);
      }),
    );
  });
});
