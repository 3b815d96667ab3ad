import { expect } from "vitest";
import type { Fleet } from "./fleet.ts";
import type { HttpRequest } from "./http.ts";
import { expectRefusal, misconfigured } from "./refusal.ts";

/**
 * Sends the first request to a gate with a faulty configuration. The response must reveal no more, and the log must
 * have one line for each fault.
 *
 * @param named variables that the log must name, in alphabetical order, once for each fault
 */
export async function expectMisconfigured(
  fleet: Fleet<string>,
  gate: string,
  request: HttpRequest,
  named: readonly string[],
): Promise<void> {
  const mark = fleet.lines.length;
  await expectRefusal(fleet, gate, request, misconfigured);
  const faults = fleet.lines.slice(mark).filter(({ event }) => event === "misconfigured");
  expect(faults.map(({ fault }) => String(fault).split(" ")[0]).sort()).toEqual(named);
  for (const { fault } of faults) expect(fault).toMatch(/^\w+ .+(?:\. Example: .+|\?)$/);
}
