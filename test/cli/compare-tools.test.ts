import { expect, it } from "vitest";
import { compareTools } from "../../tools/compare-tools/compare.ts";
import { codeKinds } from "../../tools/compare-tools/tables.ts";

it("explain, test, diff and doctor say what running workers do", async () => {
  const { decisions, asked, outcomes, differences } = await compareTools(3_000, 1);
  expect(differences.slice(0, 3)).toEqual([]);
  expect(decisions).toBeGreaterThanOrEqual(3_000);
  // Every kind of code admits and refuses some callers, and every tool was asked.
  for (const kind of codeKinds) {
    const statuses = Object.keys(outcomes).filter((each) => each.startsWith(`${kind} `));
    expect([kind, statuses.length]).toEqual([kind, expect.any(Number)]);
    expect(statuses.some((each) => each.includes(" 200"))).toBe(true);
    expect(statuses.some((each) => each.includes(" 40"))).toBe(true);
  }
  for (const tool of ["test", "explain", "doctor", "diff"]) expect(asked[tool]).toBeGreaterThan(0);
  // Outside DaloyJS, whose routes can be unknown, a tool that does not know says nothing that could be wrong.
  expect(asked["explain did not know"] ?? 0).toBeLessThan(decisions / 5);
});
