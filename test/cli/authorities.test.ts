import { describe, expect, it } from "vitest";
import { listLeastCallers } from "../../cli/decisions/callers.ts";
import { admits, createPolicy } from "../../cli/decisions/policy.ts";
import type { RuleKind } from "../../cli/decisions/rule.ts";
import { decideRules } from "../../cli/decisions/rules.ts";
import { comparePolicies } from "../../cli/diff/compare.ts";
import { compareOptions } from "../../cli/diff/options.ts";
import { findClass } from "../../cli/diff/variable-classes.ts";
import { explain } from "../../cli/explain/explain.ts";
import { takeKeysFromAuthority } from "../../cli/explain/keys.ts";
import { unnamed } from "../../cli/project/traits.ts";
import { createMatrix } from "../../cli/test/matrix.ts";
import { readCases } from "../../cli/test/read-cases.ts";
import { replayAll } from "../../cli/test/replay.ts";
import { runCases } from "../../cli/test/run-cases.ts";
import { createTrialGate } from "../../cli/test/trial-gate.ts";
import { createTestEntra } from "../../entra/testing.ts";
import type { TestTokenOptions } from "../../entra/tokens/issuer.ts";
import { App } from "../../src/app/app.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import type { RuleOptions } from "../../src/core/policy/rule.ts";
import { authorities } from "../../src/extensions/authorities/authorities.ts";
import { createFakeIo, frozenNowSeconds } from "../support/io.ts";
import { examineAilment } from "./support/ailing-gate.ts";
import { entra, environment } from "./support/explain-world.ts";

const nowSeconds = () => frozenNowSeconds;
const customers = createTestEntra({ authority: "customers", nowSeconds });
const { ENTRA_CUSTOMERS_AUTHORITY: url, ENTRA_CUSTOMERS_TENANT_ID: tenant } = customers.variables;
const variables = { ...environment, ...customers.variables };
const hello = () => ({ status: 200, body: "hello" });
const declare = (from: readonly string[] = ["default", "customers"]) =>
  new App()
    .get("/employees", { hooks: requireAuth("orders.read") }, hello)
    .get("/both", { hooks: requireAuth({ scopes: ["orders.read"], from }) }, hello);
const options = { authorities: authorities("customers"), routes: declare(), unlisted: "reject" } as const;

const io = createFakeIo({
  fetch: async (request) => (request.url.startsWith(url) ? customers.fetch(request) : entra.fetch(request)),
});

async function explainToken(path: string, token: string, changes: Readonly<Record<string, string>> = {}) {
  const request = { method: "GET", url: path };
  const setup = { options, environment: { ...variables, ...changes }, onWorkers: true };
  const tools = { io, keys: takeKeysFromAuthority(io) };
  return explain({ authorization: `Bearer ${token}`, request }, setup, tools);
}
const explainCustomer = async (path: string, { scopes = ["orders.read"], ...others }: TestTokenOptions = {}) =>
  explainToken(path, await customers.token({ scopes, ...others }));

describe("explain", () => {
  it("says which authority a token belongs to, and what those of the others have", async () => {
    const { verdict, checks, signature } = await explainCustomer("/both");
    expect([verdict, signature]).toEqual([{ outcome: "allowed" }, "held"]);
    expect(checks.find(({ name }) => name === "authority")).toEqual({
      name: "authority",
      state: "passed",
      found: "customers",
      expected: `default for https://login.microsoftonline.com/<tid>/v2.0 and tenant ${environment.ENTRA_TENANT_ID}; customers for ${url}/<tid>/v2.0 and tenant ${tenant}`,
    });
    const own = await explainToken("/both", await entra.issueAccessToken({ scopes: ["orders.read"] }));
    expect(own.verdict).toEqual({ outcome: "allowed" });
    expect(own.checks.find(({ name }) => name === "authority")?.found).toBe("default");
  });

  it("refuses a caller of an authority that the route does not name", async () => {
    expect((await explainCustomer("/employees")).verdict).toMatchObject({
      outcome: "refused",
      denial: { reason: "authority_not_allowed" },
    });
  });

  it.each<[string, TestTokenOptions, string]>([
    ["the audience of the other one", { claims: { aud: environment.ENTRA_API_AUDIENCE } }, "audience_mismatch"],
    ["the tenant of the other one", { claims: { tid: environment.ENTRA_TENANT_ID } }, "issuer_mismatch"],
    ["a tenant of none", { claims: { tid: "7f0e2d94-5ab3-4c61-9e78-06c4d1a83b5e" } }, "issuer_mismatch"],
  ])("refuses a token of customers with %s", async (_, changes, reason) => {
    const { verdict } = await explainCustomer("/both", changes);
    expect(verdict).toMatchObject({ outcome: "refused", denial: { reason } });
  });

  it("names the variables of the authority in what it says", async () => {
    const clients = { ENTRA_CUSTOMERS_ALLOWED_CLIENTS: "7f0e2d94-5ab3-4c61-9e78-06c4d1a83b5e" };
    const token = await customers.token({ scopes: ["orders.read"] });
    const { verdict, causes } = await explainToken("/both", token, clients);
    expect(verdict).toMatchObject({ outcome: "refused", denial: { reason: "client_not_allowed" } });
    expect(JSON.stringify(causes)).toContain("ENTRA_CUSTOMERS_ALLOWED_CLIENTS");
    const none = await explainCustomer("/both", { claims: { iss: `${url}/other/v2.0` } });
    expect(none.checks.find(({ name }) => name === "authority")).toMatchObject({
      note: "no authority has this iss and tid together, so default refuses the token",
    });
  });
});

describe("test", () => {
  const gate = () => createTrialGate({ options }, { ...variables, ENTRA_CUSTOMERS_CLOUD: "public" });
  const read = (text: string) => {
    const file = readCases(text);
    if ("faults" in file) throw new Error(JSON.stringify(file.faults));
    return file;
  };

  it("sends requests with tokens of each authority", async () => {
    const row = (name: string, path: string, caller: string, expect: string) =>
      `- { name: ${name}, method: GET, path: ${path}, caller: { ${caller}, scopes: [orders.read] }, expect: { ${expect} } }\n`;
    const { cases } = read(
      row("customer", "/both", "authority: customers", "status: 200") +
        row("persona", "/both", "authority: customers, persona: customer", "status: 200") +
        row("employee", "/both", "authority: default", "status: 200") +
        row("closed", "/employees", "authority: customers", "status: 403, reason: authority_not_allowed") +
        row(
          "crossed",
          "/both",
          `authority: customers, claims: { aud: ${environment.ENTRA_API_AUDIENCE} }`,
          "status: 401",
        ),
    );
    const results = await runCases(gate(), cases);
    expect(results.map(({ response }) => response.reason)).toEqual([
      undefined,
      undefined,
      undefined,
      "authority_not_allowed",
      "audience_mismatch",
    ]);
    expect(results.every(({ passed }) => passed)).toBe(true);
  });

  it("has a column for a caller of each authority in its matrix", async () => {
    const callers = [undefined, "customers"].map((authority) => ({
      label: authority ?? "default",
      token: { scopes: ["orders.read"], ...(authority !== undefined && { authority }) },
    }));
    expect((await createMatrix(gate(), createPolicy({ options }, variables), callers)).rows).toEqual([
      { route: "GET /employees", statuses: [401, 200, 403] },
      { route: "GET /both", statuses: [401, 200, 200] },
    ]);
  });

  it("refuses an authority that the gate does not declare, and a persona of another", async () => {
    const partners = { label: "partners", token: { authority: "partners" } };
    await expect(createMatrix(gate(), createPolicy({ options }, variables), [partners])).rejects.toThrow(
      "a caller has the authority partners, which the gate does not declare. Use default, customers",
    );
    const text = (caller: string) =>
      `- { name: a, method: GET, path: /, caller: { ${caller} }, expect: { status: 200 } }`;
    const faultOf = (caller: string) => {
      const file = readCases(text(caller));
      return "faults" in file ? file.faults[0]?.problem : undefined;
    };
    expect(faultOf("authority: customers, persona: member")).toContain("is no persona of the test authority");
    expect(faultOf("authority: Customers")).toContain("is no name of an authority");
  });
});

describe("diff", () => {
  const policy = (routes: App) => createPolicy({ options: { ...options, routes } }, variables);

  it("shows callers of an authority who are admitted only now", () => {
    const [closed, open] = [policy(declare(["default"])), policy(declare())];
    expect(comparePolicies(closed, open)).toMatchObject([
      { kind: "weaker", request: "GET /both", admitted: "a user with authority customers, scopes orders.read" },
    ]);
    expect(comparePolicies(open, closed).map(({ kind }) => kind)).toEqual(["stronger"]);
    expect(comparePolicies(open, open)).toEqual([]);
  });

  it("admits a caller only with the tenant, the audience and the client of its own authority", () => {
    const named = createPolicy({ options }, { ...variables, ENTRA_ALLOWED_CLIENTS: unnamed });
    const route = named.table.find("GET", "/both");
    const own = { tid: tenant, audience: customers.variables.ENTRA_CUSTOMERS_API_AUDIENCE };
    const other = { tid: environment.ENTRA_TENANT_ID, audience: environment.ENTRA_API_AUDIENCE };
    const asks = ({ tid, audience }: typeof own, authority: string) => {
      const [identity] = listLeastCallers([[{ anyOf: [{ kind: "user", scopes: ["orders.read"] }] }]], [], "a route");
      return admits(named, route, { identity: { ...identity!, authority, tid }, audience, isRevoked: false });
    };
    expect([asks(own, "customers"), asks(other, "default")]).toEqual([true, true]);
    expect([
      asks({ ...own, tid: other.tid }, "customers"),
      asks({ ...own, audience: other.audience }, "customers"),
    ]).toEqual([false, false]);
    expect(asks(own, "default")).toBe(false);
    expect(asks(own, "partners")).toBe(false);
  });

  it("classifies a variable of an authority as that of the default one", () => {
    const read = () => undefined;
    const compare = (name: string, before: string, after: string) =>
      findClass(name, false)?.compare(before, after, [read, read]);
    const [a, b] = ["11111111-1111-4111-8111-11111111111a", "11111111-1111-4111-8111-11111111111b"];
    expect(compare("ENTRA_CUSTOMERS_ALLOWED_CLIENTS", a, `${a} ${b}`)).toEqual(["weaker"]);
    expect(compare("ENTRA_CUSTOMERS_AUTHORITY", "https://a.example", "https://b.example")).toEqual([
      "weaker",
      "stronger",
    ]);
    const side = (tenants: string) => (name: string) => (name === "ENTRA_CUSTOMERS_TENANT_ID" ? tenants : undefined);
    expect(findClass("ENTRA_CUSTOMERS_TENANT_ID", false)?.compare(a, b, [side(a), side(b)])).toEqual([
      "weaker",
      "stronger",
    ]);
    expect(findClass("ENTRA_CUSTOMERS_REQUIRED_SCOPE", false)).toBeUndefined();
  });

  it("shows a further authority as weaker, and a removed one as stronger", () => {
    const two = { authorities: authorities("customers", "partners") };
    const kinds = (...[before, after]: Parameters<typeof compareOptions>) =>
      compareOptions(before, after, () => false).map(({ kind }) => kind);
    expect(kinds({ authorities: options.authorities }, two, () => false)).toEqual(["weaker"]);
    expect(kinds(two, { authorities: options.authorities }, () => false)).toEqual(["stronger"]);
    expect(kinds({}, two, () => false)).toEqual(["weaker"]);
  });
});

describe("rules", () => {
  const code = { asksAboutTenants: false, asksGraph: false };
  const decide = (kind: RuleKind, who: RuleOptions | readonly RuleOptions[], request: string, changes = {}) => {
    const [method = "", path = ""] = request.split(" ");
    const requests = [{ text: request, method, path, message: undefined }];
    const policy = createPolicy({ options }, { ...variables, ...changes });
    return decideRules(policy, [{ name: "a rule", line: 1, kind, who: [who].flat(), requests }], code);
  };
  const outcomeOf = (...rule: Parameters<typeof decide>) => {
    const [decided] = decide(...rule);
    return decided?.mistakes[0]?.problem ?? decided?.verdict.outcome;
  };
  const read = { scopes: ["orders.read"] };
  const other = "7f0e2d94-5ab3-4c61-9e78-06c4d1a83b5e";

  it.each<[RuleKind, RuleOptions | readonly RuleOptions[], string, string, object?]>([
    ["only", { from: ["default"] }, "GET /both", "broken"],
    ["only", { from: ["default"] }, "GET /employees", "proved"],
    ["only", { from: ["customers"] }, "GET /employees", "broken"],
    ["never", { from: ["customers"] }, "GET /both", "broken"],
    ["never", { from: ["customers"] }, "GET /employees", "proved"],
    ["never", { from: ["customers"], kind: "app" }, "GET /both", "proved"],
    ["always", { from: ["customers"], ...read }, "GET /both", "proved"],
    // What `who` does not name is any: a caller of customers too.
    ["always", read, "GET /both", "proved"],
    ["always", read, "GET /employees", "broken"],
    ["always", { from: ["default"], ...read }, "GET /employees", "proved"],
    ["never", { tenants: [tenant] }, "GET /both", "broken"],
    ["never", { tenants: [tenant] }, "GET /employees", "proved"],
    ["never", { clients: [unnamed] }, "GET /both", "broken"],
    // Each authority has its own allowed clients.
    [
      "never",
      { from: ["customers"], clients: [unnamed] },
      "GET /both",
      "proved",
      { ENTRA_CUSTOMERS_ALLOWED_CLIENTS: other },
    ],
    ["never", { from: ["customers"], clients: [unnamed] }, "GET /both", "broken", { ENTRA_ALLOWED_CLIENTS: other }],
    // Report mode admits callers of customers who have nothing else.
    ["only", [{ from: ["default"] }, { from: ["customers"], ...read }], "GET /both", "broken", { GATE_MODE: "report" }],
    ["never", { from: ["partners"] }, "GET /both", 'names the authority "partners", which the gate does not declare'],
  ])("%s %j: %s is %s", (kind, who, request, expected, changes = {}) => {
    expect(outcomeOf(kind, who, request, changes)).toBe(expected);
  });

  it("replays a counterexample with a token of its authority", async () => {
    const results = decide("never", { from: ["customers"] }, "GET /both");
    expect(results).toMatchObject([{ verdict: { counterexamples: [{ authority: "customers", status: 200 }] } }]);
    const replays = await replayAll({ options }, { ...variables, ENTRA_CUSTOMERS_CLOUD: "public" }, results as never);
    expect(replays.map(({ status }) => status)).toEqual([200]);
  });

  it("is unknown for routes of an authority that no option declares", () => {
    const policy = createPolicy({ options: { routes: declare(), unlisted: "reject" } }, environment);
    const requests = [{ text: "GET /both", method: "GET", path: "/both", message: undefined }];
    const rule = { name: "a rule", line: 1, kind: "never", who: [{ kind: "app" }], requests } as const;
    expect(decideRules(policy, [rule], code)).toMatchObject([{ verdict: { outcome: "unknown" } }]);
  });
});

describe("doctor", () => {
  const ids = { tenant: "5d2c7f1b-84e6-4a09-b3d7-92c0e6f8a154", api: "c39a4e60-17bd-4f82-a5e1-7d06b92f3c48" };
  const vars = {
    ENTRA_CUSTOMERS_AUTHORITY: "https://login.customers.example",
    ENTRA_CUSTOMERS_TENANT_ID: ids.tenant,
    ENTRA_CUSTOMERS_API_AUDIENCE: ids.api,
  };
  const code = { options };
  const isOfCustomers = ({ hostname }: URL) => hostname === "login.customers.example";
  const answer = (found: URL) => {
    if (!isOfCustomers(found)) return undefined;
    const base = `https://login.customers.example/${ids.tenant}`;
    return Response.json({ issuer: `${base}/v2.0`, jwks_uri: `${base}/discovery/v2.0/keys`, keys: [] });
  };
  const problemsOf = async (changes: Readonly<Record<string, string>>, reply: typeof answer = answer) => {
    const findings = await examineAilment({ vars: { ...vars, ...changes }, code, answer: reply });
    return findings.filter(({ state }) => state === "fault" || state === "warning").map(({ text }) => text);
  };

  it("fetches discovery and keys of each authority", async () => {
    const findings = await examineAilment({ vars, code, answer });
    const texts = findings.filter(({ area }) => area === "tenants").map(({ text }) => text);
    expect(texts).toContain(`discovery of ${ids.tenant}: issuer https://login.customers.example/${ids.tenant}/v2.0`);
    expect(texts.filter((text) => text.startsWith("keys of https://login."))).toHaveLength(2);
    const down = await problemsOf({}, (found) =>
      isOfCustomers(found) ? new Response(null, { status: 503 }) : undefined,
    );
    expect(down.join("\n")).toContain(`https://login.customers.example/${ids.tenant}/v2.0/.well-known/`);
  });

  it("names the authorities of the callers of each route", async () => {
    const findings = await examineAilment({ vars, code, answer });
    expect(findings.filter(({ area }) => area === "routes").map(({ text }) => text)).toEqual([
      "GET /employees: a user of default with scope orders.read",
      "GET /both: a user of default or customers with scope orders.read",
      "all other methods and paths: 404",
    ]);
  });

  it("takes the variables of any authority for right if it cannot read the code", async () => {
    const findings = await examineAilment({ vars, code: { options: {}, problem: "the code cannot be read" }, answer });
    expect(findings.filter(({ area, text }) => area === "configuration" && text.includes("ENTRA_CUSTOMERS"))).toEqual(
      [],
    );
  });

  it("names the variable of the authority whose value cannot be intended", async () => {
    const problems = (await problemsOf({ ENTRA_CUSTOMERS_API_AUDIENCE: "https://graph.microsoft.com" })).join("\n");
    expect(problems).toContain("ENTRA_CUSTOMERS_API_AUDIENCE contains https://graph.microsoft.com");
    expect(problems).not.toContain("ENTRA_API_AUDIENCE");
  });
});
