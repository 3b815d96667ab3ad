import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import { startFleet } from "../../../support/fleet.ts";
import { type PublicationName, publications } from "../../../support/publications.ts";
import { badToken, expectRefusal } from "../../../support/refusal.ts";
import { expectForwarded, itAccepts, itRefuses, present, type Recipe, type RefusedRow } from "../../../support/rows.ts";
import { countAsked, keysUnavailable, startKeyFleet } from "../../support/key-fleet.ts";

const contoso = tenants.contoso.id;
const fabrikam = tenants.fabrikam.id;
const publicCloud = "https://login.microsoftonline.com";
const tenantHost = `https://${contoso}.ciamlogin.com`;
const mismatch = badToken("issuer_mismatch");
const issuer = (iss: string): Recipe => ({ claims: { iss } });

/** Gates by the issuer that the metadata of their authority names. */
const authorities = {
  external: { login: "https://contoso.ciamlogin.com", named: tenantHost },
  "external-public": { login: "https://public.ciamlogin.com", named: publicCloud },
  "custom-own": { login: "https://login-own.contoso.example", named: "https://login-own.contoso.example" },
  "custom-tenant": { login: "https://login-tenant.contoso.example", named: tenantHost },
  "custom-public": { login: "https://login-public.contoso.example", named: publicCloud },
} as const;
const names = Object.keys(authorities) as (keyof typeof authorities)[];
const isHostile = (name: PublicationName) => name.startsWith("external-");
const hostile = (Object.keys(publications) as PublicationName[]).filter(isHostile);

const [fleet, keyFleet] = await Promise.all([
  startFleet(...names),
  startKeyFleet((name) => name === "plain" || isHostile(name)),
]);
afterAll(() => Promise.all([fleet.stop(), keyFleet.stop()]));

describe.each(names)("the gate %s", { tags: "external-id" }, (name) => {
  const { login, named } = authorities[name];
  const others = new Set([
    login,
    tenantHost,
    publicCloud,
    `https://${fabrikam}.ciamlogin.com`,
    "https://attacker.example",
  ]);
  others.delete(named);

  itAccepts(fleet, name, [["I07 the issuer of its metadata", {}]]);
  itRefuses(fleet, name, [
    ...[...others].map(
      (origin): RefusedRow => [`I07 an issuer at ${origin}`, issuer(`${origin}/${contoso}/v2.0`), mismatch],
    ),
    ["I07 the issuer of another tenant", issuer(`${named}/${fabrikam}/v2.0`), mismatch],
    ["I07 the issuer with a slash", issuer(`${named}/${contoso}/v2.0/`), mismatch],
    ["I07 the form of v1.0 tokens", { version: 1, claims: { iss: `${named}/${contoso}/` } }, mismatch],
    ["I07 the issuer of v1.0 tokens", { version: 1, claims: { iss: `https://sts.windows.net/${contoso}/` } }, mismatch],
    ["I08 the key of personal accounts", { key: "msa" }, badToken("key_issuer_mismatch")],
  ]);

  it("asks no other host than its authority and that of its tenant", async () => {
    const { calls } = await fleet.ledger();
    const asked = calls
      .filter(({ gate, to }) => gate === name && to !== "origin")
      .map(({ url }) => new URL(url).origin);
    expect(asked).not.toEqual([]);
    expect(asked.filter((origin) => origin !== login && origin !== tenantHost)).toEqual([]);
  });
});

describe("metadata that names what it must not name", () => {
  it("is the only difference to a gate that accepts the token", async () => {
    await expectForwarded(keyFleet, "plain", await present(keyFleet, "plain", {}));
  });

  it.each(hostile)("K23 %s", { tags: "external-id" }, async (gate) => {
    await expectRefusal(keyFleet, gate, await present(keyFleet, gate, {}), keysUnavailable);
    expect(await countAsked(keyFleet, gate, "openid-configuration")).toBe(1);
    expect(await countAsked(keyFleet, gate, "/keys")).toBe(0);
  });
});
