import { decodeJwt } from "jose";
import { afterEach, describe, expect, it } from "vitest";
import { clients, createTestEntra, personas, type TestTokenOptions } from "../../entra/testing.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

const routes = new App().get("/me", { hooks: requireAuth("orders.read") }, ({ state }) => ({
  status: 200,
  body: { oid: state.principal.oid },
}));
const restorers: (() => void)[] = [];
afterEach(() => {
  for (const restore of restorers.splice(0)) restore();
});

/** A gate that trusts one test Entra. */
function createWorld() {
  const entra = createTestEntra();
  restorers.push(entra.install());
  const gate = createGate({ routes, unlisted: "reject" });
  async function ask(token: string): Promise<Response> {
    const request = new Request("https://api.contoso.com/me", { headers: { authorization: `Bearer ${token}` } });
    return gate.fetch(request, { ...entra.variables, GATE_LOG_ALLOWED: "0" });
  }
  const askAs = async (options: TestTokenOptions) => (await ask(await entra.token(options))).status;
  return { entra, ask, askAs };
}

const reader = { scopes: ["orders.read"] };

describe("createTestEntra", () => {
  it("issues tokens that a gate with its variables accepts, for any persona", async () => {
    const { entra, ask } = createWorld();
    const response = await ask(await entra.token({ persona: "guest", ...reader }));
    expect([response.status, await response.json()]).toEqual([200, { oid: personas.guest.oid }]);
  });

  it("issues tokens with any claims, client and tenant", async () => {
    const { askAs } = createWorld();
    expect(await askAs({})).toBe(403);
    expect(await askAs({ ...reader, claims: { exp: 1 } })).toBe(401);
    expect(await askAs({ ...reader, without: ["tid"] })).toBe(401);
    expect(await askAs({ ...reader, tenant: "fabrikam", persona: "outsider" })).toBe(401);
    expect(await askAs({ client: clients.daemon.clientId })).toBe(403);
  });

  it("lists up to 200 groups in a token, and up to six in one of the implicit flow", async () => {
    const entra = createTestEntra();
    const groups = Array.from({ length: 201 }, () => crypto.randomUUID());
    const read = async (options: TestTokenOptions) => {
      const { groups: listed, hasgroups, _claim_names: names } = decodeJwt(await entra.token(options));
      return { groups: listed, hasgroups, names };
    };
    const listed = (count: number) => ({ groups: groups.slice(0, count), hasgroups: undefined, names: undefined });
    expect(await read({ groups: groups.slice(1) })).toEqual({ ...listed(0), groups: groups.slice(1) });
    expect(await read({ groups })).toEqual({ names: { groups: "src1" }, groups: undefined, hasgroups: undefined });
    expect(await read({ groups: groups.slice(0, 6), implicit: true })).toEqual(listed(6));
    expect(await read({ groups: groups.slice(0, 7), implicit: true })).toEqual({
      hasgroups: true,
      groups: undefined,
      names: undefined,
    });
  });

  it("rolls its keys over, and removes a key", async () => {
    const { entra, ask } = createWorld();
    const old = await entra.token(reader);
    const kid = await entra.rollOver("emergency");
    expect(JSON.parse(atob((await entra.token()).split(".")[0]!.replace(/-/g, "+").replace(/_/g, "/"))).kid).toBe(kid);
    const oldKid = JSON.parse(atob(old.split(".")[0]!.replace(/-/g, "+").replace(/_/g, "/"))).kid;
    expect(await entra.removeKey(oldKid)).toBe(true);
    expect((await ask(await entra.token(reader))).status).toBe(200);
    expect((await ask(old)).status).toBe(401);
  });

  it("takes tenants, users and apps, and reports all faults of them", async () => {
    const entra = createTestEntra({
      directory: {
        defaults: false,
        tenants: { own: {} },
        users: { rosa: { roles: { shop: ["Buyer"] } } },
        apps: { shop: { scopes: ["buy"], appRoles: ["Buyer"], tokenVersion: 1 }, page: {} },
      },
    });
    const [, payload = ""] = (await entra.token({ scopes: ["buy"] })).split(".");
    const claims = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
    expect(claims).toMatchObject({ ver: "1.0", name: "rosa", scp: "buy", roles: ["Buyer"] });
    expect(claims.aud).toMatch(/^api:\/\//);
    await expect(entra.token({ api: "page" })).rejects.toThrow('no API "page" in the directory');
    const directory = { apps: { shop: { clientId: "1" } }, users: { rosa: { tenant: "x" } } };
    expect(() => createTestEntra({ directory })).toThrow(/apps\.shop\.clientId: .*\nusers\.rosa\.tenant: /);
  });

  it("has an outage until it ends", async () => {
    const { entra, askAs } = createWorld();
    entra.startOutage();
    expect(await askAs(reader)).toBe(503);
    entra.endOutage();
    const fresh = createGate({ routes, unlisted: "reject" });
    const headers = { authorization: `Bearer ${await entra.token(reader)}` };
    const request = new Request("https://api.contoso.com/me", { headers });
    expect((await fresh.fetch(request, entra.variables)).status).toBe(200);
  });

  it("answers only for its own address, until it is restored", async () => {
    const entra = createTestEntra();
    const { fetch: before } = globalThis;
    const asked: string[] = [];
    globalThis.fetch = async (input, init) => {
      const request = new Request(input as string, init);
      asked.push(request.url + (await request.text()));
      return new Response("elsewhere");
    };
    try {
      const restore = entra.install();
      const keys = `${entra.variables.ENTRA_AUTHORITY}/${entra.variables.ENTRA_TENANT_ID}/discovery/v2.0/keys`;
      expect(Object.keys(await (await fetch(keys)).json())).toEqual(["keys"]);
      expect(await (await fetch("https://origin.contoso.com/")).text()).toBe("elsewhere");
      await fetch(new Request("https://origin.contoso.com/", { method: "POST", body: "body" }));
      restore();
      expect(await (await fetch(keys)).text()).toBe("elsewhere");
      expect(asked).toEqual(["https://origin.contoso.com/", "https://origin.contoso.com/body", keys]);
    } finally {
      globalThis.fetch = before;
    }
  });

  it("refuses unknown options", async () => {
    expect(() => createTestEntra({ now: () => 0 } as object)).toThrow(
      'unknown option "now". Use one of authority, directory, nowSeconds',
    );
    await expect(createTestEntra().token({ scope: "orders.read" } as object)).rejects.toThrow(
      /^unknown option "scope". Use one of .*scopes/,
    );
  });

  it("has its own address and keys each time", async () => {
    const [one, other] = [createTestEntra(), createTestEntra()];
    expect(one.variables.ENTRA_AUTHORITY).not.toBe(other.variables.ENTRA_AUTHORITY);
    const { ask } = createWorld();
    expect((await ask(await one.token(reader))).status).toBe(401);
  });
});
