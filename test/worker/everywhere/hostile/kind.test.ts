// Runtimes: workerd
import { afterAll, describe } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { api } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { startFleet } from "../../../support/fleet.ts";
import { badToken, forbidden } from "../../../support/refusal.ts";
import { itAccepts, itRefuses, itSendsNoRequests, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "clients", "routes");
afterAll(() => fleet.stop());

const kindUnknown = badToken("kind_unknown");
const claimInvalid = (claim: string) => badToken("claim_invalid", { claim });

const azp = clients.spa.clientId;

const daemon = { client: "daemon" } as const;
const agent = { client: "agent" } as const;
const people: readonly RefusedRow[] = [
  ["I21 an app without a service principal", { ...daemon, without: ["oid", "roles"] }, claimInvalid("oid")],
  ["I21 an app without a service principal, and roles", { ...daemon, without: ["oid"] }, claimInvalid("oid")],
  [
    "I21 an app without a service principal, and idtyp",
    { ...daemon, without: ["oid", "roles", "idtyp"] },
    claimInvalid("oid"),
  ],
  ["I21 an app without oid and sub", { ...daemon, without: ["oid", "sub"] }, claimInvalid("oid")],
  ["I21 a user without oid", { without: ["oid"] }, claimInvalid("oid")],
  ...[
    null,
    "",
    1,
    {},
    "member",
    [personas.member.oid],
    personas.member.oid.toUpperCase(),
    `{${personas.member.oid}}`,
    `${personas.member.oid}\n`,
  ].map((oid): RefusedRow => [`I21 oid ${JSON.stringify(oid)}`, { claims: { oid } }, claimInvalid("oid")]),
  ["I21 no sub", { without: ["sub"] }, claimInvalid("sub")],
  ...[null, "", 1, {}, ["a"]].map(
    (sub): RefusedRow => [`I21 sub ${JSON.stringify(sub)}`, { claims: { sub } }, claimInvalid("sub")],
  ),
  ["I22 no azp", { without: ["azp"] }, claimInvalid("azp")],
  ["I22 appid in place of azp", { without: ["azp"], claims: { appid: azp } }, claimInvalid("azp")],
  ["I22 client_id in place of azp", { without: ["azp"], claims: { client_id: azp } }, claimInvalid("azp")],
  ...[null, "", 1, {}, "spa", [azp], azp.toUpperCase(), `${azp} `].map(
    (value): RefusedRow => [`I22 azp ${JSON.stringify(value)}`, { claims: { azp: value } }, claimInvalid("azp")],
  ),
];

const lists: readonly RefusedRow[] = ["roles", "groups", "wids"].flatMap((claim) =>
  [
    null,
    "Orders.Read.All",
    1,
    true,
    {},
    { 0: "Orders.Read.All", length: 1 },
    [1],
    [null],
    ["Orders.Read.All", 1],
    [["Orders.Read.All"]],
    [{}],
  ].map(
    (value): RefusedRow => [
      `S18 ${claim} ${JSON.stringify(value)}`,
      { claims: { [claim]: value } },
      claimInvalid(claim),
    ],
  ),
);
const scopes: readonly RefusedRow[] = [null, 1, true, {}, [], ["access_as_user"]].map(
  (scp): RefusedRow => [`S18 scp ${JSON.stringify(scp)}`, { claims: { scp } }, claimInvalid("scp")],
);
const kinds: readonly RefusedRow[] = [
  ["S13 neither scp nor idtyp, and oid is not sub", { without: ["scp"] }, kindUnknown],
  ["S13 idtyp of an app with scp", { claims: { idtyp: "app" } }, kindUnknown],
  ["S13 idtyp of a device", { claims: { idtyp: "device" } }, kindUnknown],
  ["S13 idtyp of a device without scp", { ...daemon, claims: { idtyp: "device" } }, kindUnknown],
  ["S13 idtyp of a user without scp", { ...daemon, claims: { idtyp: "user" } }, kindUnknown],
  ["S13 idtyp in an array", { ...daemon, claims: { idtyp: ["app"] } }, kindUnknown],
  ["S13 idtyp null", { ...daemon, claims: { idtyp: null } }, kindUnknown],
  ["S13 idtyp in upper case", { ...daemon, claims: { idtyp: "APP" } }, kindUnknown],
  ["S13 an agent that acts as itself, without idtyp", { ...agent, without: ["idtyp"] }, kindUnknown],
  ["S13 an agent's slash for scp, without idtyp", { ...agent, without: ["idtyp"], claims: { scp: "/" } }, kindUnknown],
  ["S13 an app's slash for scp, without idtyp", { ...daemon, without: ["idtyp"], claims: { scp: "/" } }, kindUnknown],
  ["S13 an app's empty scp, without idtyp", { ...daemon, without: ["idtyp"], claims: { scp: "" } }, kindUnknown],
  ["S13 a user's slash for scp", { claims: { scp: "/" } }, kindUnknown],
  ["S13 an agent's scope after the slash", { ...agent, claims: { scp: "/ access_as_user" } }, kindUnknown],
  ["S13 an agent with a user's scope", { ...agent, claims: { scp: "access_as_user" } }, kindUnknown],
];

describe("the caller", () => itRefuses(fleet, "delegated", people));
describe("lists", () => itRefuses(fleet, "delegated", [...lists, ...scopes]));
describe("user or app", () => itRefuses(fleet, "delegated", kinds));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));

describe("one client application", () => {
  const notAllowed = forbidden("client_not_allowed");
  itAccepts(fleet, "clients", [["I22 the allowed client", { client: "cae-spa" }]]);
  itRefuses(fleet, "clients", [
    ["I22 another", {}, notAllowed],
    ["I22 another, with claims challenges", { persona: "admin", scopes: [...api.scopes] }, notAllowed],
    ["I22 an app that calls for itself", daemon, notAllowed],
    ["I22 another, with the allowed client in appid", { claims: { appid: clients["cae-spa"].clientId } }, notAllowed],
    [
      "I22 no azp, and the allowed client in appid",
      { without: ["azp"], claims: { appid: clients["cae-spa"].clientId } },
      claimInvalid("azp"),
    ],
  ]);
});

describe("claims that users choose", () => {
  const { admin } = personas;
  const names = {
    preferred_username: admin.username,
    upn: admin.username,
    email: admin.username,
    unique_name: admin.username,
    name: admin.name,
  };
  itRefuses(
    fleet,
    "routes",
    [
      [
        "I24 an administrator's names, without the role",
        { claims: names },
        forbidden("role_missing", "access_as_user"),
      ],
    ],
    "/user-role",
  );
  itAccepts(
    fleet,
    "routes",
    [["I24 the role, without the names", { persona: "admin", without: ["name", "preferred_username"] }]],
    "/user-role",
  );
});
