import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/core/config/config.ts";
import { describeFault } from "../../../src/core/config/fault.ts";
import { audience, client, tenant } from "../../support/claims.ts";
import {
  configWith,
  faultsWith,
  faultyVariables,
  knownVariables as known,
  ordinaryContext,
} from "../../support/environment.ts";

describe("readConfig", () => {
  it("needs three variables, and has a default for all others", () => {
    const own = {
      name: "default",
      cloud: "public",
      authority: undefined,
      acceptV1: false,
      tenants: { decided: "by-list", allowed: new Set([tenant]) },
      audiences: new Set([audience]),
      allowedClients: undefined,
    };
    expect(configWith({})).toEqual({
      ...own,
      authorities: [own],
      clockSkewSeconds: 60,
      requiredScopes: ["access_as_user"],
      requiredRoles: [],
      requiredGroups: [],
      addresses: undefined,
      tlsProxy: undefined,
      origin: { target: { kind: "zone" }, authorization: "forward", cookies: "forward" },
      origins: new Map(),
      observation: expect.objectContaining({ mode: "enforce" }),
      credentials: undefined,
    });
  });

  it("freezes the configuration", () => {
    const config = configWith({ ENTRA_CLIENT_ID: audience, ENTRA_CLIENT_SECRET: "secret" });
    const { tenants, requiredScopes, requiredRoles, origin, credentials } = config;
    const parts = [
      config,
      tenants,
      requiredScopes,
      requiredRoles,
      origin,
      origin.target,
      credentials,
      credentials?.list,
    ];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true));
  });

  it("reports every fault at once", () => {
    const faults = faultyVariables({
      ENTRA_TENANT_ID: "common",
      ENTRA_ALLOWED_TENANTS: "*",
      ENTRA_API_AUDIENCE: "orders",
      ENTRA_REQUIRED_SCOPE: ".default",
      ENTRA_REQUIRED_ROLE: "*",
      ENTRA_REQUIRED_GROUP: "Admins",
      ENTRA_ALLOWED_CLIENTS: "*",
      ENTRA_CLOUD: "germany",
      ENTRA_AUTHORITY: "http://entra.example",
      ENTRA_ACCEPT_V1: "maybe",
      ENTRA_CLOCK_SKEW_SECONDS: "3600",
      ENTRA_CLIENT_ID: "orders",
      ENTRA_CLIENT_SECRET: "",
      ENTRA_CLIENT_SECRET_PREVIOUS: "",
      ENTRA_CLIENT_CERTIFICATE: 1,
      ENTRA_CLIENT_CERTIFICATE_PREVIOUS: {},
      GATE_HEALTH: "on",
      GATE_HEALTH_PATH: "health",
      GATE_LOG_ALLOWED: "all",
      GATE_LOG_KEY: "",
      GATE_LOG_SUBJECT: "name",
      GATE_MODE: "off",
      GATE_SERVER_TIMING: "yes",
      GATE_TLS_PROXY: "yes",
      GATE_TLS_PROXY_HOPS: "6",
      GATE_URL: "api.contoso.com",
      ORIGIN_URL: "origin",
      ORIGIN_AUTHORIZATION: "keep",
      ORIGIN_COOKIES: "keep",
      ORIGIN_PLAINTEXT: "yes",
      ORIGIN_SCOPE: ",",
      ORIGIN: "origin",
      ENTRA_ALLOWED_CLIENT: client,
    });
    expect([...new Set(faults)].sort()).toEqual([...known, "ORIGIN", "ENTRA_ALLOWED_CLIENT"].sort());
  });

  it("reports everything that is missing if nothing is configured", () => {
    const read = readConfig({}, ordinaryContext);
    expect(read.ok ? [] : read.error.map(describeFault)).toEqual([
      "ENTRA_TENANT_ID is missing. Example: ENTRA_TENANT_ID=11111111-2222-3333-4444-555555555555",
      "ENTRA_API_AUDIENCE is missing. Example: ENTRA_API_AUDIENCE=22222222-3333-4444-5555-666666666666",
      "ENTRA_REQUIRED_SCOPE or ENTRA_REQUIRED_ROLE is required. Example: ENTRA_REQUIRED_SCOPE=access_as_user",
    ]);
  });

  it.each([
    ["ENTRA_ALLOWED_CLIENT", "ENTRA_ALLOWED_CLIENTS"],
    ["ENTRA_ALOWED_CLIENTS", "ENTRA_ALLOWED_CLIENTS"],
    ["ENTRA_ALLOWED_TENANT", "ENTRA_ALLOWED_TENANTS"],
    ["ENTRA_REQUIRED_SCOPES", "ENTRA_REQUIRED_SCOPE"],
    ["ENTRA_AUDIENCE", "ENTRA_API_AUDIENCE"],
    ["ORIGIN_AUTHORISATION", "ORIGIN_AUTHORIZATION"],
    ["ENTRA_", "ENTRA_TENANT_ID"],
    ["entra_allowed_clients", "ENTRA_ALLOWED_CLIENTS"],
    ["Entra_Allowed_Clients", "ENTRA_ALLOWED_CLIENTS"],
    ["ENTRA-ALLOWED-CLIENTS", "ENTRA_ALLOWED_CLIENTS"],
    ["origin_authorization", "ORIGIN_AUTHORIZATION"],
  ])("reports %s, because a misspelled allowlist would not apply, and suggests %s", (variable, known) => {
    expect(faultsWith({ [variable]: client })).toEqual([
      { variable, problem: `is not a variable of entra-gate. Did you mean ${known}?` },
    ]);
  });

  it.each(["\ufeff", " ", "\u200b"])("reports an allowlist whose name starts with %j", (start) => {
    expect(faultsWith({ [`${start}ENTRA_ALLOWED_CLIENTS`]: client })).toEqual([
      {
        variable: "ENTRA_ALLOWED_CLIENTS",
        problem: "has an invisible character before it, such as the byte order mark of a file",
        example: "ENTRA_ALLOWED_CLIENTS=…",
      },
    ]);
  });

  it("knows the variables of a part, and each name that an operator completes", () => {
    const variables = ["GATE_SESSION_KEY", "ORIGIN_<NAME>_URL" as "GATE_SESSION_KEY"] as const;
    const names = { GATE_SESSION_KEY: "x", ORIGIN_ORDERS_URL: "x", ORIGIN__URL: "x", ORIGIN_ORDERS_URLS: "x" };
    expect(faultyVariables(names, { parts: [{ variables, check() {} }] })).toEqual([
      "ORIGIN__URL",
      "ORIGIN_ORDERS_URLS",
    ]);
  });

  it("ignores other variables and bindings", () => {
    const others = {
      TOKEN_CACHE: {},
      PATH: "/bin",
      CENTRAL_ENTRANCE: "x",
      ORIGINAL: 1,
    };
    expect(faultsWith(others)).toEqual([]);
  });

  it.each(known)("rejects %s if it is present but empty", (variable) => {
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

  it.each(faulty)("are valid values for the faults that give them: %j", (changes) => {
    const assignments = faultsWith(changes).map(({ variable, example = "" }) =>
      example.startsWith("wrangler secret put") ? [variable, "secret"] : example.split("="),
    );
    const isCredential = Object.keys(changes).some((variable) => /^ENTRA_CLIENT_[SC]/.test(variable));
    const clientId = isCredential ? audience : undefined;
    const isOfProxy = Object.keys(changes).some((variable) => variable.startsWith("GATE_TLS_PROXY"));
    const GATE_URL = isOfProxy ? "https://api.contoso.com" : undefined;
    expect(assignments).not.toEqual([]);
    expect(faultsWith({ ENTRA_CLIENT_ID: clientId, GATE_URL, ...changes, ...Object.fromEntries(assignments) })).toEqual(
      [],
    );
  });
});
