import { describe, expect, it } from "vitest";
import { createGate } from "../../src/gate.ts";
import { traceContext } from "../../src/trace/trace.ts";

describe("traceContext", () => {
  it.each([
    ["another mode", () => traceContext("always" as never), 'mode must be "restart" or "continue"'],
    ["no mode", () => traceContext(undefined as never), 'mode must be "restart" or "continue"'],
    ["a misspelled option", () => traceContext("restart", { sampleShare: 1 } as never), "unknown option sampleShare"],
    [
      "a share above 1",
      () => traceContext("restart", { sampledShare: 2 }),
      "sampledShare must be a number from 0 to 1",
    ],
    ["a share that is no number", () => traceContext("restart", { sampledShare: Number.NaN }), "sampledShare must be"],
  ])("refuses %s", (_what, create, message) => {
    expect(create).toThrow(message);
  });
});

describe("the option trace", () => {
  it("refuses anything else", () => {
    expect(() => createGate({ trace: {} as never })).toThrow("trace must be traceContext() of entra-gate/trace");
  });
});
