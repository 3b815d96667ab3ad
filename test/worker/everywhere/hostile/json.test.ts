import { afterAll, describe, expect, it } from "vitest";
import { api, tenants } from "../../../../entra/directory/directory.ts";
import { startFleet } from "../../../support/fleet.ts";
import { badToken } from "../../../support/refusal.ts";
import {
  expectForwarded,
  itAccepts,
  itRefuses,
  itSendsNoRequests,
  present,
  type Recipe,
  type RefusedRow,
} from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "both");
afterAll(() => fleet.stop());

const headerNotJson = badToken("token_not_json", { part: "header" });
const payloadNotJson = badToken("token_not_json", { part: "payload" });
const tenantAmbiguous = badToken("tenant_ambiguous");

/** Adds members after or before those of the valid header. */
const headerAnd =
  (members: string): Recipe =>
  ({ sign, header, claims }) =>
    sign(`${JSON.stringify(header).slice(0, -1)},${members}}`, claims);
const headerAfter =
  (members: string): Recipe =>
  ({ sign, header, claims }) =>
    sign(`{${members},${JSON.stringify(header).slice(1)}`, claims);
const claimsAnd =
  (members: string): Recipe =>
  ({ sign, header, claimsWith }) =>
    sign(header, claimsWith(members));
const claimsAfter =
  (members: string): Recipe =>
  ({ sign, header, claims }) =>
    sign(header, `{${members},${JSON.stringify(claims).slice(1)}`);

const twice = (name: string, value: unknown) => `${JSON.stringify(name)}:${JSON.stringify(value)}`;

const headerNames: readonly RefusedRow[] = [
  ["F12 alg none, then RS256", headerAfter('"alg":"none"'), headerNotJson],
  ["F12 alg RS256, then none", headerAnd('"alg":"none"'), headerNotJson],
  ["F12 alg RS256 twice", headerAnd('"alg":"RS256"'), headerNotJson],
  ["F12 kid twice", headerAnd('"kid":"other"'), headerNotJson],
  ["F12 typ twice", headerAnd('"typ":"at+jwt"'), headerNotJson],
  ["F12 alg twice, once escaped", headerAfter('"\\u0061lg":"none"'), headerNotJson],
  ["F12 alg twice, the second after white space", headerAnd('"alg" \n:\t"none"'), headerNotJson],
  ["F12 a name twice in an object of the header", headerAnd('"x":{"a":1,"a":2}'), headerNotJson],
];

/**
 * On Node 26, `JSON.parse` of a deep text that is cut ends the process, or the next long list does. Each text and the
 * list come one after the other.
 */
const deadly = ["[1,".repeat(7_300), "[[[[[[[[1,".repeat(1_024), '{"a":'.repeat(4_400), "[".repeat(22_000)];
const list = `[${"1,".repeat(1_300)}"`;
const deadlyTexts = deadly.flatMap((text) => [`${text}"`, list, `${text}1`, list]);
const deadlyRows = deadlyTexts.flatMap((text, index): RefusedRow[] => [
  [`F16 deep text ${index} as header`, ({ own, claims }) => own.sign(text, claims), headerNotJson],
  [`F16 deep text ${index} as payload`, ({ own, ownHeader }) => own.sign(ownHeader, text), payloadNotJson],
  [
    `F16 deep text ${index} in the payload`,
    ({ own, ownHeader, claims }) => own.sign(ownHeader, `${JSON.stringify(claims).slice(0, -1)},"x":${text}`),
    payloadNotJson,
  ],
]);

const { iss, exp } = (await fleet.forge("delegated")).claims;
const repeatable: Readonly<Record<string, unknown>> = {
  aud: "00000003-0000-0000-c000-000000000000",
  tid: tenants.fabrikam.id,
  scp: "admin",
  exp: 9_999_999_999,
  iss: `https://login.microsoftonline.com/${tenants.fabrikam.id}/v2.0`,
  nbf: 0,
  ver: "1.0",
  azp: "c11e0000-0000-4000-8000-000000000022",
  oid: "0b1ec700-0000-4000-8000-000000000033",
};

const claimNames: readonly RefusedRow[] = [
  ...Object.entries(repeatable).flatMap(([name, value]): RefusedRow[] => [
    [`F13 ${name} twice, the other one second`, claimsAnd(twice(name, value)), payloadNotJson],
    [`F13 ${name} twice, the other one first`, claimsAfter(twice(name, value)), payloadNotJson],
  ]),
  ["F13 aud twice, the same", claimsAnd(twice("aud", api.clientId)), payloadNotJson],
  ["F13 iss twice, the same", claimsAnd(twice("iss", iss)), payloadNotJson],
  ["F13 exp twice, the same", claimsAnd(twice("exp", exp)), payloadNotJson],
  ["F13 roles twice", claimsAnd('"roles":["a"],"roles":["b"]'), payloadNotJson],
  ["F13 tid twice, once escaped", claimsAnd('"\\u0074id":"x"'), payloadNotJson],
  ["F13 tid twice, all escaped", claimsAnd('"\\u0074\\u0069\\u0064":"x"'), payloadNotJson],
  ["F13 a name twice in a nested object", claimsAnd('"_claim_sources":{"src1":{},"src1":{}}'), payloadNotJson],
  ["F13 a name twice in an object in an array", claimsAnd('"x":[{"a":1,"a":1}]'), payloadNotJson],
  ["F13 a name twice, after a string that ends in a backslash", claimsAnd('"x":"\\\\","x":"\\\\"'), payloadNotJson],
  ["F13 a name twice, after a string with an escaped quote", claimsAnd('"x":"\\":","x":""'), payloadNotJson],
  ["F13 an empty name twice", claimsAnd('"":1,"":2'), payloadNotJson],
  ["F14 tid and TID", claimsAnd(twice("TID", tenants.fabrikam.id)), tenantAmbiguous],
  ["F14 TID and tid", claimsAfter(twice("TID", tenants.fabrikam.id)), tenantAmbiguous],
  ["F14 tid and Tid", claimsAnd(twice("Tid", tenants.fabrikam.id)), tenantAmbiguous],
  ["F14 tid and tId, the same", claimsAnd(twice("tId", tenants.contoso.id)), tenantAmbiguous],
  ["F14 tid and an escaped TID", claimsAnd('"\\u0054ID":""'), tenantAmbiguous],
  ["F14 TID alone", { without: ["tid"], claims: { TID: tenants.contoso.id } }, badToken("tenant_invalid")],
  ["F14 AUD alone", { without: ["aud"], claims: { AUD: api.clientId } }, badToken("audience_mismatch")],
  ["F14 SCP alone", { without: ["scp"], claims: { SCP: "access_as_user" } }, badToken("kind_unknown")],
  ["F14 EXP alone", { without: ["exp"], claims: { EXP: exp } }, badToken("time_invalid", { claim: "exp" })],
];

/** Inherited members of an object must not replace missing members of a token. */
const inheritance: readonly RefusedRow[] = [
  [
    "F15 alg in __proto__",
    ({ sign, header, claims }) =>
      sign(`{"typ":"JWT","kid":${JSON.stringify(header.kid)},"__proto__":{"alg":"RS256"}}`, claims),
    badToken("algorithm_not_allowed"),
  ],
  [
    "F15 kid in __proto__",
    ({ sign, header, claims }) =>
      sign(`{"typ":"JWT","alg":"RS256","__proto__":{"kid":${JSON.stringify(header.kid)}}}`, claims),
    badToken("kid_invalid"),
  ],
  [
    "F15 scp in __proto__",
    ({ sign, header, claims: { scp: _, ...claims } }) =>
      sign(header, `${JSON.stringify(claims).slice(0, -1)},"__proto__":{"scp":"access_as_user"}}`),
    badToken("kind_unknown"),
  ],
  [
    "F15 aud in __proto__",
    ({ sign, header, claims: { aud, ...claims } }) =>
      sign(header, `${JSON.stringify(claims).slice(0, -1)},"__proto__":${JSON.stringify({ aud })}}`),
    badToken("audience_mismatch"),
  ],
  [
    "F15 tid in constructor.prototype",
    ({ sign, header, claims: { tid, ...claims } }) => sign(header, { ...claims, constructor: { prototype: { tid } } }),
    badToken("tenant_invalid"),
  ],
  ["F15 __proto__ twice", claimsAnd('"__proto__":{},"__proto__":{}'), payloadNotJson],
  [
    "F16 arrays in arrays, as many as fit",
    ({ own, ownHeader, claimsWith }) => own.sign(ownHeader, claimsWith(`"x":${nest("[", "]", 11_500)}`)),
    payloadNotJson,
  ],
  [
    "F16 objects in objects, as many as fit",
    ({ own, ownHeader, claimsWith }) => own.sign(ownHeader, claimsWith(`"x":${nest('{"a":', "}", 3_500, "0")}`)),
    payloadNotJson,
  ],
  [
    "F16 arrays in the header",
    ({ own, ownHeader, claims }) =>
      own.sign(`${JSON.stringify(ownHeader).slice(0, -1)},"x":${nest("[", "]", 11_000)}}`, claims),
    headerNotJson,
  ],
  ["F16 arrays that never close", ({ own, ownHeader }) => own.sign(ownHeader, "[".repeat(23_000)), payloadNotJson],
  [
    "F16 fifty thousand arrays",
    ({ own, ownHeader, claimsWith }) => own.sign(ownHeader, claimsWith(`"x":${nest("[", "]", 50_000)}`)),
    badToken("token_too_large"),
  ],
  ["F16 ten arrays", claimsAnd(`"x":${nest("[", "]", 10)}`), payloadNotJson],
  ...["constructor", "__proto__", "hasOwnProperty", "toString", "valueOf"].flatMap((name): RefusedRow[] => [
    [`F17 an alg of ${name}`, { header: { alg: name } }, badToken("algorithm_not_allowed")],
    [`F17 an issuer of ${name}`, { claims: { iss: name } }, badToken("issuer_mismatch")],
    [`F17 a tenant of ${name}`, { claims: { tid: name } }, badToken("tenant_invalid")],
    [`F17 an audience of ${name}`, { claims: { aud: name } }, badToken("audience_mismatch")],
    [`F17 a version of ${name}`, { claims: { ver: name } }, badToken("version_mismatch")],
  ]),
];

describe("names in the header", { tags: "one-reading" }, () => itRefuses(fleet, "delegated", headerNames));
describe("names in the claims", { tags: "one-reading" }, () => itRefuses(fleet, "delegated", claimNames));
describe("names of other members", () => itRefuses(fleet, "delegated", inheritance));
describe("texts that end a process of Node 26", () => itRefuses(fleet, "delegated", deadlyRows));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));

describe("kids that are names of Object's own members", () => {
  const kids = ["constructor", "__proto__", "hasOwnProperty", "toString", "valueOf"];
  const rows = kids.map((kid): RefusedRow => [`F17 a kid of ${kid}`, { header: { kid } }, badToken("key_unknown")]);
  itRefuses(fleet, "both", rows);
});

describe("ignored names", () => {
  itAccepts(fleet, "both", [
    ["F15 __proto__ among the claims", claimsAnd('"__proto__":{"scp":"admin","cnf":{}}')],
    ["F15 __proto__ in the header", headerAnd('"__proto__":{"alg":"none","crit":["x"]}')],
    [
      "F15 constructor and toString among the claims",
      claimsAnd('"constructor":1,"toString":null,"hasOwnProperty":[],"valueOf":""'),
    ],
    ["F15 constructor in the header", headerAnd('"constructor":{"prototype":{"alg":"none"}},"hasOwnProperty":true')],
    ["F13 one name in two objects", claimsAnd('"x":{"a":{"a":1}},"a":[{"a":1},{"a":2}]')],
    ["F13 strings that look like names", claimsAnd('"x":"\\"tid\\":","y":["tid",":"]')],
  ]);

  it("F15 __proto__ does not reach the origin as an identity", async () => {
    await expectForwarded(fleet, "both", await present(fleet, "both", claimsAnd('"__proto__":{"scp":"admin"}')));
    const { headers } = (await fleet.ledger()).origin.last!;
    expect(headers["x-entra-scopes"]).toBe("access_as_user");
  });
});

function nest(open: string, close: string, depth: number, innermost = ""): string {
  return open.repeat(depth) + innermost + close.repeat(depth);
}
