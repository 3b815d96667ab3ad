import { describe, expect, it } from "vitest";
import { contentsOf } from "../../../src/app/app-contents.ts";
import { describeGate } from "../../../src/app/gate-options.ts";
import { readProvider } from "../../../src/core/guard/downstream.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { mcp } from "../../../src/extensions/mcp/route.ts";
import { App, requireAuth } from "../../../src/index.ts";
import { audience } from "../../support/claims.ts";
import { faultsWith } from "../../support/environment.ts";

const pem =
  "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----";
const client = { ENTRA_CLIENT_ID: audience };
const secret = { ...client, ENTRA_CLIENT_SECRET: "a-secret" };
const store = { get: async () => null, put: async () => {}, delete: async () => {} };
const keys = `2026a:${"A".repeat(43)}`;

const withSecret = readProvider(downstream());
const withAssertion = readProvider(downstream({ assertion: () => "an-assertion" }));
const faults = (changes: Record<string, unknown>, provider = withSecret) =>
  faultsWith(changes, { downstream: provider }).map(({ variable, problem }) => `${variable} ${problem}`);

describe("a gate that gets tokens for other APIs", () => {
  it.each<[string, Record<string, unknown>, typeof withSecret]>([
    ["a secret", secret, withSecret],
    ["a certificate", { ...client, ENTRA_CLIENT_CERTIFICATE: pem }, withSecret],
    ["a stored certificate", { ...client, ENTRA_CLIENT_CERTIFICATE: { get: async () => "" } }, withSecret],
    ["an assertion in code", client, withAssertion],
    ["two secrets", { ...secret, ENTRA_CLIENT_SECRET_PREVIOUS: "older" }, withSecret],
    [
      "a cache and its keys",
      { ...secret, TOKEN_CACHE: store, TOKEN_CACHE_KEY: `${keys}, 2025b:${"B".repeat(43)}=` },
      withSecret,
    ],
    [
      "a cache and stored keys",
      { ...secret, TOKEN_CACHE: store, TOKEN_CACHE_KEY: { get: async () => "" } },
      withSecret,
    ],
    [
      "a scope for its origin",
      { ...secret, ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "api://orders/read" },
      withSecret,
    ],
  ])("accepts %s", (_, changes, provider) => {
    expect(faults(changes, provider)).toEqual([]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{}, "ENTRA_CLIENT_ID is required by downstream()"],
    [client, "ENTRA_CLIENT_CERTIFICATE or ENTRA_CLIENT_SECRET is required"],
    [
      { ...client, ENTRA_CLIENT_CERTIFICATE: "c" },
      "ENTRA_CLIENT_CERTIFICATE is not a certificate with its private key",
    ],
    [
      { ...client, ENTRA_CLIENT_SECRET_PREVIOUS: "older" },
      "ENTRA_CLIENT_SECRET_PREVIOUS requires ENTRA_CLIENT_SECRET, the newer credential",
    ],
    [{ ...secret, TOKEN_CACHE: store }, "TOKEN_CACHE_KEY is required to encrypt the tokens in KV"],
    [{ ...secret, TOKEN_CACHE_KEY: keys }, "TOKEN_CACHE_KEY requires the KV binding TOKEN_CACHE"],
    [{ ...secret, TOKEN_CACHE: {}, TOKEN_CACHE_KEY: keys }, "TOKEN_CACHE is not a KV namespace binding"],
    [
      { ...secret, TOKEN_CACHE_KEYS: keys },
      "TOKEN_CACHE_KEYS is not a variable of entra-gate. Did you mean TOKEN_CACHE_KEY?",
    ],
    [
      { ...secret, TOKEN_CACHE: store, TOKEN_CACHE_KEY: "A".repeat(43) },
      "TOKEN_CACHE_KEY is not a list of names and 32-byte keys",
    ],
    [
      { ...secret, TOKEN_CACHE: store, TOKEN_CACHE_KEY: `${keys}A` },
      "TOKEN_CACHE_KEY is not a list of names and 32-byte keys",
    ],
    [{ ...secret, ORIGIN_AUTHORIZATION: "on-behalf-of" }, "ORIGIN_SCOPE is required by on-behalf-of"],
    [
      { ...secret, ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "openid" },
      'ORIGIN_SCOPE contains "openid", which is not a full scope name',
    ],
  ])("rejects %j", (changes, fault) => {
    expect(faults(changes)).toEqual([fault]);
  });

  it("rejects on-behalf-of of an origin that callers of another authority reach", () => {
    const billing = { ...secret, ORIGIN_BILLING_URL: "https://billing.contoso.example" };
    const forwards = { ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "api://orders/read" };
    const ofBilling = {
      ORIGIN_BILLING_AUTHORIZATION: "on-behalf-of",
      ORIGIN_BILLING_SCOPE: "api://orders/read",
    };
    const find = (variables: object, foreign: readonly (string | undefined)[]) =>
      faultsWith(
        { ...billing, ...variables },
        {
          downstream: withSecret,
          serving: {
            onWorkers: true,
            forwards: () => true,
            origins: () => new Set([undefined, "billing", "zone"]),
            routes: () => [
              { name: "GET /orders", foreignAuthority: undefined, forwarding: { to: undefined } },
              { name: "GET /bills", foreignAuthority: undefined, forwarding: { to: "billing" } },
              { name: "GET /me", foreignAuthority: "customers", forwarding: undefined },
              ...foreign.map((to) => ({ name: "GET /invoices", foreignAuthority: "customers", forwarding: { to } })),
            ],
          },
        },
      ).map(({ variable, problem }) => `${variable} ${problem}`);
    const problem =
      "is on-behalf-of, which is for callers of default only, and from of GET /invoices names another authority";
    expect(find({ ...forwards, ...ofBilling }, [])).toEqual([]);
    expect(find(forwards, ["billing"])).toEqual([]);
    expect(find({ ...forwards, ...ofBilling }, ["billing"])).toEqual([`ORIGIN_BILLING_AUTHORIZATION ${problem}`]);
    expect(find({ ...forwards, ...ofBilling }, [undefined])).toEqual([`ORIGIN_AUTHORIZATION ${problem}`]);
  });

  it.each([
    [["customers"], "guard", 1],
    [["customers"], "reject", 0],
    [["default"], "guard", 0],
  ] as const)("rejects it for requests without a route of an App for %j with unlisted: %s: %i faults", (...row) => {
    const [from, unlisted, faults] = row;
    const app = new App()
      .use(requireAuth({ scopes: ["access_as_user"], from }))
      .get("/me", {}, () => ({ status: 204 }));
    const { serving } = describeGate({ unlisted }, contentsOf(app), true);
    const variables = { ...secret, ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "api://orders/read" };
    const found = faultsWith(variables, { downstream: withSecret, serving }).map(({ problem }) => problem);
    expect(found).toHaveLength(faults);
    for (const problem of found)
      expect(problem).toContain("and from of requests without a route names another authority");
  });

  it.each([
    [["customers"], 1],
    [["default"], 0],
  ] as const)("rejects it for a tool of a public MCP route for %j: %i faults", (from, faults) => {
    const tools = { orders: requireAuth({ scopes: ["access_as_user"], from }) };
    const app = new App().register(mcp("/mcp", { public: true, tools }));
    const { serving } = describeGate({ unlisted: "reject" }, contentsOf(app), true);
    const variables = { ...secret, ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "api://orders/read" };
    const found = faultsWith(variables, { downstream: withSecret, serving }).map(({ problem }) => problem);
    expect(found).toHaveLength(faults);
    for (const problem of found) expect(problem).toContain("and from of tools orders of /mcp names another authority");
  });

  it("does not repeat a secret in a fault", () => {
    const all = { ...client, ENTRA_CLIENT_CERTIFICATE: "a-secret", TOKEN_CACHE: store, TOKEN_CACHE_KEY: "a-secret" };
    expect(JSON.stringify(faultsWith(all, { downstream: withSecret }))).not.toContain("a-secret");
  });
});

describe("downstream", () => {
  it.each([
    [{ assertions: () => "" }, 'downstream: unknown option "assertions". Use one of assertion'],
    [{ assertion: "text" }, "downstream: assertion must be a function"],
    [{ assertion: undefined }, "downstream: assertion is undefined. Set a value or remove it"],
  ])("refuses %j", (options, message) => {
    expect(() => downstream(options as never)).toThrow(new TypeError(message));
  });
});
