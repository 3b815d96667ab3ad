import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { createEntra, type Entra } from "../../entra/entra.ts";
import { createLocalEntra } from "../../entra/server/entra.ts";
import { createTestEntra } from "../../entra/testing.ts";
import { reuseKeyPairs } from "../support/key-pairs.ts";

const keyIds = ["first", "second", "third", "fourth"];
const tenant = "c0c0c0c0-0000-4000-8000-000000000001";
const urls = { one: "http://one.localhost", other: "http://other.localhost" };

/** Two authorities, as alike as a gate may meet them. */
function createTwins(): Readonly<Record<keyof typeof urls, Entra>> {
  const makeKeyPair = reuseKeyPairs();
  return { one: createEntra({ makeKeyPair, keyIds }), other: createEntra({ makeKeyPair, keyIds }) };
}

describe("two authorities", () => {
  it("can have equal key IDs, audiences and object IDs, and keys and issuers of their own", async () => {
    const twins = createTwins();
    const read = async (name: keyof typeof urls) => {
      const token = await twins[name].issueAccessToken({ authority: urls[name] });
      const answer = await twins[name].fetch(new Request(`${urls[name]}/${tenant}/discovery/v2.0/keys`));
      const { keys } = (await answer.json()) as { keys: { kid: string; n: string }[] };
      return { keys, claims: decodeJwt(token), kid: decodeProtectedHeader(token).kid };
    };
    const [one, other] = [await read("one"), await read("other")];
    expect(one.keys.map(({ kid }) => kid)).toEqual(keyIds);
    expect(other.keys.map(({ kid }) => kid)).toEqual(keyIds);
    expect(new Set([...one.keys, ...other.keys].map(({ n }) => n)).size).toBe(8);
    const same = ({ claims: { aud, oid, sub, tid }, kid }: typeof one) => ({ aud, oid, sub, tid, kid });
    expect(same(one)).toEqual(same(other));
    expect([one.claims.iss, other.claims.iss]).toEqual([`${urls.one}/${tenant}/v2.0`, `${urls.other}/${tenant}/v2.0`]);
  });

  it("have outages, key rollovers and counts of their own", async () => {
    const { one, other } = createTwins();
    const ask = async (entra: Entra) =>
      (await entra.fetch(new Request(`${urls.one}/${tenant}/discovery/v2.0/keys`))).status;
    one.setOutage({ kind: "down" });
    expect([await ask(one), await ask(other)]).toEqual([503, 200]);
    expect([one.counts(), other.counts()].map(({ total }) => total.keys)).toEqual([1, 1]);
    await one.rollOver("emergency");
    const kids = await Promise.all(
      [one, other].map(async (each) => decodeProtectedHeader(await each.issueAccessToken()).kid),
    );
    expect(kids[1]).toBe("second");
    expect(kids[0]).not.toBe("second");
  });
});

describe("an authority with a name in a test", () => {
  it("has variables of its name, an External ID tenant, and no ID of the other authority", async () => {
    const employees = createTestEntra();
    const customers = createTestEntra({ authority: "customers" });
    const { ENTRA_CUSTOMERS_AUTHORITY: url, ENTRA_CUSTOMERS_TENANT_ID: tid } = customers.variables;
    const claims = decodeJwt(await customers.token());
    expect(claims).toMatchObject({
      iss: `${url}/${tid}/v2.0`,
      tid,
      aud: customers.variables.ENTRA_CUSTOMERS_API_AUDIENCE,
      name: "Local Customer",
      scp: "access_as_user",
    });
    const ofEmployees = Object.values(decodeJwt(await employees.token()));
    const shared = Object.entries(claims).filter(([, value]) => ofEmployees.includes(value));
    expect(shared.map(([name]) => name).filter((name) => /^(?:aud|iss|azp|oid|sub|tid)$/.test(name))).toEqual([]);
  });

  it("answers its own requests, and leaves Microsoft Graph to the other one", async () => {
    const employees = createTestEntra();
    const customers = createTestEntra({ authority: "customers" });
    const restorers = [employees.install(), customers.install()];
    try {
      const { ENTRA_CUSTOMERS_AUTHORITY: url, ENTRA_CUSTOMERS_TENANT_ID: tid } = customers.variables;
      employees.startOutage({ kind: "down", endpoint: "keys" });
      expect((await fetch(`${url}/${tid}/discovery/v2.0/keys`)).status).toBe(200);
      const token = await employees.token({
        claims: { aud: "00000003-0000-0000-c000-000000000000" },
        scopes: ["User.Read"],
      });
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch("https://graph.microsoft.com/v1.0/me", { headers })).status).toBe(200);
    } finally {
      for (const restore of restorers.reverse()) restore();
    }
  });

  it("has the default directory if it gets one, so that its IDs are those of the other one", async () => {
    const twin = createTestEntra({ authority: "customers", directory: {} });
    expect(twin.variables.ENTRA_CUSTOMERS_TENANT_ID).toBe(createTestEntra().variables.ENTRA_TENANT_ID);
  });

  it.each(["default", "Customers", "customers-1", ""])("is no name: %j", (authority) => {
    for (const options of [{ authority }, { authority, directory: {} }]) {
      expect(() => createTestEntra(options)).toThrow(
        new RangeError(
          `authority ${JSON.stringify(authority)} must be a name in lower case other than default, such as customers`,
        ),
      );
    }
  });
});

describe("/local/token?authority=NAME", () => {
  const customers = createEntra({ makeKeyPair: reuseKeyPairs() });
  const authorities = new Map([["customers", { entra: customers, url: urls.other }]]);
  const local = createLocalEntra({ makeKeyPair: reuseKeyPairs(), authorities });
  const ask = async (query: string) => (await local.fetch(new Request(`${urls.one}/local/token${query}`))).text();

  it.each([
    ["", urls.one],
    ["?authority=default", urls.one],
    ["?authority=customers", urls.other],
  ])("%s gives a token of %s", async (query, url) => {
    expect(decodeJwt(await ask(query)).iss).toBe(`${url}/${tenant}/v2.0`);
  });

  it("names the known ones if it does not know a name", async () => {
    expect(await ask("?authority=partners")).toBe(
      'no authority "partners" here. Use one of default, customers, or start one with npx entra-gate entra --authority NAME\n',
    );
  });
});
