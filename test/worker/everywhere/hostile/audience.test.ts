// Runtimes: workerd
import { afterAll, describe } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { api, downstreamApi, tenants } from "../../../../entra/directory/directory.ts";
import { startFleet } from "../../../support/fleet.ts";
import { badToken } from "../../../support/refusal.ts";
import { itAccepts, itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "version-1");
afterAll(() => fleet.stop());

const mismatch = badToken("audience_mismatch");
const versionMismatch = badToken("version_mismatch");
const issuerMismatch = badToken("issuer_mismatch");
const audience = (aud: unknown): Recipe => ({ claims: { aud } });

/** Ids of Microsoft's own APIs, which every tenant has. */
const otherApis: Readonly<Record<string, string>> = {
  "Azure Resource Manager": "https://management.azure.com",
  "Azure Resource Manager, by id": "797f4846-ba00-4fd7-ba43-dac1f8f63013",
  "Azure classic management": "https://management.core.windows.net/",
  "Key Vault": "https://vault.azure.net",
  "Office 365 Exchange Online": "https://outlook.office365.com",
  SharePoint: "https://contoso.sharepoint.com",
  Storage: "https://storage.azure.com/",
  "the Azure CLI": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
  "a downstream API": downstreamApi.clientId,
  "a downstream API, by its URI": downstreamApi.appIdUri,
  "the client itself": clients.spa.clientId,
  "the tenant": tenants.contoso.id,
};

const id = api.clientId;
const respelt: readonly string[] = [
  api.appIdUri,
  `${api.appIdUri}/`,
  id.toUpperCase(),
  `${id}/`,
  `${id} `,
  ` ${id}`,
  `${id}\n`,
  `${id}\u0000`,
  `{${id}}`,
  id.replaceAll("-", ""),
  id.slice(0, -1),
  `${id}0`,
  `${id},${downstreamApi.clientId}`,
  `${downstreamApi.clientId} ${id}`,
  `spn:${id}`,
  `https://${id}`,
  "*",
  "",
];
const unfit: readonly unknown[] = [
  null,
  1,
  true,
  {},
  [],
  [id],
  [id, id],
  [downstreamApi.clientId, id],
  [[id]],
  { aud: id },
  { [id]: true },
  { 0: id },
];

const audiences: readonly RefusedRow[] = [
  ["I15 Microsoft Graph, by id", audience("00000003-0000-0000-c000-000000000000"), mismatch],
  ["I15 Microsoft Graph, by URI", audience("https://graph.microsoft.com"), mismatch],
  ["I15 Microsoft Graph, by URI with a slash", audience("https://graph.microsoft.com/"), mismatch],
  ["I15 Azure AD Graph", audience("00000002-0000-0000-c000-000000000000"), mismatch],
  ["I15 Azure AD Graph, by URI", audience("https://graph.windows.net"), mismatch],
  ...Object.entries(otherApis).map(([name, aud]): RefusedRow => [`I16 ${name}`, audience(aud), mismatch]),
  ...respelt.map((aud): RefusedRow => [`I17 aud ${JSON.stringify(aud)}`, audience(aud), mismatch]),
  ["I19 no aud", { without: ["aud"] }, mismatch],
  ...unfit.map((aud): RefusedRow => [`I19 aud ${JSON.stringify(aud)}`, audience(aud), mismatch]),
  [
    "I19 the audience in appid and resource only",
    { without: ["aud"], claims: { appid: id, resource: id, client_id: id } },
    mismatch,
  ],
];

const sts = `https://sts.windows.net/${tenants.contoso.id}/`;
const versions: readonly RefusedRow[] = [
  ["I10 a v1.0 token", { version: 1 }, issuerMismatch],
  ["I10 a v1.0 token with the GUID as audience", { version: 1, claims: { aud: id } }, issuerMismatch],
  ["I10 a v1.0 token of an app", { version: 1, client: "daemon" }, issuerMismatch],
  [
    "I10 a v1.0 token with ver 2.0",
    { version: 1, claims: { aud: id, ver: "2.0", azp: clients.spa.clientId } },
    issuerMismatch,
  ],
  ["I10 a v2.0 token with the issuer of v1.0", { claims: { iss: sts } }, issuerMismatch],
  [
    "I10 a v2.0 token with the issuer of v1.0 in China",
    { claims: { iss: sts.replace("sts.windows.net", "sts.chinacloudapi.cn") } },
    issuerMismatch,
  ],
  [
    "I10 a v1.0 token with the issuer of v2.0",
    { version: 1, claims: { iss: `https://login.microsoftonline.com/${tenants.contoso.id}/v2.0`, aud: id } },
    versionMismatch,
  ],
  ["I11 no ver", { without: ["ver"] }, versionMismatch],
  ...["1.0", "2", "2.00", "2.0 ", " 2.0", "02.0", "v2.0", "3.0", "", 2, null, true, ["2.0"], {}, [2]].map(
    (ver): RefusedRow => [`I11 ver ${JSON.stringify(ver)}`, { claims: { ver } }, versionMismatch],
  ),
  [
    "I11 ver 2.0 as a number",
    ({ sign, header, claims }) => sign(header, JSON.stringify(claims).replace('"ver":"2.0"', '"ver":2.0')),
    versionMismatch,
  ],
];

describe("an audience", { tags: "issuer-and-audience" }, () => itRefuses(fleet, "delegated", audiences));
describe("a version", () => itRefuses(fleet, "delegated", versions));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));

describe("if v1.0 is accepted", () => {
  itAccepts(fleet, "version-1", [
    ["I10 a v1.0 token", { version: 1 }],
    ["I10 a v1.0 token with the GUID as audience", { version: 1, claims: { aud: id } }],
    ["I11 a v2.0 token", {}],
  ]);
  itRefuses(fleet, "version-1", [
    [
      "I10 ver 2.0 under the issuer of v1.0",
      { version: 1, claims: { ver: "2.0", azp: clients.spa.clientId } },
      versionMismatch,
    ],
    ["I11 ver 1.0 under the issuer of v2.0", { claims: { ver: "1.0", appid: clients.spa.clientId } }, versionMismatch],
    ["I10 no slash after the issuer of v1.0", { version: 1, claims: { iss: sts.slice(0, -1) } }, issuerMismatch],
    ["I10 v2.0 after the issuer of v1.0", { version: 1, claims: { iss: `${sts}v2.0` } }, issuerMismatch],
    ["I10 another tenant", { version: 1, persona: "outsider" }, badToken("tenant_not_allowed")],
    ["I08 the key of personal accounts", { version: 1, key: "msa" }, badToken("key_issuer_mismatch")],
    [
      "I10 azp in place of appid",
      { version: 1, without: ["appid"], claims: { azp: clients.spa.clientId } },
      badToken("claim_invalid", { claim: "appid" }),
    ],
    [
      "I11 appid in place of azp",
      { without: ["azp"], claims: { appid: clients.spa.clientId } },
      badToken("claim_invalid", { claim: "azp" }),
    ],
    ["I17 the URI with a slash", { version: 1, claims: { aud: `${api.appIdUri}/` } }, mismatch],
    ["I15 Microsoft Graph", { version: 1, claims: { aud: "https://graph.microsoft.com" } }, mismatch],
  ]);
});
