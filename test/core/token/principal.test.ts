import { describe, expect, it } from "vitest";
import { createRequirement } from "../../../src/core/policy/requirement.ts";
import { readIdentity } from "../../../src/core/token/identity.ts";
import {
  appClaims,
  client,
  identityOf,
  principalOf,
  tenant,
  user,
  userClaims,
  userClaimsV1,
} from "../../support/claims.ts";

function everyObjectIn(value: unknown): object[] {
  return typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(everyObjectIn)] : [];
}

describe("createPrincipal", () => {
  it("identifies a user, and the client", () => {
    expect(principalOf("user", { roles: ["Orders.Admin"] })).toEqual({
      kind: "user",
      sub: userClaims.sub,
      oid: user,
      tid: tenant,
      authority: "default",
      azp: client,
      scopes: ["access_as_user"],
      roles: ["Orders.Admin"],
      groups: [],
      expiresAtSeconds: userClaims.exp,
      claims: { ...userClaims, roles: ["Orders.Admin"] },
    });
  });

  it("identifies an app that calls for itself", () => {
    expect(principalOf("app")).toMatchObject({
      kind: "app",
      oid: appClaims.oid,
      azp: appClaims.azp,
      scopes: [],
      roles: ["Orders.Read.All"],
    });
  });

  it.each(["", "/"])("gives an app no scopes if its scp is %j", (scp) => {
    expect(principalOf("app", { scp }).scopes).toEqual([]);
  });

  it("accepts the client of a v1.0 token from appid", () => {
    const validity = { fromSeconds: 0, untilSeconds: 1 };
    const checked = { authority: "default", kind: "user", tenant, version: "1.0", validity } as const;
    expect(readIdentity({ ...userClaimsV1, azp: "not this" }, checked).azp).toBe(client);
    expect(readIdentity({ ...userClaims, appid: "not this" }, { ...checked, version: "2.0" }).azp).toBe(client);
  });

  it.each([
    ["a", ["a"]],
    ["a b", ["a", "b"]],
    ["orders.read orders.write", ["orders.read", "orders.write"]],
    ["a  b", []],
    [" a b", []],
    ["a b ", []],
    ["a\tb", []],
    ["a\nb", []],
    ["a\u00a0b", []],
    ['a "b', []],
    ["a,b", ["a,b"]],
    ["a a", ["a", "a"]],
    ["A a", ["A", "a"]],
    ["", []],
    [undefined, []],
  ])("parses the scopes %j by RFC 6749, or has none", (scp, scopes) => {
    expect(principalOf("user", { scp }).scopes).toEqual(scopes);
  });

  it.each([
    [undefined, []],
    [[], []],
    [
      ["c1", "cp1"],
      ["c1", "cp1"],
    ],
    [
      ["c1", null, 1, {}, ["cp1"], "cp1"],
      ["c1", "cp1"],
    ],
    ["c1", []],
    [{ 0: "c1", length: 1 }, []],
  ])("reads only texts in a list as contexts and capabilities: %j", (claim, texts) => {
    expect(identityOf("user", { acrs: claim }).contexts).toEqual(texts);
    expect(identityOf("user", { xms_cc: claim }).capabilities).toEqual(texts);
  });

  const group = "96000000-0000-4000-8044-0000000000c1";
  it.each([
    ["groups_absent", {}],
    ["groups_are_names", { groups: [group, "Admins"] }],
    ["groups_are_names", { groups: [group.replace("c1", "C1")] }],
    ["groups_overage", { hasgroups: true }],
    ["groups_overage", { groups: [group], hasgroups: false }],
    ["groups_overage", { _claim_names: { groups: "src1" } }],
    ["groups_overage", { groups: [group], _claim_names: { groups: "src1" } }],
    ["groups_absent", { _claim_names: { address: "src1" } }],
    ["groups_overage", { hasgroups: true, _claim_names: { address: "src1" } }],
    ["groups_overage", { groups: [group], _claim_names: "groups" }],
    ["groups_overage", { groups: [group], _claim_names: null }],
    ["groups_overage", { groups: [group], _claim_names: ["address"] }],
  ])("has no groups, with the reason %s: %j", (reason, claims) => {
    createRequirement({ scopes: ["a"], anyGroup: [group] });
    const { groupsLack, groups } = identityOf("user", claims);
    expect([groupsLack, groups]).toEqual([reason, []]);
  });

  it("has the groups of a token whose other claims are elsewhere", () => {
    createRequirement({ scopes: ["a"], anyGroup: [group] });
    const { groupsLack, groups } = identityOf("user", { groups: [group], _claim_names: { address: "src1" } });
    expect([groupsLack, groups]).toEqual([undefined, [group]]);
    expect(identityOf("user", { groups: [] }).groupsLack).toBeUndefined();
  });

  it("has only groups that a requirement names", () => {
    const [named, unnamed] = ["96000000-0000-4000-8044-0000000000a1", "96000000-0000-4000-9144-0000000000a1"];
    createRequirement({ scopes: ["a"], anyGroup: [named] });
    expect(principalOf("user", { groups: [unnamed, named] }).groups).toEqual([named]);
    expect(principalOf("user", { groups: [named], hasgroups: true }).groups).toEqual([]);
    expect(principalOf("user", { groups: [named, "Admins"] }).groups).toEqual([]);
    expect(Object.isFrozen(principalOf("user", { groups: [named] }).groups)).toBe(true);
  });

  it("keeps a claim that is null", () => {
    expect(principalOf("user", { login_hint: null }).claims).toMatchObject({ login_hint: null });
  });

  it("reads scopes and roles from no other claim", () => {
    const elsewhere = { scope: "b", permissions: ["b"], role: ["b"], groups: ["b"], wids: ["b"], SCP: "b" };
    expect(principalOf("user", elsewhere)).toMatchObject({ scopes: ["access_as_user"], roles: [] });
  });

  const blueprint = "b1e00000-0000-4000-8000-000000000025";

  it.each([
    ["for-user", "user", { xms_act_fct: "3 9 11" }],
    ["for-user", "user", { xms_act_fct: "11", xms_sub_fct: "3 9" }],
    ["as-itself", "app", { xms_act_fct: "11 9 3", xms_sub_fct: "9 3 11" }],
    ["as-own-user", "user", { xms_act_fct: "9 11", xms_sub_fct: "13" }],
    ["as-own-user", "user", { xms_sub_fct: "3 13 4711" }],
    ["as-itself", "app", { xms_sub_fct: "11" }],
    ["for-user", "user", { xms_act_fct: ["3", "11"] }],
    ["for-user", "user", { xms_act_fct: 11 }],
    ["for-user", "user", { xms_act_fct: "3\t11" }],
    ["for-user", "user", { xms_act_fct: "3\u000b11\n9" }],
    ["as-own-user", "user", { xms_sub_fct: "3\r\n13" }],
    ["for-user", "user", { xms_act_fct: ["a\\", "11"] }],
    ["for-user", "user", { xms_par_app_azp: null }],
  ] as const)("describes an agent that acts %s, as %s with %j", (acts, kind, claims) => {
    expect(principalOf(kind, claims).agent).toEqual({ acts });
    expect(principalOf(kind, { ...claims, xms_par_app_azp: blueprint }).agent).toEqual({ acts, blueprint });
  });

  it.each([
    {},
    { xms_act_fct: "9 3" },
    { xms_act_fct: "111 1 1", xms_sub_fct: "113 31 3" },
    { xms_act_fct: "\u0011 \u0013 n11 \\t11" },
    { xms_act_fct: "" },
    { xms_sub_fct: null, xms_act_fct: { toString: 1 } },
    { xms_tnt_fct: "11 13" },
    { XMS_ACT_FCT: "11" },
  ])("finds no agent in %j", (claims) => {
    expect(principalOf("user", claims).agent).toBeUndefined();
    expect(principalOf("app", claims).agent).toBeUndefined();
  });

  it.each(["", "blueprint", blueprint.toUpperCase(), [blueprint]])("finds no blueprint in %j", (xms_par_app_azp) => {
    expect(principalOf("app", { xms_par_app_azp }).agent).toEqual({ acts: "as-itself" });
  });

  it("is frozen completely, because it outlives its request", () => {
    const nested = {
      roles: ["a"],
      _claim_sources: { src1: { endpoint: "https://graph.example" } },
      acrs: ["c1", ["x"]],
    };
    const principal = principalOf("user", nested);
    const objects = everyObjectIn(principal);
    expect(objects.length).toBeGreaterThan(7);
    expect(objects.filter((object) => !Object.isFrozen(object))).toEqual([]);
    expect(() => (principal.scopes as string[]).push("admin")).toThrow(TypeError);
    expect(() => Object.assign(principal.claims, { roles: ["admin"] })).toThrow(TypeError);
    expect(() => Object.assign(principal, { kind: "app" })).toThrow(TypeError);
  });
});
