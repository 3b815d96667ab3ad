import { describe, expect, it } from "vitest";
import { readAuthoritiesProvider } from "../../../src/core/guard/authorities.ts";
import { combineRequirements, createRequirement } from "../../../src/core/policy/requirement.ts";
import type { Requirement, RuleOptions } from "../../../src/core/policy/rule.ts";
import { authorities } from "../../../src/extensions/authorities/authorities.ts";
import { findAuthorityMistake } from "../../../src/extensions/authorities/mistakes.ts";

const require = (...rules: readonly Partial<RuleOptions>[]) =>
  combineRequirements(rules.map((rule) => createRequirement({ scopes: ["a"], ...rule })));
const declared = ["customers", "partners"];
const silent = require({});
const ofBoth = require({ from: ["default", "customers"] });
const ofCustomers = require({ from: ["customers"] });
const group = "96000000-0000-4000-8044-00000000000a";

describe("the authorities of requirements", () => {
  it.each<[string, readonly Requirement[]]>([
    ["no requirement", []],
    ["no authority", [silent, silent]],
    ["declared authorities", [ofBoth]],
    ["an authority that all share", [ofBoth, ofCustomers]],
    ["default, which a requirement without one has", [silent, ofBoth]],
    ["an authority of one rule of each", [require({ from: ["partners"] }, { from: ["customers"] }), ofCustomers]],
    ["groups", [require({ from: ["customers"], groups: [group] })]],
  ])("are not mistaken: %s", (_, requirements) => {
    expect(findAuthorityMistake(requirements, declared, false)).toBeUndefined();
  });

  it("must be declared", () => {
    const mistake =
      'from has "partner", which the gate does not declare. Use one of default, customers, partners, or add "partner" to the option authorities';
    expect(findAuthorityMistake([ofBoth, require({}, { from: ["customers", "partner"] })], declared, false)).toBe(
      mistake,
    );
    expect(findAuthorityMistake([ofCustomers], [], false)).toContain("Use one of default, or add");
    const provider = readAuthoritiesProvider(authorities("partners"));
    expect(provider?.findMistake([ofCustomers], false)).toContain("Use one of default, partners, or add");
  });

  it.each<[string, readonly Requirement[]]>([
    ["one without an authority, and one for customers", [silent, ofCustomers]],
    ["two that name others", [ofCustomers, require({ from: ["partners"] })]],
    [
      "three that share one in pairs",
      [ofBoth, require({ from: ["customers", "partners"] }), require({ from: ["default", "partners"] })],
    ],
  ])("must be shared by all of them: %s", (_, requirements) => {
    expect(findAuthorityMistake(requirements, declared, false)).toBe(
      'its requirements share no authority, so no caller can meet all of them. Write the same authority in each, including those of its groups: from: ["default", "customers"]',
    );
  });

  it("must be default where Microsoft Graph may be asked", () => {
    for (const lists of [{ groups: [group] }, { anyGroup: [group] }]) {
      expect(findAuthorityMistake([require({ ...lists, from: ["default", "customers"] })], declared, true)).toContain(
        'from of a requirement with groups has "customers"',
      );
      expect(findAuthorityMistake([require(lists, { from: ["customers"] })], declared, true)).toBeUndefined();
    }
  });
});
