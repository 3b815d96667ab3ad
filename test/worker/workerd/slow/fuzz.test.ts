import { afterAll, beforeAll, expect, it } from "vitest";
import { fuzzGate } from "../../../support/fuzz.ts";
import { type Stack, startStack } from "../../../support/stack.ts";

const requests = 4_000;

let stack: Stack;
let token: string;
const lines: string[] = [];

beforeAll(async () => {
  stack = await startStack({ onGateLog: (line) => lines.push(line) });
  token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
});
afterAll(() => stack.stop());

it(`${requests} mutated requests: none hangs, none gets an undocumented 5xx, and none passes without the token`, {
  tags: "answers",
}, async () => {
  const goesOn = (report: { readonly requests: number }) => report.requests < requests;
  const { statuses, faults, hangs, breaches } = await fuzzGate({ url: stack.gateUrl, token, seed: 20_261_125, goesOn });
  expect({ faults, hangs, breaches }).toEqual({ faults: [], hangs: [], breaches: [] });
  // Requests that only the runtime refuses prove nothing.
  expect(statuses[200]).toBeGreaterThan(requests / 50);
  expect(statuses[401]).toBeGreaterThan(requests / 20);
  expect(statuses[404]).toBeGreaterThan(requests / 50);
  expect(lines.length).toBeGreaterThan(requests / 10);
  const [, payload = ""] = token.split(".");
  expect(lines.filter((line) => line.includes(payload))).toEqual([]);
});
