import { describe, expect, it } from "vitest";
import { checkConfiguration } from "../../../src/adapters/configuration.ts";
import { readConfig } from "../../../src/core/config/config.ts";
import { describeFault } from "../../../src/core/config/fault.ts";
import type { RevocationsProvider } from "../../../src/core/guard/entra-options.ts";
import { revocations } from "../../../src/extensions/revocations/revocations.ts";
import { createEntraPlugin, createGate } from "../../../src/index.ts";
import { environmentWith, ordinaryContext } from "../../support/environment.ts";

const url = "https://config.contoso.example/revocations.json";
const store = { get: async () => null };

function faultsOf(vars: Readonly<Record<string, unknown>>, withOption = true): readonly string[] {
  const option = withOption ? { revocations: revocations() as never } : {};
  const read = readConfig({ ...environmentWith({}), ...vars }, { ...ordinaryContext, ...option });
  return read.ok ? [] : read.error.map(describeFault);
}

describe("the option revocations", () => {
  it.each([
    ["a KV namespace", { REVOCATIONS: store }],
    ["a URL and its token", { GATE_REVOCATIONS_URL: url, GATE_REVOCATIONS_TOKEN: "secret" }],
    [
      "a token in a Secrets Store",
      { GATE_REVOCATIONS_URL: url, GATE_REVOCATIONS_TOKEN: { get: async () => "secret" } },
    ],
    ["http on loopback", { GATE_REVOCATIONS_URL: "http://127.0.0.1:8080/list", GATE_REVOCATIONS_TOKEN: "secret" }],
  ])("accepts %s", (_, vars) => {
    expect(faultsOf(vars)).toEqual([]);
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    ["neither", {}, "REVOCATIONS or GATE_REVOCATIONS_URL is required by the option revocations"],
    [
      "both",
      { REVOCATIONS: store, GATE_REVOCATIONS_URL: url, GATE_REVOCATIONS_TOKEN: "x" },
      "REVOCATIONS is bound, so",
    ],
    ["a binding and a token", { REVOCATIONS: store, GATE_REVOCATIONS_TOKEN: "x" }, "REVOCATIONS is bound, so remove"],
    ["a binding and a URL", { REVOCATIONS: store, GATE_REVOCATIONS_URL: url }, "REVOCATIONS is bound, so remove"],
    [
      "an empty token",
      { GATE_REVOCATIONS_URL: url, GATE_REVOCATIONS_TOKEN: "" },
      "GATE_REVOCATIONS_TOKEN is not a string",
    ],
    ["no token", { GATE_REVOCATIONS_URL: url }, "GATE_REVOCATIONS_URL requires the secret GATE_REVOCATIONS_TOKEN"],
    ["a token alone", { GATE_REVOCATIONS_TOKEN: "x" }, "GATE_REVOCATIONS_TOKEN is only used with GATE_REVOCATIONS_URL"],
    ["a variable in place of the binding", { REVOCATIONS: "entra-gate" }, "REVOCATIONS is not a KV namespace binding"],
    ["a lost binding", { REVOCATIONS: undefined }, "REVOCATIONS is undefined"],
    ["an empty URL", { GATE_REVOCATIONS_URL: " ", GATE_REVOCATIONS_TOKEN: "x" }, "GATE_REVOCATIONS_URL is empty"],
    ...[
      "http://config.contoso.example/",
      "https://u:p@c.example/",
      "https://u@c.example/",
      "https://:p@c.example/",
      "ftp://127.0.0.1/",
      `${url}?sig=x`,
      `${url}#x`,
      "ftp://c.example/",
      "x",
    ].map(
      (text) =>
        [
          text,
          { GATE_REVOCATIONS_URL: text, GATE_REVOCATIONS_TOKEN: "x" },
          "GATE_REVOCATIONS_URL is not an https URL without credentials and query",
        ] as const,
    ),
  ])("refuses %s", (_, vars, fault) => {
    const faults = faultsOf(vars);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
  });

  it("must be what revocations() returns", () => {
    for (const provider of [{}, revocations, true, null, { create() {} }] as unknown as RevocationsProvider[]) {
      const message = "revocations must be revocations() of entra-gate";
      expect(() => createGate({ revocations: provider })).toThrow(message);
      expect(() => createEntraPlugin(undefined, { revocations: provider })).toThrow(message);
      expect(() => checkConfiguration("entra", undefined, { revocations: provider }, undefined)).toThrow(message);
    }
  });
});

describe("without the option", () => {
  it.each([
    ["REVOCATIONS", store],
    ["GATE_REVOCATIONS_URL", url],
    ["GATE_REVOCATIONS_TOKEN", "secret"],
  ])("%s is a fault that names the option", (name, value) => {
    expect(faultsOf({ [name]: value }, false)).toEqual([
      `${name} requires the option revocations. Example: createGate({ revocations: revocations() })`,
    ]);
  });
});

it("an adapter takes the variables in code", () => {
  const config = environmentWith({ REVOCATIONS: store }) as never;
  expect(checkConfiguration("entra", config, { revocations: revocations() }, undefined)).toMatchObject({
    REVOCATIONS: store,
  });
});
