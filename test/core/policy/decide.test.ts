import { describe, expect, it } from "vitest";
import { decide, isChallengeable } from "../../../src/core/policy/decision.ts";
import { combineRequirements, createRequirement } from "../../../src/core/policy/requirement.ts";
import type { Requirement, RuleOptions } from "../../../src/core/policy/rule.ts";
import { appClaims, client, identityOf, otherTenant, tenant } from "../../support/claims.ts";

const anyOf = (...rules: readonly RuleOptions[]): Requirement =>
  combineRequirements(rules.map((rule) => createRequirement(rule)));
const user = (changes: Record<string, unknown> = {}) => identityOf("user", changes);
const app = (changes: Record<string, unknown> = {}) => identityOf("app", changes);

describe("authorities", () => {
  const customer = (changes: Record<string, unknown> = {}) => ({ ...user(changes), authority: "customers" });
  const scopes = ["access_as_user"];

  it("are default alone for a rule that names none", { tags: "authority-named" }, () => {
    const silent = anyOf({ scopes });
    expect(decide(user(), silent)).toBeUndefined();
    expect(decide(customer(), silent)).toEqual({ reason: "authority_not_allowed", scopes });
  });

  it("are those that a rule names, and default only if it is among them", () => {
    const forCustomers = anyOf({ from: ["customers", "partners"], scopes });
    expect(decide(customer(), forCustomers)).toBeUndefined();
    expect(decide(user(), forCustomers)).toEqual({ reason: "authority_not_allowed", scopes });
    const forBoth = anyOf({ from: ["default", "customers"], scopes });
    for (const caller of [user(), customer()]) expect(decide(caller, forBoth)).toBeUndefined();
  });

  it.each(["Customers", "customers ", "custom", "customers2"])("are compared exactly: %j differs", (name) => {
    expect(decide(customer(), anyOf({ from: [name], scopes }))?.reason).toBe("authority_not_allowed");
  });

  it("decide which alternative a denial is about", () => {
    const either = anyOf({ scopes, acrs: ["c1"] }, { from: ["customers"], scopes: ["read"] });
    expect(decide(customer({ scp: "access_as_user" }), either)).toEqual({ reason: "scope_missing", scopes: ["read"] });
    expect(decide(user({ scp: "read" }), either)).toEqual({ reason: "scope_missing", scopes });
    expect(decide(customer({ scp: "read" }), either)).toBeUndefined();
  });
});

it("a rule without a kind admits nobody", () => {
  const rule = { roles: ["orders.read"] } as unknown as Requirement["anyOf"][number];
  for (const caller of [user({ roles: rule.roles }), app({ roles: rule.roles })])
    expect(decide(caller, { anyOf: [rule] } as unknown as Requirement)?.reason).toBe("kind_not_allowed");
});

describe("scopes", () => {
  const readAndWrite = anyOf({ scopes: ["read", "write"] });
  const readOrWrite = anyOf({ anyScope: ["read", "write"] });

  it.each(["read write", "write read", "x read y write z"])("are all present in %j", (scp) => {
    expect(decide(user({ scp }), readAndWrite)).toBeUndefined();
  });

  it.each([
    "read",
    "write",
    "x",
    "read,write",
    "read\twrite",
    "read\nwrite",
    "read\u00a0write",
    "READ WRITE",
    "read.write",
  ])("are not all present in %j", (scp) => {
    expect(decide(user({ scp }), readAndWrite)).toEqual({ reason: "scope_missing", scopes: ["read", "write"] });
  });

  it.each(["read", "write", "x write"])("have one present in %j", (scp) => {
    expect(decide(user({ scp }), readOrWrite)).toBeUndefined();
  });

  it.each([
    ...[
      "access_as_user2",
      "access_as_use",
      "xaccess_as_user",
      "access_as_user.read",
      "Access_As_User",
      "access-as-user",
    ],
    ...["api://orders/access_as_user", "*", ".default", "user_impersonation", "access_as_user,", "\u0430ccess_as_user"],
  ])("are compared exactly: %j differs", (scp) => {
    for (const requirement of [anyOf({ scopes: ["access_as_user"] }), anyOf({ anyScope: ["access_as_user"] })]) {
      expect(decide(user({ scp }), requirement)).toEqual({ reason: "scope_missing", scopes: ["access_as_user"] });
    }
  });

  it("are never read from the roles", { tags: "scopes-and-roles" }, () => {
    expect(decide(user({ scp: "x", roles: ["read", "write"] }), readAndWrite)?.reason).toBe("scope_missing");
    expect(decide(app({ roles: ["read", "write"] }), readOrWrite)?.reason).toBe("kind_not_allowed");
  });
});

describe("roles", () => {
  it("are all present, or one of them", () => {
    const both = anyOf({ roles: ["Read", "Write"] });
    const one = anyOf({ anyRole: ["Read", "Write"] });
    expect(decide(app({ roles: ["Write", "Read"] }), both)).toBeUndefined();
    expect(decide(app({ roles: ["Read"] }), both)).toEqual({
      reason: "role_missing",
      scopes: [],
      roles: ["Read", "Write"],
    });
    expect(decide(app({ roles: ["Read"] }), one)).toBeUndefined();
    expect(decide(app({ roles: ["Write"] }), one)).toBeUndefined();
    const denial = { reason: "role_missing", scopes: [], anyRole: ["Read", "Write"] };
    expect(decide(app({ roles: [] }), one)).toEqual(denial);
    expect(decide(app({ roles: undefined }), one)).toEqual(denial);
  });

  it.each(["read", "Read.All", "Rea", "*", "Read,Write", " Read"])("are compared exactly: %j differs", (role) => {
    expect(decide(app({ roles: [role] }), anyOf({ roles: ["Read"] }))?.reason).toBe("role_missing");
  });

  it("of a user do not count for an app, and scopes do not count as roles", { tags: "scopes-and-roles" }, () => {
    const requirement = anyOf({ anyRole: ["Read"] });
    expect(decide(user({ roles: ["Read"], scp: "Read" }), requirement)?.reason).toBe("kind_not_allowed");
    expect(decide(user({ scp: "Read" }), anyOf({ kind: "user", roles: ["Read"] }))?.reason).toBe("role_missing");
    expect(decide(user({ roles: ["Read"] }), anyOf({ kind: "user", roles: ["Read"] }))).toBeUndefined();
  });
});

describe("a rule with both kinds of list", () => {
  const requirement = anyOf({ scopes: ["A"], anyScope: ["B", "C"], roles: ["D"], anyRole: ["E", "F"] });

  it.each([
    ["", [], { reason: "scope_missing", scopes: ["A"] }],
    ["B", [], { reason: "scope_missing", scopes: ["A"] }],
    ["A", [], { reason: "scope_missing", scopes: ["B", "C"] }],
    ["A B", [], { reason: "role_missing", scopes: ["A"], roles: ["D"], anyRole: ["E", "F"] }],
    ["A C", ["E"], { reason: "role_missing", scopes: ["A"], roles: ["D"] }],
    ["A C", ["D"], { reason: "role_missing", scopes: ["A"], anyRole: ["E", "F"] }],
    ["A C", ["D", "F"], undefined],
  ])("names the lists that scopes %j and roles %j do not satisfy", (scp, roles, denial) => {
    expect(decide(user({ scp: scp || "x", roles }), requirement)).toEqual(denial);
  });
});

describe("tenants and clients", () => {
  it("restrict a rule", () => {
    const here = anyOf({ scopes: ["access_as_user"], tenants: [otherTenant] });
    expect(decide(user(), here)).toEqual({ reason: "tenant_not_allowed_here", scopes: ["access_as_user"] });
    expect(decide(user(), anyOf({ scopes: ["access_as_user"], tenants: [otherTenant, tenant] }))).toBeUndefined();
    const through = anyOf({ scopes: ["access_as_user"], clients: [String(appClaims.azp)] });
    expect(decide(user(), through)).toEqual({ reason: "client_not_allowed", scopes: ["access_as_user"] });
    expect(decide(user(), anyOf({ scopes: ["access_as_user"], clients: [client] }))).toBeUndefined();
  });
});

describe("agents", () => {
  const only = anyOf({ scopes: ["access_as_user"], agent: "only" });
  const never = anyOf({ scopes: ["access_as_user"], agent: "never" });
  const refused = { reason: "agent_not_allowed", scopes: ["access_as_user"] };

  it("are allowed by the option only, and refused by the option never", { tags: "agents" }, () => {
    const agent = user({ xms_act_fct: "3 9 11" });
    expect(decide(agent, only)).toBeUndefined();
    expect(decide(agent, never)).toEqual(refused);
    expect(decide(user(), only)).toEqual(refused);
    expect(decide(user(), never)).toBeUndefined();
  });

  it("need the scopes and roles too", () => {
    expect(decide(user({ xms_act_fct: "11", scp: "x" }), only)?.reason).toBe("scope_missing");
    const forApps = anyOf({ anyRole: ["Read"], agent: "only" });
    expect(decide(app({ xms_act_fct: "11", roles: ["Read"] }), forApps)).toBeUndefined();
    expect(decide(app({ roles: ["Read"] }), forApps)?.reason).toBe("agent_not_allowed");
  });
});

describe("groups", () => {
  const [a, b, c] = ["a", "b", "c"].map((end) => `96000000-0000-4000-8044-00000000000${end}`) as [
    string,
    string,
    string,
  ];
  const scopes = ["access_as_user"];
  const both = anyOf({ scopes, groups: [a, b] });
  const one = anyOf({ scopes, anyGroup: [a, b] });
  const more = Array.from({ length: 198 }, (_, index) => `96000000-0000-4000-9044-${String(index).padStart(12, "0")}`);

  it("are all present, or one of them", () => {
    expect(decide(user({ groups: [c, b, a] }), both)).toBeUndefined();
    expect(decide(user({ groups: [a] }), both)).toEqual({ reason: "group_missing", scopes, groups: [a, b] });
    expect(decide(user({ groups: [...more, b] }), one)).toBeUndefined();
    const denial = { reason: "group_missing", scopes, anyGroup: [a, b] };
    expect(decide(user({ groups: [c] }), one)).toEqual(denial);
    expect(decide(user({ groups: [] }), one)).toEqual(denial);
    const each = anyOf({ scopes, groups: [a], anyGroup: [b, c] });
    expect(decide(user({ groups: [a, c] }), each)).toBeUndefined();
    expect(decide(user({ groups: more }), each)).toEqual({
      reason: "group_missing",
      scopes,
      groups: [a],
      anyGroup: [b, c],
    });
  });

  it("have their own denial if the token has no list", { tags: "groups-by-id" }, () => {
    expect(decide(user(), both)).toEqual({ reason: "groups_absent", scopes });
  });

  it.each([
    { _claim_names: { groups: "src1" }, _claim_sources: { src1: { endpoint: "https://graph.windows.net/x" } } },
    { _claim_names: { groups: "src1" }, groups: [a, b] },
    { _claim_names: {}, hasgroups: true, groups: [a, b] },
    { hasgroups: true },
    { hasgroups: "true", groups: [a, b] },
    { hasgroups: null, groups: [a, b] },
    { _claim_names: "groups", groups: [a, b] },
    { _claim_names: ["groups"], groups: [a, b] },
    { _claim_names: null, groups: [a, b] },
  ])("are not decided by a token that says that it lacks some: %j", { tags: "groups-by-id" }, (claims) => {
    expect(decide(user(claims), both)).toEqual({ reason: "groups_overage", scopes });
    expect(decide(user(claims), one)).toEqual({ reason: "groups_overage", scopes });
  });

  it.each([{ _claim_names: {} }, { _claim_names: { Groups: "src1", roles: "src1" } }, { _claim_sources: {} }])(
    "are complete if the token lacks other claims: %j",
    (claims) => {
      expect(decide(user({ ...claims, groups: [a, b] }), both)).toBeUndefined();
    },
  );

  it.each(["Admins", "", `${c} `, c.toUpperCase(), `contoso\\${c}`, "*"])(
    "are not decided by names: anyone who creates a group could choose an ID as its name. A list with %j",
    { tags: "groups-by-id" },
    (name) => {
      expect(decide(user({ groups: [a, b, name] }), both)).toEqual({ reason: "groups_are_names", scopes });
    },
  );

  it("do not matter to an app, and neither scopes nor roles count as groups", () => {
    const requirement = anyOf({ scopes, anyGroup: [a] }, { anyRole: ["Orders.Read.All"] });
    expect(decide(app({ groups: undefined }), requirement)).toBeUndefined();
    expect(decide(app({ groups: [a] }), one)?.reason).toBe("kind_not_allowed");
    const elsewhere = { groups: [c], roles: [a, b], wids: [a, b], scp: `access_as_user ${a} ${b}`, Groups: [a, b] };
    expect(decide(user(elsewhere), both)?.reason).toBe("group_missing");
  });

  it("are checked after roles and before authentication contexts", () => {
    const strict = anyOf({ scopes, roles: ["A"], groups: [a], acrs: ["c1"] });
    expect(decide(user(), strict)?.reason).toBe("role_missing");
    expect(decide(user({ roles: ["A"] }), strict)?.reason).toBe("groups_absent");
    expect(decide(user({ roles: ["A"], groups: [a] }), strict)?.reason).toBe("authentication_context_missing");
  });
});

describe("authentication contexts", () => {
  const stepUp = anyOf({ scopes: ["access_as_user"], acrs: ["c1", "c2"] });
  const missing = (context: string, challengeable = false) => ({
    reason: "authentication_context_missing",
    scopes: ["access_as_user"],
    context,
    challengeable,
  });

  it("are all present, as elements of a list", () => {
    expect(decide(user({ acrs: ["c2", "c3", "c1"] }), stepUp)).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    "c1",
    "c1 c2",
    [],
    ["c10"],
    ["C1"],
    ["c2"],
    ["c1 c2"],
    ["c1,c2"],
    [["c1", "c2"]],
    [1],
    { 0: "c1" },
  ])("are not present in %j", (acrs) => {
    expect(decide(user({ acrs }), stepUp)).toEqual(missing("c1"));
  });

  it("name the first missing one", () => {
    expect(decide(user({ acrs: ["c1"] }), stepUp)).toEqual(missing("c2"));
  });

  it("cause a challenge if the client handles claims challenges", () => {
    expect(decide(user({ xms_cc: ["cp1"] }), stepUp)).toEqual(missing("c1", true));
  });

  it("are checked last, because a challenge does not help if something else is missing", () => {
    const principal = user({ scp: "x", xms_cc: ["cp1"] });
    expect(decide(principal, stepUp)).toEqual({ reason: "scope_missing", scopes: ["access_as_user"] });
  });
});

describe("isChallengeable", () => {
  it.each([[["cp1"]], [["CP1"]], [["Cp1"]], [["x", "cP1"]]])("accepts %j", (xms_cc) => {
    expect(isChallengeable(user({ xms_cc }))).toBe(true);
  });

  it.each([[undefined], [null], ["cp1"], [[]], [["cp"]], [["cp10"]], [["cp1 "]], [[["cp1"]]], [[1]], [{ 0: "cp1" }]])(
    "refuses %j",
    (xms_cc) => {
      expect(isChallengeable(user({ xms_cc }))).toBe(false);
    },
  );
});

describe("alternatives", () => {
  const either = anyOf({ scopes: ["read"] }, { anyRole: ["Read"] });

  it("allow a caller that meets one of them", () => {
    expect(decide(user({ scp: "read" }), either)).toBeUndefined();
    expect(decide(app({ roles: ["Read"] }), either)).toBeUndefined();
  });

  it("refuse a caller that meets a part of each", () => {
    const parts = anyOf({ scopes: ["read"], roles: ["A"] }, { scopes: ["write"], roles: ["B"] });
    expect(decide(user({ scp: "read", roles: ["B"] }), parts)?.reason).toBe("role_missing");
  });

  it("report the denial of the alternative that passed most checks", () => {
    expect(decide(user({ scp: "x" }), either)).toEqual({ reason: "scope_missing", scopes: ["read"] });
    expect(decide(app({ roles: [] }), either)).toEqual({ reason: "role_missing", scopes: [], anyRole: ["Read"] });
    const rules: readonly RuleOptions[] = [
      { from: ["customers"], scopes: ["access_as_user"] },
      { kind: "app", roles: ["A"] },
      { scopes: ["s1"], tenants: [otherTenant] },
      { scopes: ["s2"], clients: [otherTenant] },
      { scopes: ["s3"] },
      { scopes: ["access_as_user"], roles: ["A"] },
      { scopes: ["access_as_user"], anyGroup: ["96000000-0000-4000-8044-00000000000a"] },
      { scopes: ["access_as_user"], acrs: ["c1"] },
    ];
    const reasons = rules.map((_, index) => decide(user(), anyOf(...rules.slice(0, index + 1)))?.reason);
    expect(reasons).toEqual([
      "authority_not_allowed",
      "kind_not_allowed",
      "tenant_not_allowed_here",
      "client_not_allowed",
      "scope_missing",
      "role_missing",
      "groups_absent",
      "authentication_context_missing",
    ]);
    const reversed = rules.map((_, index) => decide(user(), anyOf(...rules.slice(0, index + 1).reverse()))?.reason);
    expect(reversed).toEqual(reasons);
  });

  it("report the first denial if all passed equally many checks", () => {
    expect(decide(user(), anyOf({ scopes: ["a"] }, { scopes: ["b"] }))).toEqual({
      reason: "scope_missing",
      scopes: ["a"],
    });
  });
});

it("names the required scopes to a principal of another kind", () => {
  expect(decide(app(), createRequirement({ scopes: ["a", "b"] }))).toEqual({
    reason: "kind_not_allowed",
    scopes: ["a", "b"],
  });
});

it("refuses every caller if a requirement has no alternatives", { tags: "empty-requirement" }, () => {
  const empty = { anyOf: [] } as unknown as Requirement;
  expect(decide(user(), empty)).toEqual({ reason: "kind_not_allowed", scopes: [] });
  expect(decide(app(), empty)).toEqual({ reason: "kind_not_allowed", scopes: [] });
});
