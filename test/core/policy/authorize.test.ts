import { describe, expect, it } from "vitest";
import { authorize } from "../../../src/core/policy/decision.ts";
import { createRequirement } from "../../../src/core/policy/requirement.ts";
import type { Access, Requirement } from "../../../src/core/policy/rule.ts";
import { authoritiesOf } from "../../support/authority-setup.ts";
import { client, identityOf } from "../../support/claims.ts";

const identity = identityOf("user");
const customer = { ...identity, authority: "customers" };
const stranger = identityOf("user", { azp: "00000000-0000-4000-8000-000000000000" });
const standard = createRequirement({ scopes: ["access_as_user"] });
const lacking = createRequirement({ scopes: ["x"] });
const customers = createRequirement({ from: ["customers"], scopes: ["access_as_user"] });
const setup = { authorities: authoritiesOf([client]), defaultRequirement: undefined };
const required = (first: Requirement, ...others: readonly Requirement[]): Access => ({
  kind: "required",
  requirements: [first, ...others],
});

describe("authorize", () => {
  it("allows every caller of a public route", () => {
    expect(authorize({ ...setup, authorities: authoritiesOf([]) }, identity, { kind: "public" })).toBeUndefined();
  });

  it("refuses every caller where there is no route", () => {
    const denial = { reason: "requirement_missing", scopes: [] } as const;
    expect(authorize(setup, identity, { kind: "closed", denial, isReportable: false })).toBe(denial);
    expect(authorize(setup, identity, { kind: "absent" })).toEqual({ reason: "route_unlisted" });
  });

  it("refuses a client that the configuration does not allow", () => {
    const refused = { reason: "client_not_allowed", scopes: [] };
    expect(authorize(setup, stranger, required(standard))).toEqual(refused);
    expect(authorize(setup, stranger, { kind: "authenticated" })).toEqual(refused);
    expect(authorize(setup, identity, { kind: "authenticated" })).toBeUndefined();
    const ofAnyClient = { ...setup, authorities: authoritiesOf() };
    expect(authorize(ofAnyClient, stranger, required(standard)), "no list of clients").toBeUndefined();
  });

  it("asks the default requirement where a route has none, and refuses where there is none", () => {
    const byDefault: Access = { kind: "default" };
    expect(authorize(setup, identity, byDefault)).toEqual({ reason: "requirement_missing", scopes: [] });
    expect(authorize({ ...setup, defaultRequirement: standard }, identity, byDefault)).toBeUndefined();
    const refused = { reason: "scope_missing", scopes: ["x"] };
    expect(authorize({ ...setup, defaultRequirement: lacking }, identity, byDefault)).toEqual(refused);
    expect(authorize({ ...setup, defaultRequirement: lacking }, identity, required(standard))).toBeUndefined();
  });

  it("refuses a caller that does not meet every requirement", () => {
    const refused = { reason: "scope_missing", scopes: ["x"] };
    expect(authorize(setup, identity, required(standard, standard))).toBeUndefined();
    expect(authorize(setup, identity, required(lacking, standard))).toEqual(refused);
    expect(authorize(setup, identity, required(standard, lacking))).toEqual(refused);
  });

  describe("and a caller of another authority", () => {
    const refused = { reason: "authority_not_allowed", scopes: [] };
    const several = { ...setup, authorities: authoritiesOf([client], ["default", "customers"]) };

    it.each<[string, Access]>([
      ["a route without a requirement of its own", { kind: "default" }],
      ["a requirement that names no authority", required(standard)],
      ["a caller that is only authenticated", { kind: "authenticated" }],
      ["one of several requirements", required(customers, standard)],
      ["the last of several requirements", required(standard, customers)],
      [
        "a requirement whose scope it lacks, before one that does not name it",
        required(createRequirement({ from: ["customers"], scopes: ["x"] }), standard),
      ],
    ])("refuses it on %s, before any other check", (_, access) => {
      const authorities = authoritiesOf([], ["default", "customers"]);
      for (const defaultRequirement of [undefined, standard])
        expect(authorize({ authorities, defaultRequirement }, customer, access)).toEqual(refused);
    });

    it("admits it where each requirement names it", () => {
      const both = createRequirement({ from: ["default", "customers"], scopes: ["access_as_user"] });
      expect(authorize(several, customer, required(customers, both))).toBeUndefined();
      expect(authorize(several, identity, required(customers, both))).toEqual(refused);
      const unknown = authorize(setup, customer, required(customers, both));
      expect(unknown, "an authority that the gate does not have").toEqual(refused);
    });
  });
});
