// Runtimes: workerd
import { afterAll, describe, expect, it } from "vitest";
import { api } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { type LogLine, startFleet } from "../../../support/fleet.ts";
import { revokedAtSeconds } from "../../../support/gates.ts";
import {
  badToken,
  claimsWanted,
  expectRefusal,
  forbidden,
  internalError,
  notFound,
  unauthenticated,
} from "../../../support/refusal.ts";
import { expectForwarded, itAccepts, itRefuses, present, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("routes", "revoking");
afterAll(() => fleet.stop());

const daemon = { client: "daemon" } as const;
const capable = { client: "cae-spa" } as const;
const scopeMissing = forbidden("scope_missing", "access_as_user");
const roleMissing = (lists: LogLine) => forbidden("role_missing", undefined, lists);
const unlisted = notFound("route_unlisted");
const [firstGroup = "", secondGroup = ""] = personas.admin.groups;

/** Refused tokens by path. */
const routes: Readonly<Record<string, readonly RefusedRow[]>> = {
  "/bare": [
    ["S19 no requirement of its own: without the default scope", { scopes: ["orders.read"] }, scopeMissing],
    ["S19 no requirement of its own: an app", daemon, forbidden("kind_not_allowed", "access_as_user")],
  ],
  "/unlisted": [
    ["S19 a path without a route", {}, unlisted],
    ["S19 a path without a route, for an app", daemon, unlisted],
  ],
  "/scope/below": [["S19 a path below a route's", {}, unlisted]],
  "/scope/": [["S19 a route's path and a slash", {}, unlisted]],
  "/SCOPE": [["S19 a route's path in upper case", {}, unlisted]],
  "/%73cope2": [["S19 a path that only begins like that of a route", {}, unlisted]],
  "/scopes": [
    ["S15 all of two scopes: one", {}, forbidden("scope_missing", "access_as_user orders.read")],
    ["S15 all of two scopes: none", { scopes: ["x"] }, forbidden("scope_missing", "access_as_user orders.read")],
  ],
  "/any-scope": [["S15 any of two scopes: none", {}, forbidden("scope_missing", "orders.write orders.read")]],
  "/app": [
    ["S11 a user with the app's role", { roles: ["Orders.Read.All"] }, forbidden("kind_not_allowed")],
    ["S10 an app without the role", { client: "daemon-without-roles" }, roleMissing({ anyRole: ["Orders.Read.All"] })],
  ],
  "/app-roles": [["S15 all of two roles: one", daemon, roleMissing({ roles: ["Orders.Read.All", "Orders.Admin"] })]],
  "/user-role": [
    ["S11 a user without the role", {}, forbidden("role_missing", "access_as_user", { roles: ["Orders.Admin"] })],
    ["S11 a user with the role and without the scope", { persona: "admin", scopes: ["orders.read"] }, scopeMissing],
    [
      "S11 an app with the role",
      { ...daemon, roles: ["Orders.Admin"] },
      forbidden("kind_not_allowed", "access_as_user"),
    ],
  ],
  "/either": [
    ["S15 either of two: a user with another scope", {}, forbidden("scope_missing", "orders.read")],
    [
      "S15 either of two: an app with another role",
      { ...daemon, roles: ["Orders.Admin"] },
      roleMissing({ anyRole: ["Orders.Read.All"] }),
    ],
    [
      "S15 either of two: a user with the app's role",
      { roles: ["Orders.Read.All"] },
      forbidden("scope_missing", "orders.read"),
    ],
  ],
  "/group": [
    ["S15 a group: a token without groups", {}, forbidden("groups_absent", "access_as_user")],
    [
      "S15 a group: another group",
      { claims: { groups: [firstGroup] } },
      forbidden("group_missing", "access_as_user", { groups: [secondGroup] }),
    ],
    ["S15 a group: its ID as a role", { roles: [secondGroup] }, forbidden("groups_absent", "access_as_user")],
    [
      "S15 a group: an app in it",
      { ...daemon, claims: { groups: [firstGroup, secondGroup] } },
      forbidden("kind_not_allowed", "access_as_user"),
    ],
    ["S15 a group: 250 groups", { persona: "many-groups" }, forbidden("groups_overage", "access_as_user")],
    [
      "S15 a group: a list beside hasgroups",
      { persona: "admin", claims: { hasgroups: true } },
      forbidden("groups_overage", "access_as_user"),
    ],
    [
      "S15 a group: a list with a name",
      { claims: { groups: [firstGroup, secondGroup, "Admins"] } },
      forbidden("groups_are_names", "access_as_user"),
    ],
    [
      "S15 a group: its ID in upper case",
      { claims: { groups: [firstGroup, secondGroup, "96000000-0000-4000-8044-00000000FFFF"] } },
      forbidden("groups_are_names", "access_as_user"),
    ],
    ["S15 a group: a text", { claims: { groups: secondGroup } }, badToken("claim_invalid", { claim: "groups" })],
    [
      "S15 a group: an object",
      { claims: { groups: { 0: secondGroup } } },
      badToken("claim_invalid", { claim: "groups" }),
    ],
    [
      "S15 a group: an empty list",
      { claims: { groups: [] } },
      forbidden("group_missing", "access_as_user", { groups: [secondGroup] }),
    ],
  ],
  "/client": [["I22 another client, on a route for one", {}, forbidden("client_not_allowed", "access_as_user")]],
  "/tenant": [["I01 another tenant, on a route for one", {}, forbidden("tenant_not_allowed_here", "access_as_user")]],
};

for (const [path, rows] of Object.entries(routes)) {
  describe(path, () => itRefuses(fleet, "routes", rows, path));
}

describe("routes", () => {
  for (const path of ["/bare", "/scope", "/app", "/unlisted", "/", "/SCOPE", "/local/requests"]) {
    it(`S19 ${path} reveals nothing to an anonymous caller`, () =>
      expectRefusal(fleet, "routes", { path }, unauthenticated("credential_missing")));
  }

  const enough = {
    "/bare": {},
    "/scope": {},
    "/scopes": { scopes: [...api.scopes] },
    "/any-scope": { scopes: ["orders.read"] },
    "/app": daemon,
    "/app-roles": { ...daemon, roles: [...api.appRoles] },
    "/user-role": { persona: "admin" },
    "/either": { scopes: ["orders.read"] },
    "/group": { persona: "admin" },
    "/any-group": { persona: "admin" },
    "/client": capable,
  } as const;
  for (const [path, options] of Object.entries(enough)) itAccepts(fleet, "routes", [[`S15 ${path}`, options]], path);

  it("S19 a public route needs no token", () => expectForwarded(fleet, "routes", { path: "/public" }));

  it("S19 a method without a route", async () => {
    const request = await present(fleet, "routes", {}, "/scope");
    await expectRefusal(fleet, "routes", { ...request, method: "DELETE" }, unlisted);
  });
});

describe("an authentication context", () => {
  const stepUp = claimsWanted(
    "authentication_context_missing",
    '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}',
  );
  const acrs = (value: unknown) => ({ ...capable, claims: { acrs: value } });

  itRefuses(
    fleet,
    "routes",
    [
      ["S20 none, from a client that answers challenges", capable, stepUp],
      ["S20 none, from a client with the capability in upper case", { capabilities: ["CP1"] }, stepUp],
      ["S20 none, from a client with other capabilities too", { capabilities: ["llt", "cp1"] }, stepUp],
      [
        "S20 none, from a client that does not answer challenges",
        {},
        forbidden("authentication_context_missing", "access_as_user"),
      ],
      [
        "S20 none, from a client whose capability is not a list",
        { claims: { xms_cc: "cp1" } },
        forbidden("authentication_context_missing", "access_as_user"),
      ],
      [
        "S20 none, from a client with another capability",
        { capabilities: ["cp10"] },
        forbidden("authentication_context_missing", "access_as_user"),
      ],
      ["S20 none, and the scope missing too", { ...capable, scopes: ["orders.read"] }, scopeMissing],
      ...[
        "c1",
        "c1 c2",
        { 0: "c1", length: 1 },
        null,
        true,
        [],
        ["C1"],
        ["c10"],
        ["c"],
        ["c1 "],
        ["c1 c2"],
        ["c2"],
        [["c1"]],
        [null],
        ["c2", "c11"],
      ].map((value): RefusedRow => [`S22 acrs ${JSON.stringify(value)}`, acrs(value), stepUp]),
      ["S22 acr in place of acrs", { ...capable, claims: { acr: "c1" } }, stepUp],
      ["S20 an app", daemon, forbidden("kind_not_allowed", "access_as_user")],
    ],
    "/step-up",
  );
  itAccepts(
    fleet,
    "routes",
    [
      ["S20 the context", { ...capable, acrs: ["c1"] }],
      ["S20 the context, from a client that does not answer challenges", { acrs: ["c1"] }],
      ["S22 the context among others", { ...capable, acrs: ["c2", "c1"] }],
    ],
    "/step-up",
  );

  it("S20 the claims request is base64 as Microsoft's clients read it, in a challenge that a naive split can parse", async () => {
    const answer = await fleet.send("routes", await present(fleet, "routes", capable, "/step-up"));
    const [, challenge = ""] = answer.headers.find(([name]) => name === "www-authenticate") ?? [];
    const fields = challenge.split(",").map((field) => field.trim().split('="'));
    expect(fields.map(([name]) => name)).toEqual(["Bearer realm", "authorization_uri", "error", "claims"]);
    expect(JSON.parse(atob(fields[3]![1]!.slice(0, -1)))).toEqual({
      access_token: { acrs: { essential: true, value: "c1" } },
    });
  });
});

describe("a revoked token", () => {
  const renew = claimsWanted(
    "token_revoked",
    `{"access_token":{"nbf":{"essential":true,"value":"${revokedAtSeconds}"}}}`,
  );
  itRefuses(fleet, "revoking", [
    ["S23 from a client that answers challenges", { ...capable, persona: "admin" }, renew],
    ["S23 from a client that does not answer challenges", { persona: "admin" }, forbidden("token_revoked")],
    ["S23 from an app", daemon, forbidden("token_revoked")],
    ["S23 an exception", { persona: "many-groups" }, internalError("revocation_check_failed")],
    ["S23 half a second after it was issued, or later", { persona: "newcomer" }, forbidden("token_revoked")],
    ["S23 a time in milliseconds", { persona: "cautious" }, internalError("revocation_in_milliseconds")],
    ["S23 a result that is not a number", { client: "daemon-without-roles" }, internalError("revocation_check_failed")],
  ]);
  itAccepts(fleet, "revoking", [
    ["S23 no token is revoked", {}],
    ["S23 only older tokens are revoked", { persona: "guest" }],
  ]);

  it("S23 is checked for a known token", async () => {
    const request = await present(fleet, "revoking", { ...capable, persona: "admin" });
    await expectRefusal(fleet, "revoking", request, renew);
    await expectRefusal(fleet, "revoking", request, renew);
  });
});
