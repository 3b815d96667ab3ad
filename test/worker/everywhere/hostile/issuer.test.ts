// Runtimes: workerd
import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import { startFleet } from "../../../support/fleet.ts";
import { badToken, internalError } from "../../../support/refusal.ts";
import { itAccepts, itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "listed", "in-code", "usgov", "china", "external");
afterAll(() => fleet.stop());

const contoso = tenants.contoso.id;
const fabrikam = tenants.fabrikam.id;
const login = "https://login.microsoftonline.com";
const mismatch = badToken("issuer_mismatch");
const notAllowed = badToken("tenant_not_allowed");
const tenantInvalid = badToken("tenant_invalid");
const strange = "dddddddd-0000-4000-8000-000000000004";

const issuer = (iss: unknown): Recipe => ({ claims: { iss } });
const issuerAt = (host: string, tid: string = contoso): Recipe => issuer(`https://${host}/${tid}/v2.0`);
/** An issuer with any text in place of the tenant. */
const tenant = (tid: unknown): Recipe => ({ claims: { tid, iss: `${login}/${tid}/v2.0` } });

const tenantRows: readonly RefusedRow[] = [
  ["I01 another tenant's token", { persona: "outsider" }, notAllowed],
  ["I01 a guest's token, issued by the home tenant", { tenant: "fabrikam" }, notAllowed],
  ["I01 an app's token from another tenant", { client: "daemon", tenant: "fabrikam" }, notAllowed],
  ["I01 a tenant that does not exist", tenant(strange), notAllowed],
  ["I02 tid of this tenant, iss of another", issuerAt("login.microsoftonline.com", fabrikam), mismatch],
  ["I02 iss of this tenant, tid of another", { claims: { tid: fabrikam } }, mismatch],
  ["I02 another tenant's token with this tid", { persona: "outsider", claims: { tid: contoso } }, mismatch],
  ["I03 no tid", { without: ["tid"] }, tenantInvalid],
  ...[
    null,
    1,
    {},
    [contoso],
    [],
    "",
    "contoso",
    tenants.contoso.domain,
    contoso.toUpperCase(),
    `{${contoso}}`,
    `${contoso} `,
    ` ${contoso}`,
    `${contoso}\n`,
    `${contoso}\u0000`,
    contoso.replaceAll("-", ""),
    `${contoso}/../${contoso}`,
    contoso.slice(0, -1),
    "common",
    "{tenantid}",
  ].map((tid): RefusedRow => [`I03 tid ${JSON.stringify(tid)}`, tenant(tid), tenantInvalid]),
  ["I03 tid in upper case, valid iss", { claims: { tid: contoso.toUpperCase() } }, tenantInvalid],
  ["I03 iss in upper case, valid tid", issuerAt("login.microsoftonline.com", contoso.toUpperCase()), mismatch],
];

const issuerRows: readonly RefusedRow[] = [
  ...[
    "{tenantid}",
    "{tenantId}",
    "common",
    "organizations",
    "consumers",
    tenants.contoso.domain,
    "",
    `${contoso}/..`,
  ].map(
    (segment): RefusedRow => [
      `I04 issuer of ${JSON.stringify(segment)}`,
      issuerAt("login.microsoftonline.com", segment),
      mismatch,
    ],
  ),
  ["I04 no iss", { without: ["iss"] }, mismatch],
  ...[null, 2, true, {}, "", [`${login}/${contoso}/v2.0`], { toString: `${login}/${contoso}/v2.0` }].map(
    (iss): RefusedRow => [`I04 iss ${JSON.stringify(iss)}`, issuer(iss), mismatch],
  ),
  ["I04 a slash at the end", issuer(`${login}/${contoso}/v2.0/`), mismatch],
  ["I04 a space at the end", issuer(`${login}/${contoso}/v2.0 `), mismatch],
  ["I04 only the beginning", issuer(`${login}/${contoso}`), mismatch],
  ["I04 only a part", issuer(`${contoso}/v2.0`), mismatch],
  ["I04 one character less", issuer(`${login}/${contoso}/v2.`), mismatch],
  ["I04 plain http", issuer(`http://login.microsoftonline.com/${contoso}/v2.0`), mismatch],
  ["I04 the default port", issuerAt("login.microsoftonline.com:443"), mismatch],
  ["I04 a host in upper case", issuerAt("LOGIN.MICROSOFTONLINE.COM"), mismatch],
  ["I04 a dot after the host", issuerAt("login.microsoftonline.com."), mismatch],
  ["I04 the host as a user", issuerAt("login.microsoftonline.com@attacker.example"), mismatch],
  ["I04 a longer host", issuerAt("login.microsoftonline.com.attacker.example"), mismatch],
  ["I04 a look-alike host", issuerAt("login.micrοsoftonline.com"), mismatch],
  ["I04 an attacker's host", issuerAt("attacker.example"), mismatch],
  ["I04 the host in the path", issuerAt("127.0.0.1"), mismatch],
  ["I04 an alias of the host", issuerAt("login.windows.net"), mismatch],
  ["I04 another version", issuer(`${login}/${contoso}/v1.0`), mismatch],
  ["I04 a query", issuer(`${login}/${contoso}/v2.0?x`), mismatch],
  ["I04 an escaped path", issuer(`${login}/${contoso}%2Fv2.0`), mismatch],
  ["I04 External ID", issuerAt(`${contoso}.ciamlogin.com`), mismatch],
  ["I04 Azure AD B2C", issuer(`https://contoso.b2clogin.com/${contoso}/v2.0/`), mismatch],
  ["I07 US Government", issuerAt("login.microsoftonline.us"), mismatch],
  ["I07 China", issuerAt("login.partner.microsoftonline.cn"), mismatch],
  ["I07 China, by its other name", issuerAt("login.chinacloudapi.cn"), mismatch],
  ["I07 the former German cloud", issuerAt("login.microsoftonline.de"), mismatch],
  ["I08 a personal account", { persona: "consumer" }, notAllowed],
  ["I08 a personal account, by an ordinary key", { persona: "consumer", key: "current" }, notAllowed],
];

describe("a tenant", { tags: "issuer-and-audience" }, () => itRefuses(fleet, "delegated", tenantRows));
describe("an issuer", { tags: "issuer-and-audience" }, () => itRefuses(fleet, "delegated", issuerRows));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));

describe("clouds", () => {
  const [publicCloud, usGov, china] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
  ] as const;
  itRefuses(fleet, "usgov", [
    ["I07 public, in US Government", issuerAt(publicCloud), mismatch],
    ["I07 China, in US Government", issuerAt(china), mismatch],
  ]);
  itRefuses(fleet, "china", [
    ["I07 public, in China", issuerAt(publicCloud), mismatch],
    ["I07 US Government, in China", issuerAt(usGov), mismatch],
    ["I07 China by its other name, in China", issuerAt("login.chinacloudapi.cn"), mismatch],
  ]);
  itRefuses(fleet, "external", [
    ["I07 public, in External ID", issuerAt(publicCloud), mismatch],
    ["I07 the tenant's name in place of its GUID, in External ID", issuerAt("contoso.ciamlogin.com"), mismatch],
    ["I07 another tenant's host, in External ID", issuerAt(`${fabrikam}.ciamlogin.com`), mismatch],
    ["I07 another name's host, in External ID", issuerAt("fabrikam.ciamlogin.com"), mismatch],
  ]);
});

describe("several tenants, by list", () => {
  itAccepts(fleet, "listed", [
    ["I01 one of them", {}],
    ["I01 the other one", { persona: "outsider" }],
  ]);
  itRefuses(fleet, "listed", [
    ["I02 tid of one, iss of the other", { claims: { tid: fabrikam } }, mismatch],
    ["I02 iss of one, tid of the other", { persona: "outsider", claims: { tid: contoso } }, mismatch],
    ["I01 none of them", tenant(strange), notAllowed],
    [
      "I04 organizations in place of a tenant",
      { claims: { tid: "organizations", iss: `${login}/organizations/v2.0` } },
      tenantInvalid,
    ],
    ["I08 personal accounts", { persona: "consumer" }, notAllowed],
    ["I08 the key of personal accounts, for one of them", { key: "msa" }, badToken("key_issuer_mismatch")],
    [
      "I08 the key of personal accounts, for the other one",
      { key: "msa", persona: "outsider" },
      badToken("key_issuer_mismatch"),
    ],
  ]);
});

describe("tenants decided in code", () => {
  itRefuses(fleet, "in-code", [
    ["I01 a result other than true", { persona: "outsider" }, notAllowed],
    ["I08 an exception", { persona: "consumer" }, internalError("tenant_check_failed")],
    ["I02 an allowed tenant with the issuer of another", issuerAt("login.microsoftonline.com", fabrikam), mismatch],
  ]);
  itAccepts(fleet, "in-code", [["I01 the result true", {}]]);

  it("I01 fetches no keys of a refused tenant", async () => {
    const { calls } = await fleet.ledger();
    const asked = calls.filter(({ gate, to }) => gate === "in-code" && to === "authority").map(({ url }) => url);
    expect(asked.filter((url) => !url.includes(contoso))).toEqual([]);
  });
});
