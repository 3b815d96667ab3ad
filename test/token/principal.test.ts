import { describe, expect, it } from "vitest";
import { createPrincipal } from "../../src/token/principal.ts";
import { appClaims, client, principalOf, tenant, user, userClaims, userClaimsV1 } from "../support/claims.ts";

function everyObjectIn(value: unknown): object[] {
  return typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(everyObjectIn)] : [];
}

describe("createPrincipal", () => {
  it("says who a user is, and through which client", () => {
    expect(principalOf("user", { roles: ["Orders.Admin"] })).toEqual({
      kind: "user",
      sub: userClaims.sub,
      oid: user,
      tid: tenant,
      azp: client,
      scopes: ["access_as_user"],
      roles: ["Orders.Admin"],
      claims: { ...userClaims, roles: ["Orders.Admin"] },
    });
  });

  it("says which app calls for itself", () => {
    expect(principalOf("app")).toMatchObject({
      kind: "app",
      oid: appClaims.oid,
      azp: appClaims.azp,
      scopes: [],
      roles: ["Orders.Read.All"],
    });
  });

  it.each(["", "/"])("gives an app no scopes where its scp is %j", (scp) => {
    expect(principalOf("app", { scp }).scopes).toEqual([]);
  });

  it("takes the client of a v1.0 token from appid", () => {
    const checked = { kind: "user", tenant, version: "1.0", issuer: String(userClaimsV1.iss) } as const;
    expect(createPrincipal({ ...userClaimsV1, azp: "not this" }, checked).azp).toBe(client);
    expect(createPrincipal({ ...userClaims, appid: "not this" }, { ...checked, version: "2.0" }).azp).toBe(client);
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
  ])("takes the scopes %j as RFC 6749 writes them, or none", (scp, scopes) => {
    expect(principalOf("user", { scp }).scopes).toEqual(scopes);
  });

  it("takes a claim that is null, as it stands", () => {
    expect(principalOf("user", { login_hint: null }).claims).toMatchObject({ login_hint: null });
  });

  it("looks for scopes and roles nowhere else", () => {
    const elsewhere = { scope: "b", permissions: ["b"], role: ["b"], groups: ["b"], wids: ["b"], SCP: "b" };
    expect(principalOf("user", elsewhere)).toMatchObject({ scopes: ["access_as_user"], roles: [] });
  });

  it("is frozen to the bottom: it outlives its request", () => {
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
