import { describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import { describeFault } from "../../../src/core/config/fault.ts";
import { readAuthoritiesProvider } from "../../../src/core/guard/authorities.ts";
import { authorities } from "../../../src/extensions/authorities/authorities.ts";
import { audience, client, otherTenant, tenant } from "../../support/claims.ts";
import { configWith, faultsWith } from "../../support/environment.ts";

const factory = (...names: readonly [string, ...string[]]) => readAuthoritiesProvider(authorities(...names));
const context = { authorities: factory("customers") };
const external = {
  ENTRA_CUSTOMERS_TENANT_ID: otherTenant,
  ENTRA_CUSTOMERS_AUTHORITY: "https://customers.ciamlogin.com",
  ENTRA_CUSTOMERS_API_AUDIENCE: client,
};
const faultsOf = (changes: Record<string, unknown>, given: object = context) =>
  faultsWith({ ...external, ...changes }, given).map(describeFault);

describe("the names of authorities", () => {
  it.each([
    ["customers", "partner_2", "a"],
    ["b2c"],
    ["secret", "id", "scope"],
    ["a", "b", "c", "d", "e", "f", "g", "h"],
  ])("can be %j", (...names) => {
    expect(authorities(...(names as [string])).names).toEqual(names);
  });

  it.each([
    [[], "must have 1 to 8 names"],
    [["a", "b", "c", "d", "e", "f", "g", "h", "i"], "must have 1 to 8 names"],
    [["Customers"], '"Customers" must have lower-case letters'],
    [["2c"], '"2c" must have lower-case letters'],
    [["a-b"], '"a-b" must have lower-case letters'],
    [[""], '"" must have lower-case letters'],
    [[1], "1 must have lower-case letters"],
    [[undefined], "undefined must have lower-case letters"],
    [["customers", "customers"], '"customers" occurs twice'],
    [["default"], '"default" is the authority without a name'],
    ...["client", "api", "required", "allowed", "tenant", "accept", "clock", "authority", "cloud", "app"].map(
      (name) => [[name], `"${name}" begins like a variable of the gate, ENTRA_${name.toUpperCase()}_`] as const,
    ),
    [["client_two"], '"client_two" begins like a variable of the gate, ENTRA_CLIENT_'],
  ] as const)("cannot be %j", (names, problem) => {
    const create = () => authorities(...(names as unknown as [string]));
    expect(create).toThrow(TypeError);
    expect(create).toThrow(`authorities: ${problem}`);
    expect(create).toThrow('Write authorities("customers")');
  });
});

describe("the variables of an authority", () => {
  it("mean what their namesakes mean", () => {
    const changes = { ...external, ENTRA_CUSTOMERS_ALLOWED_CLIENTS: client.toUpperCase() };
    expect(configWith(changes, context).authorities[1]).toEqual({
      name: "customers",
      cloud: "public",
      authority: "https://customers.ciamlogin.com",
      acceptV1: false,
      tenants: { decided: "by-list", allowed: new Set([otherTenant]) },
      audiences: new Set([client]),
      allowedClients: new Set([client]),
    });
    const cloud = { ...external, ENTRA_CUSTOMERS_AUTHORITY: undefined, ENTRA_CUSTOMERS_CLOUD: "usgov" };
    const several = { ENTRA_CUSTOMERS_ALLOWED_TENANTS: otherTenant, ENTRA_CUSTOMERS_ACCEPT_V1: "true" };
    expect(configWith({ ...cloud, ...several }, context).authorities[1]).toMatchObject({
      cloud: "usgov",
      acceptV1: true,
    });
    expect(configWith({ ...external, ENTRA_CUSTOMERS_CLIENT_ID: client }, context).authorities).toHaveLength(2);
  });

  it.each([
    ["ENTRA_CUSTOMERS_TENANT_ID", undefined, "ENTRA_CUSTOMERS_TENANT_ID is missing"],
    ["ENTRA_CUSTOMERS_TENANT_ID", "contoso", 'ENTRA_CUSTOMERS_TENANT_ID is "contoso", not a tenant ID'],
    [
      "ENTRA_CUSTOMERS_TENANT_ID",
      "organizations",
      "ENTRA_CUSTOMERS_ALLOWED_TENANTS is required when ENTRA_CUSTOMERS_T",
    ],
    [
      "ENTRA_CUSTOMERS_API_AUDIENCE",
      undefined,
      "ENTRA_CUSTOMERS_API_AUDIENCE is missing. Example: ENTRA_CUSTOMERS_API",
    ],
    ["ENTRA_CUSTOMERS_AUTHORITY", "http://x.example", "ENTRA_CUSTOMERS_AUTHORITY uses http"],
    [
      "ENTRA_CUSTOMERS_ACCEPT_V1",
      "true",
      "ENTRA_CUSTOMERS_ACCEPT_V1 accepts no token of an https ENTRA_CUSTOMERS_AUTH",
    ],
    ["ENTRA_CUSTOMERS_CLOUD", "mars", 'ENTRA_CUSTOMERS_CLOUD is "mars"'],
    ["ENTRA_CUSTOMERS_ALLOWED_CLIENTS", "*", 'ENTRA_CUSTOMERS_ALLOWED_CLIENTS contains "*"'],
    [
      "ENTRA_CUSTOMRES_ALLOWED_CLIENTS",
      client,
      "ENTRA_CUSTOMRES_ALLOWED_CLIENTS is not a variable of entra-gate. Did you mean ENTRA_CUSTOMERS_ALLOWED_CLIENTS",
    ],
    ["ENTRA_CUSTOMERS_CLOCK_SKEW_SECONDS", "0", "ENTRA_CUSTOMERS_CLOCK_SKEW_SECONDS is not a variable"],
    ["ENTRA_CUSTOMERS_REQUIRED_SCOPE", "x", "ENTRA_CUSTOMERS_REQUIRED_SCOPE is not a variable"],
    ["ENTRA_CUSTOMERS_APP_ID_URI", "api://x", "ENTRA_CUSTOMERS_APP_ID_URI is not a variable"],
  ])("are checked as theirs: %s %s", (name, value, fault) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringContaining(fault)]);
  });

  it("are faults without the option, and the option without them", () => {
    expect(faultsOf({}, {})).toHaveLength(3);
    expect(faultsWith({}, context).map(({ variable }) => variable)).toEqual([
      "ENTRA_CUSTOMERS_TENANT_ID",
      "ENTRA_CUSTOMERS_API_AUDIENCE",
    ]);
  });

  it("require GATE_URL outside Workers, unless every authority is on loopback", () => {
    const serving = { onWorkers: false, forwards: () => false };
    const local = { ENTRA_AUTHORITY: "http://127.0.0.1:1" };
    const localCustomers = { ENTRA_CUSTOMERS_AUTHORITY: "http://127.0.0.1:2" };
    expect(faultsOf(local, { ...context, serving })).toEqual([expect.stringContaining("GATE_URL is required")]);
    expect(faultsOf({ ...local, ...localCustomers }, { ...context, serving })).toEqual([]);
  });
});

describe("two authorities with an issuer in common", () => {
  const inCode = { ...context, tenantsDecidedInCode: true };
  const cloud = { ENTRA_CUSTOMERS_AUTHORITY: undefined };
  const common = (issuer: string, of = otherTenant, one = "default") =>
    `ENTRA_CUSTOMERS_TENANT_ID gives the authorities ${one} and customers the issuer ${issuer} in common, for tenant ${of}.`;
  const publicIssuer = `https://login.microsoftonline.com/${otherTenant}/v2.0`;

  it.each([
    ["a cloud and External ID", { ENTRA_ALLOWED_TENANTS: `${tenant},${otherTenant}` }, publicIssuer],
    ["one cloud", { ENTRA_TENANT_ID: otherTenant, ...cloud }, publicIssuer],
    [
      "External ID with two addresses",
      { ENTRA_TENANT_ID: otherTenant, ENTRA_AUTHORITY: "https://login.customers.example" },
      `https://${otherTenant}.ciamlogin.com/${otherTenant}/v2.0`,
    ],
    [
      "v1.0 tokens of two clouds",
      {
        ENTRA_TENANT_ID: otherTenant,
        ...cloud,
        ENTRA_CUSTOMERS_CLOUD: "usgov",
        ENTRA_ACCEPT_V1: "true",
        ENTRA_CUSTOMERS_ACCEPT_V1: "true",
      },
      `https://sts.windows.net/${otherTenant}/`,
    ],
  ])("are a fault: %s", (_, changes, issuer) => {
    expect(faultsOf(changes)).toEqual([expect.stringContaining(common(issuer))]);
    expect(faultsOf(changes)[0]).toContain("Two registrations in one tenant are one authority with two audiences");
  });

  it("are a fault of the list of tenants, if there is one", () => {
    const listed = { ENTRA_CUSTOMERS_TENANT_ID: "organizations", ENTRA_CUSTOMERS_ALLOWED_TENANTS: tenant };
    expect(faultsOf({ ...cloud, ...listed })).toEqual([
      expect.stringMatching(/^ENTRA_CUSTOMERS_ALLOWED_TENANTS gives the authorities default and customers the issuer /),
    ]);
  });

  it("are a fault if the one with a name lists no tenants", () => {
    const changes = { ...cloud, ENTRA_CUSTOMERS_TENANT_ID: "organizations" };
    const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
    expect(faultsOf(changes, inCode)).toEqual([expect.stringContaining(common(issuer, tenant))]);
    const both = { ...changes, ENTRA_TENANT_ID: "organizations" };
    expect(faultsOf(both, inCode)).toEqual([expect.stringContaining("in common, for every tenant.")]);
  });

  it("are a fault if both have a name", () => {
    const others = { ENTRA_PARTNERS_TENANT_ID: otherTenant, ENTRA_PARTNERS_API_AUDIENCE: audience };
    const given = { ...inCode, authorities: factory("partners", "customers") };
    const open = { ...others, ENTRA_TENANT_ID: "organizations" };
    const fault = [expect.stringContaining(common(publicIssuer, otherTenant, "partners"))];
    expect(faultsOf(open, given)).toEqual(fault);
    // Tenants of a named authority leave the default one only.
    const unlisted = { ...others, ...cloud, ENTRA_PARTNERS_TENANT_ID: "organizations", ENTRA_CLOUD: "usgov" };
    expect(faultsOf(unlisted, given)).toEqual(fault);
  });

  it.each<[string, Record<string, unknown>]>([
    ["TENANT_ID", { TENANT_ID: "contoso", ALLOWED_TENANTS: otherTenant }],
    ["ALLOWED_TENANTS", { ALLOWED_TENANTS: `${otherTenant},contoso` }],
    ["AUTHORITY", { AUTHORITY: "customers.ciamlogin.com" }],
    ["CLOUD", { CLOUD: "mars" }],
  ])("are none beside a fault of %s, on either side", (variable, changes) => {
    for (const prefix of ["ENTRA_", "ENTRA_CUSTOMERS_"]) {
      const own = Object.entries(changes).map(([name, value]) => [prefix + name, value]);
      const given = { ...external, ...cloud, ENTRA_TENANT_ID: otherTenant, ...Object.fromEntries(own) };
      expect(faultsWith(given, context).map((fault) => fault.variable)).toEqual([prefix + variable]);
    }
  });

  it("are none if their tenants or issuers differ, or if the default authority lists no tenants", () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf(cloud)).toEqual([]);
    expect(faultsOf({ ENTRA_TENANT_ID: otherTenant, ...cloud, ENTRA_CUSTOMERS_CLOUD: "china" })).toEqual([]);
    expect(faultsOf({ ...cloud, ENTRA_TENANT_ID: "organizations" }, inCode)).toEqual([]);
    const local = { ENTRA_AUTHORITY: "http://127.0.0.1:1", ENTRA_CUSTOMERS_AUTHORITY: "http://127.0.0.1:2" };
    expect(faultsOf({ ...local, ENTRA_CUSTOMERS_TENANT_ID: tenants.contoso.id })).toEqual([]);
  });
});
