import { describe, expect, it } from "vitest";
import { listAlternatives } from "../../../src/core/policy/alternatives.ts";
import type { Requirement, Rule } from "../../../src/core/policy/rule.ts";

type Lists = Partial<Rule>;
/** A requirement of users with one of the rules. */
const require = (...rules: readonly Lists[]) =>
  ({ anyOf: rules.map((rule) => ({ kind: "user", ...rule })) }) as unknown as Requirement;
const list = (requirements: readonly Requirement[], maximum = 10) => listAlternatives(requirements, maximum);
const ofUsers = (alternatives: readonly Lists[]) => alternatives.map((lists) => ({ kind: "user", ...lists }));

describe("the alternatives of one requirement", () => {
  it("are none without a requirement", () => {
    expect(list([])).toEqual([]);
  });

  it.each<[string, Lists, readonly Lists[]]>([
    [
      "every list",
      { tenants: ["t"], scopes: ["a"], roles: ["A"], acrs: ["c1"] },
      [{ tenants: ["t"], scopes: ["a"], roles: ["A"], acrs: ["c1"] }],
    ],
    [
      "each of several authorities",
      { from: ["default", "a"], scopes: ["a"] },
      [{ scopes: ["a"] }, { from: ["a"], scopes: ["a"] }],
    ],
    ["each of several scopes", { anyScope: ["a", "b"] }, [{ scopes: ["a"] }, { scopes: ["b"] }]],
    [
      "each of several roles with those that all need",
      { roles: ["A"], anyRole: ["B", "A"] },
      [{ roles: ["A", "B"] }, { roles: ["A"] }],
    ],
    [
      "scopes with roles",
      { anyScope: ["a", "b"], anyRole: ["A", "B"] },
      [
        { scopes: ["a"], roles: ["A"] },
        { scopes: ["a"], roles: ["B"] },
        { scopes: ["b"], roles: ["A"] },
        { scopes: ["b"], roles: ["B"] },
      ],
    ],
    ["a choice of groups, which is not divided", { anyGroup: ["g", "h"] }, [{ anyGroup: ["g", "h"] }]],
  ])("have %s", (_, rule, expected) => {
    expect(list([require(rule)])).toStrictEqual(ofUsers(expected));
  });

  it("are those of each of its rules", () => {
    expect(list([require({ scopes: ["a"] }, { roles: ["A"] })])).toStrictEqual(
      ofUsers([{ scopes: ["a"] }, { roles: ["A"] }]),
    );
  });
});

describe("the alternatives of two requirements", () => {
  it.each<[string, Lists, Lists, readonly Lists[]]>([
    [
      "the authorities that both accept",
      { from: ["default", "customers"] },
      { from: ["customers"] },
      [{ from: ["customers"] }],
    ],
    ["default, which is the authority of a rule without one", { from: ["a", "default"] }, {}, [{}]],
    [
      "each of the authorities that both accept",
      { from: ["a", "b", "default"] },
      { from: ["default", "b"] },
      [{ from: ["b"] }, {}],
    ],
    ["no authority that both accept", { from: ["customers"] }, {}, []],
    ["no kind that both accept", { kind: "user" }, { kind: "app" }, []],
    ["the tenants that both accept", { tenants: ["t", "u"] }, { tenants: ["u", "v"] }, [{ tenants: ["u"] }]],
    ["no tenant that both accept", { tenants: ["t"] }, { tenants: ["u"] }, []],
    ["the tenants of the first", { tenants: ["t"] }, {}, [{ tenants: ["t"] }]],
    ["the tenants of the second", {}, { tenants: ["t"] }, [{ tenants: ["t"] }]],
    ["the clients that both accept", { clients: ["p", "q"] }, { clients: ["q"] }, [{ clients: ["q"] }]],
    ["the agents of the first", { agent: "only" }, {}, [{ agent: "only" }]],
    ["the agents of the second", {}, { agent: "never" }, [{ agent: "never" }]],
    ["agents that both accept", { agent: "only" }, { agent: "only" }, [{ agent: "only" }]],
    ["no agents that both accept", { agent: "only" }, { agent: "never" }, []],
    ["all scopes once", { scopes: ["a", "b"] }, { scopes: ["b", "c"] }, [{ scopes: ["a", "b", "c"] }]],
    ["all roles", { roles: ["A"] }, { roles: ["B"] }, [{ roles: ["A", "B"] }]],
    ["all groups", { groups: ["g"] }, { groups: ["h"] }, [{ groups: ["g", "h"] }]],
    ["all contexts", { acrs: ["c1"] }, { acrs: ["c2"] }, [{ acrs: ["c1", "c2"] }]],
    [
      "each pair of scopes",
      { anyScope: ["a"] },
      { anyScope: ["b", "c"] },
      [{ scopes: ["a", "b"] }, { scopes: ["a", "c"] }],
    ],
    ["each pair of roles", { anyRole: ["A"] }, { anyRole: ["B", "C"] }, [{ roles: ["A", "B"] }, { roles: ["A", "C"] }]],
    ["the groups of the first", { anyGroup: ["g"] }, {}, [{ anyGroup: ["g"] }]],
    ["the groups of the second", {}, { anyGroup: ["g"] }, [{ anyGroup: ["g"] }]],
    ["the fewer groups, which are the first", { anyGroup: ["g"] }, { anyGroup: ["h", "g"] }, [{ anyGroup: ["g"] }]],
    ["the fewer groups, which are the second", { anyGroup: ["h", "g"] }, { anyGroup: ["g"] }, [{ anyGroup: ["g"] }]],
    [
      "each of the groups of the second, if neither contains the other",
      { anyGroup: ["g", "h"] },
      { anyGroup: ["h", "i"] },
      [
        { groups: ["h"], anyGroup: ["g", "h"] },
        { groups: ["i"], anyGroup: ["g", "h"] },
      ],
    ],
    [
      "these together with the groups that all need",
      { groups: ["x"], anyGroup: ["g"] },
      { groups: ["y"], anyGroup: ["h"] },
      [{ groups: ["x", "y", "h"], anyGroup: ["g"] }],
    ],
  ])("have %s", (_, one, other, expected) => {
    expect(list([require(one), require(other)])).toStrictEqual(ofUsers(expected));
  });

  it("join each rule of one with each rule of the other", () => {
    const one = require({ scopes: ["a"] }, { scopes: ["b"] });
    const other = require({ roles: ["A"] }, { kind: "app", roles: ["B"] });
    expect(list([one, other])).toStrictEqual(
      ofUsers([
        { scopes: ["a"], roles: ["A"] },
        { scopes: ["b"], roles: ["A"] },
      ]),
    );
  });
});

describe("the maximum of alternatives", () => {
  const two = require({ anyScope: ["a", "b"] });
  const three = require({ anyScope: ["c", "d", "e"] });

  it.each([
    ["one requirement", [three], 3],
    ["two requirements", [two, three], 6],
    ["three requirements", [two, three, require({ scopes: ["f"] })], 6],
  ])("counts the pairs of %s", (_, requirements, count) => {
    expect(list(requirements, count)).toHaveLength(count);
    expect(list(requirements, count - 1)).toBeUndefined();
  });

  it.each([
    ["the first", [three, require({ kind: "app", roles: ["A"] })]],
    ["the second", [require({ kind: "app", roles: ["A"] }), three]],
  ])("applies to %s requirement, also if no caller meets both", (_, requirements) => {
    expect(list(requirements, 2)).toBeUndefined();
  });
});
