import { expect, inject, it } from "vitest";
import { simulateKeys } from "./support/key-simulation.ts";
import "../support/property.ts";

/** `PROPERTY_CASES` requests more. */
const seedCount = inject("propertyCases") || 60;

it(`keeps its guarantees about keys over ${seedCount} simulated histories`, async () => {
  const totals = { requests: 0, found: 0, refused: 0, cancelled: 0, fetches: 0 };
  for (let seed = 1; seed <= seedCount; seed += 1) {
    const report = await simulateKeys(seed);
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += report[name];
  }
  // A simulation in which nothing happens proves nothing.
  expect(totals.found).toBeGreaterThan(50 * seedCount);
  expect(totals.refused).toBeGreaterThan(50 * seedCount);
  expect(totals.cancelled).toBeGreaterThan(seedCount);
  expect(totals.fetches).toBeGreaterThan(10 * seedCount);
});

it("replays a seed exactly", async () => {
  expect(await simulateKeys(7)).toEqual(await simulateKeys(7));
});
