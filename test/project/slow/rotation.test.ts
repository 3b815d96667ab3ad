import { expect, it } from "vitest";
import { describeRotation, listFaults } from "../../../lab/rotation/describe.ts";
import { rotate } from "../../../lab/rotation/run.ts";

// In one minute, the clock is so fast that a processor which stalls for half a second lets keys come too late.
it.concurrent("a documented rotation of both keys refuses no request in two minutes of load", async () => {
  const report = await rotate({ minutes: 2, requestsPerSecond: 8 });
  expect(listFaults(report), describeRotation(report)).toEqual([]);
});

it.concurrent("a rotation whose next key was not published before refuses requests, and the run fails", async () => {
  const steps = [
    { name: "before", atMinutes: 0, signs: 0, other: undefined },
    { name: "at once", atMinutes: 5, signs: 1, other: undefined },
  ] as const;
  const report = await rotate({ minutes: 0.1, requestsPerSecond: 20, steps });
  expect(listFaults(report).join("\n")).toMatch(/^at once: refused \d+, such as /m);
  expect(report.reports[1]?.refused).toContain('401 {"refused":"key_unknown"}');
});
