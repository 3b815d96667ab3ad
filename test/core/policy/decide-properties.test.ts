import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../src/core/policy/decision.ts";
import { combineRequirements, createRequirement } from "../../../src/core/policy/requirement.ts";
import type { Rule } from "../../../src/core/policy/rule.ts";
import { identityOf } from "../../support/claims.ts";
import { tries } from "../../support/property.ts";

const user = (changes: Record<string, unknown>) => identityOf("user", changes);
const app = (changes: Record<string, unknown>) => identityOf("app", changes);

describe("for any principal and requirement", () => {
  const names = ["a", "b", "c"] as const;
  const list = fc.option(fc.subarray([...names], { minLength: 1 }), { nil: undefined });
  const compact = (rule: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as unknown as Rule;
  const userRule = fc
    .record({ kind: fc.constant("user"), scopes: list, anyScope: list, roles: list, anyRole: list })
    .map(compact);
  const appRule = fc.record({ kind: fc.constant("app"), roles: list, anyRole: list }).map(compact);
  const alternative = fc
    .oneof(userRule, appRule)
    .filter((rule) => Object.keys(rule).length > 1)
    .map(createRequirement);
  const requirement = fc.array(alternative, { minLength: 1, maxLength: 4 }).map(combineRequirements);
  const held = fc.subarray([...names]);

  it("one more scope or role never refuses a caller, and one fewer never allows one", {
    tags: "more-permissions",
  }, () => {
    let [allowed, denied] = [0, 0];
    fc.assert(
      fc.property(
        requirement,
        held,
        held,
        fc.constantFrom(...names),
        fc.boolean(),
        (wanted, scopes, roles, more, isScope) => {
          const less = user({ scp: ["x", ...scopes].join(" "), roles });
          const plus = isScope
            ? user({ scp: ["x", ...scopes, more].join(" "), roles })
            : user({ scp: ["x", ...scopes].join(" "), roles: [...roles, more] });
          const [before, after] = [decide(less, wanted), decide(plus, wanted)];
          if (before === undefined) allowed += 1;
          else denied += 1;
          if (before === undefined) expect(after).toBeUndefined();
          if (after !== undefined) expect(before).toBeDefined();
          const [appBefore, appAfter] = [
            decide(app({ roles }), wanted),
            decide(app({ roles: [...roles, more] }), wanted),
          ];
          if (appBefore === undefined) expect(appAfter).toBeUndefined();
        },
      ),
      tries(500),
    );
    expect(Math.min(allowed, denied)).toBeGreaterThan(5);
  });

  it("one more alternative never refuses a caller", () => {
    fc.assert(
      fc.property(requirement, requirement, held, held, (one, other, scopes, roles) => {
        const principal = user({ scp: ["x", ...scopes].join(" "), roles });
        const separately = [one, other].some((wanted) => decide(principal, wanted) === undefined);
        expect(decide(principal, combineRequirements([one, other])) === undefined).toBe(separately);
      }),
      tries(300),
    );
  });

  it("a token of one kind never meets a rule of the other", { tags: "scopes-and-roles" }, () => {
    fc.assert(
      fc.property(held, held, userRule, appRule, (scopes, roles, forUser, forApp) => {
        const [delegated, daemon] = [user({ scp: ["x", ...scopes].join(" "), roles }), app({ roles })];
        expect(decide(delegated, { anyOf: [forApp] })?.reason).toBe("kind_not_allowed");
        expect(decide(daemon, { anyOf: [forUser] })?.reason).toBe("kind_not_allowed");
      }),
    );
  });
});
