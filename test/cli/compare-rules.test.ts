import { expect, it } from "vitest";
import { compareChanges } from "../../tools/compare-rules/changes.ts";
import { compareWithWorkers } from "../../tools/compare-rules/workers.ts";

it("rules notice each way to weaken a policy, and no change that weakens nothing", () => {
  const { counts, differences } = compareChanges(60, 1);
  expect(differences).toEqual([]);
  // Twenty ways to weaken a policy, and three to rewrite it.
  expect(Object.keys(counts)).toHaveLength(23);
});

it("workers answer as the rules prove and predict, also messages of MCP", async () => {
  // One of its tables has an MCP server.
  const { counts, differences } = await compareWithWorkers(200, 38);
  expect(differences).toEqual([]);
  expect(Math.min(counts.checks ?? 0, counts.replays ?? 0)).toBeGreaterThan(10);
  expect(Math.min(counts.messages ?? 0, counts["replays of messages"] ?? 0)).toBeGreaterThan(0);
});
