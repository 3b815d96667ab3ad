// Runtimes: workerd
import { afterAll, describe } from "vitest";
import { api } from "../../../../entra/directory/directory.ts";
import { startFleet } from "../../../support/fleet.ts";
import { badToken, forbidden } from "../../../support/refusal.ts";
import { type AcceptedRow, itAccepts, itRefuses, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "app-only", "both", "two", "routes");
afterAll(() => fleet.stop());

const scp = (text: string): Recipe => ({ claims: { scp: text } });
const daemon = { client: "daemon" } as const;
const daemonWithout = { client: "daemon-without-roles" } as const;
const roles = (...list: readonly string[]): Recipe => ({ ...daemon, roles: list });

const scopeMissing = forbidden("scope_missing", "access_as_user");
const roleMissing = forbidden("role_missing");
const kindNotAllowed = forbidden("kind_not_allowed", "access_as_user");
const kindNotAllowedToUsers = forbidden("kind_not_allowed");
const kindUnknown = badToken("kind_unknown");

const wrongScopes: Readonly<Record<string, readonly string[]>> = {
  S02: [
    "access_as_user2",
    "access_as_use",
    "xaccess_as_user",
    "access_as_user.read",
    "access_as_user/",
    "access.as.user",
    "access_as_us\u0435r",
  ],
  S03: ["Access_As_User", "ACCESS_AS_USER", "access_as_User", "acceſs_as_user"],
  S05: [
    "\t",
    "\n",
    "\r\n",
    ",",
    ";",
    "+",
    "%20",
    "|",
    "\u000b",
    "\u000c",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u200b",
    "\u0000",
  ].map((separator) => `orders.read${separator}access_as_user`),
  S06: [`${api.appIdUri}/access_as_user`, `https://contoso.example/access_as_user`, `${api.clientId}/access_as_user`],
  S16: [
    "*",
    ".default",
    `${api.appIdUri}/.default`,
    "user_impersonation",
    ".*",
    "access_*",
    "access_as_user*",
    "openid profile email offline_access",
    "Orders.Read.All",
  ],
};

/** Claims that contain scopes or roles in other products. */
const otherClaims: Readonly<Record<string, unknown>> = {
  scope: "access_as_user",
  scopes: ["access_as_user"],
  permissions: ["access_as_user"],
  role: "access_as_user",
  roles: ["access_as_user"],
  groups: ["access_as_user"],
  wids: ["access_as_user"],
  scp_: "access_as_user",
  SCP: "access_as_user",
  "http://schemas.microsoft.com/identity/claims/scope": "access_as_user",
  "scp ": "access_as_user",
};

const delegated: readonly RefusedRow[] = [
  ...Object.entries(wrongScopes).flatMap(([id, texts]) =>
    texts.map((text): RefusedRow => [`${id} scp ${JSON.stringify(text)}`, scp(text), scopeMissing]),
  ),
  ["S05 scp of a space", scp(" "), scopeMissing],
  ["S05 scp with two spaces", scp("orders.read  access_as_user"), scopeMissing],
  ...Object.entries(otherClaims).map(
    ([claim, value]): RefusedRow => [
      `S08 ${claim} in addition to another scp`,
      { scopes: ["orders.read"], claims: { [claim]: value } },
      scopeMissing,
    ],
  ),
  ...Object.entries(otherClaims).map(
    ([claim, value]): RefusedRow => [
      `S08 ${claim} in place of scp`,
      { without: ["scp"], claims: { [claim]: value } },
      kindUnknown,
    ],
  ),
  ["S01 a user's token without scp", { without: ["scp"] }, kindUnknown],
  ["S01 an app without roles", daemonWithout, kindNotAllowed],
  ["S10 an app where only users are allowed", daemon, kindNotAllowed],
  ["S10 an app with a role that has the scope's name", roles("access_as_user"), kindNotAllowed],
  ["S10 an agent that acts as itself", { client: "agent" }, kindNotAllowed],
  ["S10 the same, with a slash for scp", { client: "agent", claims: { scp: "/" } }, kindNotAllowed],
  ["S10 an app without idtyp", { ...daemon, without: ["idtyp"] }, kindNotAllowed],
  [
    "S13 oid and sub the same, and no scp",
    ({ issue, claims: { oid } }) => issue({ without: ["scp"], claims: { sub: oid } }),
    kindNotAllowed,
  ],
];

const appOnly: readonly RefusedRow[] = [
  ["S01 an app without roles", daemonWithout, roleMissing],
  ["S01 an app with an empty list of roles", { ...daemon, claims: { roles: [] } }, roleMissing],
  ...[
    "Orders.Read",
    "Orders.Read.All2",
    "xOrders.Read.All",
    "orders.read.all",
    "ORDERS.READ.ALL",
    "Orders.Read.All ",
    "Orders.Read.All Orders.Admin",
    "*",
    ".default",
    "Orders.*",
  ].map((role): RefusedRow => [`S16 role ${JSON.stringify(role)}`, roles(role), roleMissing]),
  ...[
    "role",
    "groups",
    "wids",
    "permissions",
    "scope",
    "ROLES",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
  ].map(
    (claim): RefusedRow => [
      `S08 ${claim} in place of roles`,
      { ...daemonWithout, claims: { [claim]: ["Orders.Read.All"] } },
      roleMissing,
    ],
  ),
  ["S11 a user with a role of the same name", { roles: ["Orders.Read.All"] }, kindNotAllowedToUsers],
  [
    "S11 a user with that role and idtyp of a user",
    { roles: ["Orders.Read.All"], claims: { idtyp: "user" } },
    kindNotAllowedToUsers,
  ],
  ["S11 a user with a scope that has the role's name", scp("Orders.Read.All"), kindNotAllowedToUsers],
  [
    "S13 a user whose oid and sub are the same",
    ({ issue, claims: { oid } }) => issue({ roles: ["Orders.Read.All"], claims: { sub: oid } }),
    kindNotAllowedToUsers,
  ],
  ["S13 idtyp of an app with scp", { roles: ["Orders.Read.All"], claims: { idtyp: "app" } }, kindUnknown],
  ["S13 a user without scp, with that role", { without: ["scp"], roles: ["Orders.Read.All"] }, kindUnknown],
  ["S13 no idtyp, and no role either", { ...daemonWithout, without: ["idtyp"] }, roleMissing],
];

const both = forbidden("scope_missing", "access_as_user orders.read");
const two: readonly RefusedRow[] = [
  ["S15 one of two scopes", scp("access_as_user"), both],
  ["S15 the other of two scopes", scp("orders.read"), both],
  ["S15 one scope twice", scp("access_as_user access_as_user"), both],
  ["S15 one scope, and the other among the roles", { scopes: ["access_as_user"], roles: ["orders.read"] }, both],
  ["S15 a user with both roles and neither scope", { scopes: ["x"], roles: [...api.appRoles] }, both],
  ["S15 an app with neither role", daemonWithout, roleMissing],
];

const accepted = {
  delegated: [
    ["S02 the scope", scp("access_as_user")],
    ["S05 the scope among others", scp("a access_as_user b")],
    ["S05 the scope twice", scp("access_as_user access_as_user")],
  ],
  "app-only": [
    ["S10 an app with the role", daemon],
    ["S13 an app with the role, where idtyp is not configured", { ...daemon, without: ["idtyp"] }],
    ["S16 the role among others", roles("a", "Orders.Read.All")],
  ],
  two: [
    ["S15 both scopes", scp("access_as_user orders.read")],
    ["S15 both scopes, in the other order", scp("orders.read access_as_user")],
    ["S15 one of two roles", roles("Orders.Read.All")],
    ["S15 the other of two roles", roles("Orders.Admin")],
  ],
  both: [
    ["S10 a user", {}],
    ["S10 an app", daemon],
    ["S13 a user, where idtyp is configured for users too", { claims: { idtyp: "user" } }],
  ],
} as const satisfies Record<string, readonly AcceptedRow[]>;

describe("a scope is required", { tags: "scopes-and-roles" }, () => itRefuses(fleet, "delegated", delegated));
describe("a role is required", { tags: "scopes-and-roles" }, () => itRefuses(fleet, "app-only", appOnly));
describe("several are required", () => itRefuses(fleet, "two", two));
describe("either is required", () => {
  itRefuses(fleet, "both", [
    ["S01 an app without roles", daemonWithout, roleMissing],
    [
      "S11 a user with the role and another scope",
      { scopes: ["orders.read"], roles: ["Orders.Read.All"] },
      scopeMissing,
    ],
  ]);
});
for (const [gate, rows] of Object.entries(accepted)) {
  describe(`sufficient tokens: ${gate}`, () => itAccepts(fleet, gate as keyof typeof accepted, rows));
}
