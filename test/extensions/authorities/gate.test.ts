import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { tenants } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { unseenTenantFetches } from "../../../src/base/common/limits.ts";
import { createKeyStores } from "../../../src/core/keys/key-store.ts";
import { issuer } from "../../../src/extensions/issuer/issuer.ts";
import { mcp } from "../../../src/extensions/mcp/mcp.ts";
import { App, origin, rateLimit, requireAuth, revocations } from "../../../src/index.ts";
import { createFakeIo } from "../../support/io.ts";
import { makeIssuerKey } from "../../support/issuer-keys.ts";
import { type AuthorityName, createTwinWorld, urls } from "./world.ts";

const both = requireAuth({ from: ["default", "customers"], scopes: ["access_as_user"] });
const names: readonly AuthorityName[] = ["default", "customers"];
const pathOf = { default: "/employees", customers: "/customers" } as const;
const other = { default: "customers", customers: "default" } as const;

describe("a gate with two authorities", () => {
  it("admits the callers of each where a requirement names it, and says whose they are", async () => {
    const world = createTwinWorld();
    for (const name of names) {
      const token = await world.issue(name);
      // The second request finds a known token.
      for (const path of [pathOf[name], "/both", "/both"]) expect(await world.outcome(path, token)).toBe(`200 ${name}`);
      expect(await world.outcome(pathOf[other[name]], token)).toBe("403 authority_not_allowed");
    }
  });

  it("never takes the known token of one for one of the other", { tags: "authority-users" }, async () => {
    const world = createTwinWorld();
    const tokens = { default: await world.issue("default"), customers: await world.issue("customers") };
    for (const name of [...names, ...names, ...names]) {
      expect(await world.outcome("/both", tokens[name])).toBe(`200 ${name}`);
      expect(await world.outcome(pathOf[other[name]], tokens[name])).toBe("403 authority_not_allowed");
    }
  });

  it("verifies a token with the keys of its issuer alone, although the other has the same key ID", {
    tags: "authority-alone",
  }, async () => {
    const world = createTwinWorld();
    for (const name of names) {
      // The keys of both are known.
      await world.outcome("/both", await world.issue(name));
      const forged = await world.issue(name, { authority: urls[other[name]] });
      expect(await world.outcome("/both", forged)).toBe("401 signature_invalid");
    }
  });

  it.each(names)("accepts audiences of %s for its own tokens alone", { tags: "authority-alone" }, async (name) => {
    const own = "api://own";
    const variable = { default: "ENTRA_API_AUDIENCE", customers: "ENTRA_CUSTOMERS_API_AUDIENCE" }[name];
    const world = createTwinWorld({ [variable]: own });
    expect(await world.outcome("/both", await world.issue(name))).toBe("401 audience_mismatch");
    expect(await world.outcome("/both", await world.issue(name, { claims: { aud: own } }))).toBe(`200 ${name}`);
    const crossed = await world.issue(other[name], { claims: { aud: own } });
    expect(await world.outcome("/both", crossed)).toBe("401 audience_mismatch");
  });

  it.each(names)("accepts tenants of %s for its own tokens alone", { tags: "authority-alone" }, async (name) => {
    const variable = { default: "ENTRA_TENANT_ID", customers: "ENTRA_CUSTOMERS_TENANT_ID" }[name];
    const world = createTwinWorld({ [variable]: tenants.fabrikam.id });
    const ofFabrikam = { tenant: "fabrikam", persona: null, client: "daemon" } as const;
    expect(await world.outcome("/both", await world.issue(name))).toMatch(/^401 (tenant_not_allowed|issuer_mismatch)$/);
    expect(await world.outcome("/both", await world.issue(name, ofFabrikam))).not.toMatch(/^401/);
    const crossed = await world.issue(other[name], ofFabrikam);
    expect(await world.outcome("/both", crossed)).toMatch(/^401 (tenant_not_allowed|issuer_mismatch)$/);
  });

  it.each(names)("allows clients of %s for its own tokens alone", { tags: "authority-alone" }, async (name) => {
    const variable = { default: "ENTRA_ALLOWED_CLIENTS", customers: "ENTRA_CUSTOMERS_ALLOWED_CLIENTS" }[name];
    const world = createTwinWorld({ [variable]: clients.daemon.clientId });
    expect(await world.outcome("/both", await world.issue(name))).toBe("403 client_not_allowed");
    expect(await world.outcome("/both", await world.issue(other[name]))).toBe(`200 ${other[name]}`);
    const crossed = createTwinWorld({
      ENTRA_ALLOWED_CLIENTS: clients.spa.clientId,
      ENTRA_CUSTOMERS_ALLOWED_CLIENTS: clients.daemon.clientId,
    });
    expect(await crossed.outcome("/both", await crossed.issue("customers"))).toBe("403 client_not_allowed");
  });

  it("has keys of its own for each authority, in all environments of an isolate", {
    tags: "keys-per-authority",
  }, () => {
    const keysOf = createKeyStores(createFakeIo());
    expect(keysOf("customers")).not.toBe(keysOf("default"));
    expect(keysOf("customers")).toBe(keysOf("customers"));
  });

  it.each(names)(
    "serves the callers of the other while the keys of %s are down",
    { tags: "authority-outage" },
    async (name) => {
      const world = createTwinWorld();
      world.twins[name].setOutage({ kind: "down" });
      const [down, up] = [await world.issue(name), await world.issue(other[name])];
      for (let attempt = 0; attempt < 3; attempt += 1) {
        expect(await world.outcome("/both", down)).toBe("503 keys_unavailable");
        expect(await world.outcome("/both", up)).toBe(`200 ${other[name]}`);
      }
    },
  );

  it("does not let unknown tenants of one spend the fetches of the other", { tags: "keys-per-authority" }, async () => {
    const open = { ENTRA_CUSTOMERS_TENANT_ID: "organizations", ENTRA_TENANT_ID: "organizations" };
    const world = createTwinWorld(open, { isTenantAllowed: () => true });
    for (let count = 0; count <= unseenTenantFetches; count += 1) {
      const tid = crypto.randomUUID();
      const claims = { tid, iss: `${urls.customers}/${tid}/v2.0` };
      const reason = count < unseenTenantFetches ? "401 tenant_unknown" : "503 keys_unavailable";
      expect(await world.outcome("/both", await world.issue("customers", { claims }))).toBe(reason);
    }
    expect(await world.outcome("/both", await world.issue("default"))).toBe("200 default");
  });

  it("does not refuse a key ID of one because the other does not know it", { tags: "keys-per-authority" }, async () => {
    const world = createTwinWorld();
    for (const name of names) await world.outcome("/both", await world.issue(name));
    // A request goes on before the rest of a new key set is imported.
    await world.io.advance(0);
    // The second key of both is published before it signs.
    for (let times = 0; times < 2; times += 1) await world.twins.customers.switchKey();
    const crossed = await world.issue("customers", { authority: urls.default });
    for (let times = 0; times < 2; times += 1) expect(await world.outcome("/both", crossed)).toBe("401 key_unknown");
    expect(await world.outcome("/both", await world.issue("customers"))).toBe("200 customers");
  });

  it("asks isTenantAllowed with the name of the authority, for new and for known tokens", async () => {
    const asked: string[] = [];
    const isTenantAllowed = (tenant: string, authority: string) => {
      asked.push(`${tenant} ${authority}`);
      return authority === "customers";
    };
    const world = createTwinWorld({}, { isTenantAllowed });
    const token = await world.issue("customers");
    expect(await world.outcome("/both", token)).toBe("200 customers");
    expect(await world.outcome("/both", token)).toBe("200 customers");
    expect(await world.outcome("/both", await world.issue("default"))).toBe("401 tenant_not_allowed");
    const { id } = tenants.contoso;
    expect(asked).toEqual([`${id} customers`, `${id} customers`, `${id} default`]);
  });

  it("lets a tenant that a named authority lists leave a default authority without a list", async () => {
    const world = createTwinWorld({ ENTRA_TENANT_ID: "organizations" }, { isTenantAllowed: () => true });
    expect(await world.outcome("/both", await world.issue("customers"))).toBe("200 customers");
    expect(await world.outcome("/both", await world.issue("default"))).toBe("401 tenant_not_allowed");
  });

  it("refuses what is no token, and a token of another issuer, as a gate with one authority does", async () => {
    const world = createTwinWorld();
    expect(await world.outcome("/both", "a.b.c")).toBe("401 token_not_base64url");
    const stranger = await world.issue("default", { authority: "http://other.localhost" });
    expect(await world.outcome("/both", stranger)).toBe("401 issuer_mismatch");
    const list = await world.issue("default", { claims: { iss: [`${urls.customers}/${tenants.contoso.id}/v2.0`] } });
    expect(await world.outcome("/both", list)).toBe("401 issuer_mismatch");
    const upper = await world.issue("customers", { claims: { tid: tenants.contoso.id.toUpperCase() } });
    expect(await world.outcome("/both", upper)).toBe("401 tenant_invalid");
  });

  it("tells the origin and the log whose the caller is, and nobody else can", {
    tags: "identity-headers",
  }, async () => {
    const world = createTwinWorld();
    const open = createTwinWorld({}, { routes: new App().get("/*", { hooks: both }, origin()) });
    for (const name of names) {
      const response = await open.ask("/x", await open.issue(name), { "x-entra-authority": "forged" });
      expect(await response.json()).toMatchObject({ "x-entra-authority": name });
      await world.outcome(pathOf[other[name]], await world.issue(name));
      expect(world.io.lines.at(-1)).toMatchObject({ authority: name });
    }
  });

  it.each([
    ["names the authority in the signed assertion, the header and the log", names],
    ["names none if it is the only one", [undefined]],
  ] as const)("%s", async (_, expected) => {
    const { pem } = await makeIssuerKey("ES256");
    const variables = { GATE_URL: "https://api.contoso.example", GATE_SIGNING_KEY: pem, ORIGIN_ASSERTION: "jwt" };
    const hasCustomers = expected.length > 1;
    const routes = new App().get("/*", { hooks: hasCustomers ? both : requireAuth("access_as_user") }, origin());
    const world = createTwinWorld(variables, { routes, issuer: issuer(), hasCustomers });
    for (const [index, authority] of expected.entries()) {
      const token = await world.issue(names[index]!);
      const received = (await (await world.ask("/x", token)).json()) as Record<string, string>;
      expect(received["x-entra-authority"]).toBe(authority);
      const assertions = Object.entries(received).filter(([header]) => header.includes("assertion"));
      expect(assertions.map(([, assertion]) => decodeJwt(assertion).authority)).toEqual([authority]);
      await world.ask("/x", await world.issue(names[index]!, { scopes: ["other"] }));
      expect(world.io.lines.at(-1)).toHaveProperty("reason", "scope_missing");
      expect(world.io.lines.at(-1)?.authority).toBe(authority);
    }
  });

  it("has sessions of its own of an MCP server, for equal object IDs and clients", {
    tags: "authority-users",
  }, async () => {
    const server = ({ headers }: { headers: Headers }) =>
      Response.json({ session: headers.get("mcp-session-id") }, { headers: { "mcp-session-id": "of-the-server" } });
    const routes = new App().register(mcp("/mcp", { hooks: both }, server));
    const variables = { GATE_URL: "https://api.contoso.example", GATE_SESSION_KEY: `k1:${"A".repeat(43)}` };
    const world = createTwinWorld(variables, { routes });
    const message = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const use = async (name: AuthorityName, session?: string) => {
      const headers = { "content-type": "application/json", ...(session && { "mcp-session-id": session }) };
      return world.ask("/mcp", await world.issue(name), headers, "POST", message);
    };
    for (const name of names) {
      const session = (await use(name)).headers.get("mcp-session-id") as string;
      for (let times = 0; times < 2; times += 1) {
        expect(await (await use(name, session)).json()).toEqual({ session: "of-the-server" });
        expect((await use(other[name], session)).status).toBe(404);
      }
    }
  });

  it("has pseudonyms of its own for equal object IDs", { tags: "authority-users" }, async () => {
    const world = createTwinWorld({ GATE_LOG_SUBJECT: "hash", GATE_LOG_KEY: "key" });
    for (const name of names) await world.ask(pathOf[other[name]], await world.issue(name));
    await expect.poll(() => world.io.lines.filter(({ event }) => event === "refused")).toHaveLength(2);
    const subjects = world.io.lines.flatMap(({ subject }) => subject ?? []);
    expect(new Set(subjects).size).toBe(2);
  });

  it("counts equal object IDs of two authorities apart", { tags: "authority-users" }, async () => {
    const routes = new App()
      .use(both)
      .use(rateLimit({ windowMs: 60_000, max: 1 }))
      .get("/x", {}, () => ({ status: 200 }));
    const world = createTwinWorld({}, { routes });
    const statuses: number[] = [];
    for (const name of [...names, ...names]) statuses.push((await world.ask("/x", await world.issue(name))).status);
    expect(statuses).toEqual([200, 200, 429, 429]);
  });

  it.each([
    [{}, [401, 401]],
    [{ authority: "customers" }, [200, 401]],
    [{ authority: "default" }, [401, 200]],
    [{ authority: "custmers" }, [401, 401]],
  ])("revokes callers of the authorities of a rule with %j", async (member, statuses) => {
    const user = `${tenants.contoso.id}/${personas.member.oid}`;
    const rules = [{ user, block: true, until: "2099-01-01T00:00:00Z", ...member }];
    const document = JSON.stringify({ schema: "entra-gate/revocations/1", rules });
    const REVOCATIONS = { get: async () => new Response(document).body };
    const world = createTwinWorld({ REVOCATIONS }, { revocations: revocations() });
    const found = [];
    for (const name of names) {
      const { status } = await world.ask("/both", await world.issue(name, { persona: "member" }));
      found.push(status === 200 ? 200 : 401);
    }
    expect(found).toEqual(statuses);
  });

  it("recognizes a known token in an unusual spelling", async () => {
    const world = createTwinWorld();
    const token = await world.issue("customers");
    expect(await world.outcome("/both", token)).toBe("200 customers");
    world.twins.customers.setOutage({ kind: "down" });
    const response = await world.ask("/both", "", { authorization: `bearer  ${token}` });
    expect(response.status).toBe(200);
  });
});
