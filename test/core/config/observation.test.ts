import { describe, expect, it } from "vitest";
import { configWith, faultsWith, faultyVariables } from "../../support/environment.ts";

describe("observation", () => {
  it("by default enforces, logs only refusals, hides users and has no health page", () => {
    expect(configWith({}).observation).toMatchObject({
      mode: "enforce",
      logAllowedShare: 0,
      logSubject: "hash",
      logKey: undefined,
      health: { access: "off", path: "/.well-known/entra-gate/health" },
      decisions: undefined,
    });
  });

  it("is frozen", () => {
    const { observation } = configWith({});
    expect(Object.isFrozen(observation)).toBe(true);
    expect(Object.isFrozen(observation.health)).toBe(true);
  });
});

describe("GATE_MODE", () => {
  it.each(["enforce", "report"] as const)("accepts %s", (mode) => {
    expect(configWith({ GATE_MODE: mode }).observation.mode).toBe(mode);
  });

  it.each(["off", "Report", "none", "disabled", ""])(
    "rejects %j, which would open the gate by a typing mistake",
    (mode) => {
      expect(faultyVariables({ GATE_MODE: mode })).toEqual(["GATE_MODE"]);
    },
  );

  it("rejects a misspelled variable", () => {
    expect(faultyVariables({ GATE_MODES: "report" })).toEqual(["GATE_MODES"]);
  });
});

describe("GATE_LOG_ALLOWED", () => {
  it.each([
    ["0", 0],
    ["1", 1],
    ["0.25", 0.25],
    ["0.000001", 0.000001],
  ])("accepts %s", (text, share) => {
    expect(configWith({ GATE_LOG_ALLOWED: text }).observation.logAllowedShare).toBe(share);
  });

  it.each(["2", "1.5", "-0.1", "10%", "0,1", "1e-3", ".5", "all", "NaN"])("rejects %j", (text) => {
    expect(faultsWith({ GATE_LOG_ALLOWED: text })).toEqual([
      {
        variable: "GATE_LOG_ALLOWED",
        problem: `is ${JSON.stringify(text)}, not a number from 0 to 1`,
        example: "GATE_LOG_ALLOWED=0.1",
      },
    ]);
  });
});

describe("GATE_LOG_KEY", () => {
  it("accepts text and a Secrets Store binding", () => {
    const binding = { get: async () => "secret" };
    expect(configWith({ GATE_LOG_KEY: "secret" }).observation.logKey).toBe("secret");
    expect(configWith({ GATE_LOG_KEY: binding }).observation.logKey).toBe(binding);
  });

  it.each(["", 7, {}])("rejects %j", (value) => {
    expect(faultyVariables({ GATE_LOG_KEY: value })).toEqual(["GATE_LOG_KEY"]);
  });
});

describe("GATE_HEALTH_PATH", () => {
  it.each(["/health", "/a/b.c/d-e_f~g"])("accepts %s", (path) => {
    expect(configWith({ GATE_HEALTH_PATH: path }).observation.health.path).toBe(path);
  });

  it.each(["/", "health", "/health/", "/*", "/:id", "//a", "/a/../b", "/.", "/a?b", "/%61"])("rejects %j", (path) => {
    expect(faultyVariables({ GATE_HEALTH_PATH: path })).toEqual(["GATE_HEALTH_PATH"]);
  });
});

describe("DECISIONS", () => {
  it("accepts an Analytics Engine binding", () => {
    const binding = { writeDataPoint() {} };
    expect(configWith({ DECISIONS: binding }).observation.decisions).toBe(binding);
  });

  it.each(["on", {}, { writeDataPoint: true }, null])("rejects %j", (value) => {
    expect(faultyVariables({ DECISIONS: value })).toEqual(["DECISIONS"]);
  });
});
