import { describe, expect, it } from "vitest";
import { namesOf, issuerVariables as table } from "../../../src/core/config/table.ts";
import { createReader, type Environment } from "../../../src/core/config/variables.ts";
import { readProvider } from "../../../src/core/guard/downstream.ts";
import { readIssuerProvider } from "../../../src/core/guard/issuer.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { readIssuers } from "../../../src/extensions/issuer/configuration.ts";
import { issuer } from "../../../src/extensions/issuer/issuer.ts";
import { configWith, environmentWith, faultsWith } from "../../support/environment.ts";
import { makeIssuerKey } from "../../support/issuer-keys.ts";

const ec = await makeIssuerKey("ES256");
const nextEc = await makeIssuerKey("ES256");
const rsa = await makeIssuerKey("RS256");
const clientId = "22222222-3333-4444-5555-666666666666";
const issuerVariables = namesOf(table);
const provider = readIssuerProvider(issuer());
const tokens = readProvider(downstream());

/** Both issuers in use. */
const complete: Environment = {
  GATE_URL: "https://api.contoso.com https://www.contoso.com",
  GATE_SIGNING_KEY: ec.pem,
  ORIGIN_ASSERTION: "jwt",
  ORIGIN_URL: "https://origin.contoso.com/base",
  ENTRA_CLIENT_ID: clientId,
  ENTRA_CLIENT_KEY: rsa.pem,
  ENTRA_CLIENT_FEDERATION: "gate",
};

/** Federation requires the option `downstream`, which requires a credential in turn. */
function contextOf(variables: Environment) {
  return { issuer: provider, downstream: variables.ENTRA_CLIENT_FEDERATION === undefined ? undefined : tokens };
}

function read(changes: Environment) {
  const environment = environmentWith({ ...complete, ...changes });
  const config = configWith({ ...complete, ...changes }, contextOf(environment));
  return readIssuers(createReader(environment), config);
}

const faults = (changes: Environment) => {
  const variables = { ...complete, ...changes };
  return faultsWith(variables, contextOf(variables));
};

describe("the issuers", () => {
  it("are below the first address of GATE_URL, and each has its own audience", () => {
    expect(read({})).toMatchObject({
      origin: {
        issuer: "https://api.contoso.com/.well-known/entra-gate/origin",
        audiences: new Map([[undefined, "https://origin.contoso.com"]]),
      },
      client: {
        issuer: "https://api.contoso.com/.well-known/entra-gate/client",
        audience: "api://AzureADTokenExchange",
        subject: clientId,
        signsIn: true,
      },
    });
  });

  it.each([
    [
      "GATE_ISSUER",
      { GATE_ISSUER: "https://www.contoso.com/" },
      { origin: { issuer: expect.stringContaining("//www.") } },
    ],
    [
      "GATE_ISSUER alone",
      { GATE_URL: undefined, GATE_ISSUER: "https://x.example" },
      { client: { issuer: expect.stringContaining("//x.example/") } },
    ],
    [
      "GATE_ISSUER on loopback",
      { GATE_URL: undefined, GATE_ISSUER: "http://127.0.0.1:8787" },
      { origin: { issuer: expect.stringContaining("http://127.0.0.1:8787/") } },
    ],
    ["ORIGIN_AUDIENCE", { ORIGIN_AUDIENCE: "orders" }, { origin: { audiences: new Map([[undefined, "orders"]]) } }],
    ["ENTRA_CLIENT_SUBJECT", { ENTRA_CLIENT_SUBJECT: "gate-1" }, { client: { subject: "gate-1" } }],
    ["a cloud", { ENTRA_CLOUD: "usgov" }, { client: { audience: "api://AzureADTokenExchangeUSGov" } }],
    ["another cloud", { ENTRA_CLOUD: "china" }, { client: { audience: "api://AzureADTokenExchangeChina" } }],
    ["a key that is only published", { ORIGIN_ASSERTION: undefined }, { origin: { audiences: undefined } }],
    ["a client key that is only published", { ENTRA_CLIENT_FEDERATION: undefined }, { client: { signsIn: false } }],
    [
      "a service binding and an audience",
      { ORIGIN_URL: undefined, ORIGIN: { fetch() {} }, ORIGIN_AUDIENCE: "orders" },
      { origin: { audiences: new Map([[undefined, "orders"]]) } },
    ],
    [
      "the next key",
      { GATE_SIGNING_KEY_OTHER: nextEc.publicJwk },
      { origin: { key: { other: JSON.parse(nextEc.publicJwk) } } },
    ],
    [
      "a stored key",
      { GATE_SIGNING_KEY: { get: async () => ec.pem } },
      { origin: { key: { variable: "GATE_SIGNING_KEY" } } },
    ],
  ])("are read with %s", (_, changes, expected) => {
    expect(read(changes)).toMatchObject(expected);
  });

  it("have the audience of each origin, and none for a zone that no request reaches", () => {
    const serving = (...names: readonly string[]) => ({
      serving: {
        onWorkers: true,
        forwards: () => false,
        origins: () => new Set(names),
      },
    });
    const named = {
      ORIGIN_BILLING_URL: "https://b.example/x",
      ORIGIN_ORDERS: { fetch() {} },
      ORIGIN_ORDERS_AUDIENCE: "orders",
    };
    const ofRoutes = { ...contextOf(complete), ...serving("billing", "orders") };
    const environment = environmentWith({ ...complete, ...named, ORIGIN_URL: undefined });
    const found = readIssuers(createReader(environment), configWith(environment, ofRoutes));
    expect(found.origin?.audiences).toEqual(
      new Map([
        [undefined, undefined],
        ["billing", "https://b.example"],
        ["orders", "orders"],
      ]),
    );
    const problems = (changes: Environment, names: readonly string[]) =>
      faultsWith({ ...environment, ...changes }, { ...ofRoutes, ...serving(...names) }).map(
        ({ variable, problem }) => `${variable} ${problem}`,
      );
    expect(problems({ ORIGIN_ORDERS_AUDIENCE: undefined }, ["billing", "orders"])).toEqual([
      "ORIGIN_ORDERS_AUDIENCE is required if the origin has no ORIGIN_ORDERS_URL",
    ]);
    expect(problems({}, ["billing", "orders", "zone"])).toEqual([
      "ORIGIN_AUDIENCE is required if the origin has no ORIGIN_URL",
    ]);
    expect(problems({ ORIGIN: { fetch() {} } }, ["billing", "orders"])).toEqual([
      "ORIGIN_AUDIENCE is required if the origin has no ORIGIN_URL",
    ]);
    expect(problems({ ORIGIN_URL: "https://o.example" }, ["billing", "orders", "zone"])).toEqual([
      "ORIGIN_ZONE_AUDIENCE is required if the origin has no ORIGIN_ZONE_URL",
    ]);
    expect(problems({ ORIGIN_ORDERS_AUDIENCE: "API://azureadtokenexchange" }, ["billing", "orders"])).toEqual([
      "ORIGIN_ORDERS_AUDIENCE is the audience of Entra's federated credentials",
    ]);
    expect(problems({ ORIGIN_ASSERTION: undefined }, ["billing", "orders"])).toEqual([
      "ORIGIN_ORDERS_AUDIENCE is only used with ORIGIN_ASSERTION",
    ]);
  });

  it("have an audience for a worker that gets the requests without a named origin", () => {
    const changes = { ...complete, ORIGIN_URL: undefined, ORIGIN_BILLING_URL: "https://b.example" };
    const serving = {
      onWorkers: true,
      hasWorker: true,
      forwards: () => false,
      origins: () => new Set(["billing"]),
    };
    const ofWorker = { ...contextOf(complete), serving };
    expect(faultsWith(changes, ofWorker)).toMatchObject([
      { variable: "ORIGIN_AUDIENCE", problem: "is required if the origin has no ORIGIN_URL" },
    ]);
    expect(faultsWith({ ...changes, ORIGIN_AUDIENCE: "inside" }, ofWorker)).toEqual([]);
  });

  it("do not exist without keys", () => {
    const none = { GATE_SIGNING_KEY: undefined, ORIGIN_ASSERTION: undefined, ENTRA_CLIENT_KEY: undefined };
    expect(read({ ...none, ENTRA_CLIENT_FEDERATION: undefined })).toEqual({ origin: undefined, client: undefined });
  });
});

describe("faults at start name the variable", () => {
  it.each<[string, Environment, string, string]>([
    ["an RSA key for the origin", { GATE_SIGNING_KEY: rsa.pem }, "GATE_SIGNING_KEY", "is not an EC key on P-256"],
    ["an EC key for Entra", { ENTRA_CLIENT_KEY: ec.pem }, "ENTRA_CLIENT_KEY", "is not an RSA key"],
    ["no key", { GATE_SIGNING_KEY: "none" }, "GATE_SIGNING_KEY", "is not a private key"],
    ["an empty key", { GATE_SIGNING_KEY: " " }, "GATE_SIGNING_KEY", "is not a string or a Secrets Store binding"],
    ["one key for both issuers", { ENTRA_CLIENT_KEY: ec.jwk }, "ENTRA_CLIENT_KEY", "is not an RSA key"],
    [
      "equal keys",
      { GATE_SIGNING_KEY_OTHER: ec.publicJwk },
      "GATE_SIGNING_KEY_OTHER",
      "is the key of GATE_SIGNING_KEY",
    ],
    [
      "equal client keys",
      { ENTRA_CLIENT_KEY_OTHER: rsa.publicJwk },
      "ENTRA_CLIENT_KEY_OTHER",
      "is the key of ENTRA_CLIENT_KEY",
    ],
    ["a private other key", { GATE_SIGNING_KEY_OTHER: nextEc.jwk }, "GATE_SIGNING_KEY_OTHER", "contains a private key"],
    ["a PEM as the other key", { ENTRA_CLIENT_KEY_OTHER: rsa.pem }, "ENTRA_CLIENT_KEY_OTHER", "contains a private key"],
    [
      "another kind of other key",
      { GATE_SIGNING_KEY_OTHER: rsa.publicJwk },
      "GATE_SIGNING_KEY_OTHER",
      "is not an EC key",
    ],
    [
      "an other key alone",
      { GATE_SIGNING_KEY: undefined, ORIGIN_ASSERTION: undefined, GATE_SIGNING_KEY_OTHER: ec.publicJwk },
      "GATE_SIGNING_KEY_OTHER",
      "requires GATE_SIGNING_KEY",
    ],
    ["no address", { GATE_URL: undefined }, "GATE_ISSUER", "or GATE_URL is required"],
    [
      "an issuer that is not served",
      { GATE_ISSUER: "https://other.contoso.com" },
      "GATE_ISSUER",
      "is not an address of GATE_URL",
    ],
    ["an issuer with a path", { GATE_ISSUER: "https://api.contoso.com/gate" }, "GATE_ISSUER", "is not an origin"],
    ["an issuer with a query", { GATE_ISSUER: "https://api.contoso.com/?" }, "GATE_ISSUER", "is not an origin"],
    [
      "an issuer without https",
      { GATE_URL: undefined, GATE_ISSUER: "http://api.contoso.com" },
      "GATE_ISSUER",
      "is not https",
    ],
    ["an issuer that is no URL", { GATE_ISSUER: "api.contoso.com" }, "GATE_ISSUER", "is not an origin"],
    [
      "Entra's audience",
      { ORIGIN_AUDIENCE: "api://azureadtokenexchangeUSGov" },
      "ORIGIN_AUDIENCE",
      "is the audience of Entra's federated credentials",
    ],
    ["no audience", { ORIGIN_URL: undefined }, "ORIGIN_AUDIENCE", "is required if the origin has no ORIGIN_URL"],
    [
      "an audience without assertions",
      { ORIGIN_ASSERTION: undefined, ORIGIN_AUDIENCE: "orders" },
      "ORIGIN_AUDIENCE",
      "is only used with ORIGIN_ASSERTION",
    ],
    ["another form of assertion", { ORIGIN_ASSERTION: "paseto" }, "ORIGIN_ASSERTION", 'is "paseto", not jwt'],
    [
      "assertions without a key",
      { GATE_SIGNING_KEY: undefined },
      "ORIGIN_ASSERTION",
      "requires the secret GATE_SIGNING_KEY",
    ],
    [
      "federation without a key",
      { ENTRA_CLIENT_KEY: undefined },
      "ENTRA_CLIENT_FEDERATION",
      "requires the secret ENTRA_CLIENT_KEY",
    ],
    [
      "federation with another issuer",
      { ENTRA_CLIENT_FEDERATION: "github" },
      "ENTRA_CLIENT_FEDERATION",
      'is "github", not gate',
    ],
    [
      "a subject without a key",
      { ENTRA_CLIENT_KEY: undefined, ENTRA_CLIENT_FEDERATION: undefined, ENTRA_CLIENT_SUBJECT: "gate" },
      "ENTRA_CLIENT_SUBJECT",
      "is only used with ENTRA_CLIENT_KEY",
    ],
    [
      "a client key without a client",
      { ENTRA_CLIENT_ID: undefined, ENTRA_CLIENT_FEDERATION: undefined },
      "ENTRA_CLIENT_KEY",
      "requires ENTRA_CLIENT_ID",
    ],
    [
      "a health page in place of a document",
      { GATE_HEALTH_PATH: "/.well-known/entra-gate/client/jwks.json" },
      "GATE_HEALTH_PATH",
      "is the path of a document",
    ],
    ["a misspelled name", { GATE_SIGNING_KEYS: "x" }, "GATE_SIGNING_KEYS", "Did you mean GATE_SIGNING_KEY?"],
  ])("for %s", { tags: "key-faults" }, (_, changes, variable, problem) => {
    const found = faults(changes);
    expect(found.map((fault) => fault.variable)).toEqual([variable]);
    expect(found[0]?.problem).toContain(problem);
    const { d } = ec.members;
    for (const secret of [d, nextEc.members.d, rsa.members.d]) expect(JSON.stringify(found)).not.toContain(secret);
    expect(JSON.stringify(found)).not.toContain("MII");
  });

  it("for federation without the option downstream, which alone would sign in with the key", () => {
    const onlyIssuer = { issuer: provider };
    expect(faultsWith(complete, onlyIssuer)).toEqual([
      {
        variable: "ENTRA_CLIENT_FEDERATION",
        problem: "requires the option downstream, which signs in at Entra with the key",
        example: "createGate({ downstream: downstream(), issuer: issuer() })",
      },
    ]);
    expect(faultsWith({ ...complete, ENTRA_CLIENT_FEDERATION: "github" }, onlyIssuer)).toHaveLength(1);
    expect(faultsWith({ ...complete, ENTRA_CLIENT_FEDERATION: undefined }, onlyIssuer)).toEqual([]);
  });

  it("for every variable without the option, and the fault names the option", () => {
    const serving = { onWorkers: true, forwards: () => true };
    for (const variable of issuerVariables) {
      const problem = "requires the option issuer of createGate or createEntraPlugin";
      expect(faultsWith({ [variable]: "x" }, { serving })).toMatchObject([{ variable, problem }]);
    }
  });

  it("for every variable in an adapter, which has no such option", () => {
    for (const variable of issuerVariables) {
      const problem = "is not used with Hono or DaloyJS, where the gate forwards nothing. Remove it";
      expect(faultsWith({ [variable]: "x" })).toEqual([{ variable, problem, example: undefined }]);
    }
  });

  it.each(["ORIGIN_ASSERTION_OTHER", "GATE_ISSUER_OTHER"])("for %s, with or without the option", (variable) => {
    for (const context of [{}, { issuer: provider }]) {
      expect(faultsWith({ [variable]: "x" }, context)).toMatchObject([
        { variable, problem: expect.stringContaining("is not a variable of entra-gate. Did you mean") },
      ]);
    }
  });

  it.each([
    ["GATE_ISSUERS", "GATE_ISSUER"],
    ["GATE_SIGNINGKEY", "GATE_SIGNING_KEY"],
    ["GATE_SIGNING_KEYS_OTHER", "GATE_SIGNING_KEY_OTHER"],
    ["ORIGIN_ASERTION", "ORIGIN_ASSERTION"],
    ["origin-audience", "ORIGIN_AUDIENCE"],
    ["ENTRA_CLIENT_KEYS", "ENTRA_CLIENT_KEY"],
    ["ENTRA_CLIENT_KEY_OTHERS", "ENTRA_CLIENT_KEY_OTHER"],
    ["ENTRA_CLIENT_FEDERATON", "ENTRA_CLIENT_FEDERATION"],
    ["ENTRA_CLIENT_SUBJEKT", "ENTRA_CLIENT_SUBJECT"],
    ["ORIGIN_AUTHORISATION", "ORIGIN_AUTHORIZATION"],
  ])("for the misspelled %s, with or without the option", (variable, meant) => {
    const serving = { onWorkers: true, forwards: () => true };
    for (const context of [{ serving }, { serving, issuer: provider }]) {
      expect(faultsWith({ [variable]: "x" }, context)).toMatchObject([
        { variable, problem: `is not a variable of entra-gate. Did you mean ${meant}?` },
      ]);
    }
  });

  it("for a misspelled name in an adapter, without the name of a variable that it cannot have", () => {
    const [found] = faultsWith({ GATE_SIGNING_KEYS: "x" });
    for (const variable of issuerVariables) expect(found?.problem).not.toContain(`${variable}?`);
  });
});
