import { describe, expect, it } from "vitest";
import { listOmissible } from "../../src/forwarding/omission.ts";

const sizesOf = (...names: readonly string[]) => new Map(names.map((name) => [name, 10]));

describe("the order in which claims are omitted", () => {
  it.each([
    "aud",
    "iss",
    "iat",
    "nbf",
    "exp",
    "ver",
    "uti",
    "sid",
    "acr",
    "azpacr",
    "appidacr",
    "ipaddr",
    "_claim_sources",
  ])("has the token's own claims after groups and wids, before the tenant's: %s", (name) => {
    const sizes = sizesOf("tenant_ctry", name, "wids", "groups");
    expect(listOmissible(sizes, undefined)).toEqual(["groups", "wids", name, "tenant_ctry"]);
  });

  it.each([
    ...["idp", "idtyp", "acct", "azp", "appid", "given_name", "family_name", "unique_name", "upn", "name", "email"],
    ...["preferred_username", "hasgroups", "_claim_names"],
  ])("has the claims that describe the caller last: %s", (name) => {
    expect(listOmissible(sizesOf(name, "tenant_ctry"), undefined)).toEqual(["tenant_ctry", name]);
  });

  it.each(["oid", "sub", "tid", "scp", "roles"])("never contains %s", (name) => {
    expect(listOmissible(sizesOf(name, "uti"), undefined)).toEqual(["uti"]);
  });

  it("does not contain the claim that names the caller", () => {
    expect(listOmissible(sizesOf("name", "upn"), "upn")).toEqual(["name"]);
  });

  it("has the largest claim of each rank first, in the order of the ranks", () => {
    const sizes = new Map([
      ["uti", 1],
      ["iss", 3],
      ["aud", 2],
      ["groups", 1],
      ["name", 9],
    ]);
    expect(listOmissible(sizes, undefined)).toEqual(["groups", "iss", "aud", "uti", "name"]);
  });
});
