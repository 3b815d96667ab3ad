import { expect, it } from "vitest";
import { compareWithModel } from "../../model/compare.ts";
import { judge } from "../../model/reference.ts";
import { settingNames } from "../../model/world.ts";

const cases = 2_000;

it(`gate, reference model and jose agree about ${cases} generated tokens`, { tags: "signature" }, async () => {
  const { verdicts, allowed, settings, reasons } = await compareWithModel(20261125, cases);
  // A generator that makes only refusals, or only one kind of them, proves nothing.
  expect(verdicts.allow).toBeGreaterThan(cases / 12);
  expect(verdicts.invalid_token).toBeGreaterThan(cases / 4);
  expect(verdicts.insufficient_scope).toBeGreaterThan(cases / 10);
  expect(Object.keys(verdicts).sort()).toEqual([
    "allow",
    "insufficient_claims",
    "insufficient_scope",
    "invalid_request",
    "invalid_token",
    "unauthenticated",
  ]);
  const kinds = ["agent as app", "agent as user", "app", "user"];
  expect(Object.keys(allowed).sort()).toEqual(kinds.flatMap((kind) => [`${kind} 1.0`, `${kind} 2.0`]));
  expect(settingNames.filter((name) => (settings[name] ?? 0) < 5)).toEqual([]);
  expect(reasons.agent_not_allowed).toBeGreaterThan(10);
  expect(Object.keys(reasons).length).toBeGreaterThan(30);
});

it("prints the seed and the shrunk case if they differ", async () => {
  const laxer: typeof judge = (authorization, world) => judge(authorization, { ...world, skewSeconds: 61 });
  const difference = compareWithModel(7, 2_000, laxer);
  await expect(difference).rejects.toThrow(/^seed 7, path [\d:]+: .*gate: invalid_token \((?:expired|not_yet_valid)\)/);
  await expect(difference).rejects.toThrow(/"faults": \[/);
});
