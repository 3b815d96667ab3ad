import { expect, it } from "vitest";
import { findForeignAuthority } from "../../../src/core/policy/authorities.ts";
import { createRequirement } from "../../../src/core/policy/requirement.ts";
import type { Requirement } from "../../../src/core/policy/rule.ts";

it("finds an authority other than default whose callers may meet all requirements", () => {
  const scopes = ["a"];
  const silent = createRequirement({ scopes });
  const ofBoth = createRequirement({ scopes, from: ["default", "customers"] });
  const ofCustomers = createRequirement({ scopes, from: ["customers"] });
  const find = (...requirements: readonly Requirement[]) => findForeignAuthority(requirements);
  expect(find(ofBoth)).toBe("customers");
  expect(find(ofBoth, ofCustomers)).toBe("customers");
  expect(find(silent)).toBeUndefined();
  expect(find(ofBoth, silent)).toBeUndefined();
  expect(find()).toBeUndefined();
});
