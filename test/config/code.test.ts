import { describe, expect, it } from "vitest";
import { checkConfigInCode } from "../../src/config/code.ts";
import type { Environment } from "../../src/config/variables.ts";
import { validEnvironment } from "../support/environment.ts";

const context = { tenantsDecidedInCode: false, defaultRequirementUnused: false };
const check = (config: Environment) => checkConfigInCode("createThing", config, context);

describe("checkConfigInCode", () => {
  it("gives back a copy that nobody can change any more", () => {
    const config = { ...validEnvironment };
    const checked = check(config);
    expect(checked).toEqual(config);
    expect([checked === config, Object.isFrozen(checked)]).toEqual([false, true]);
  });

  it.each([
    [
      { ENTRA_ALLOWED_CLIENTS: undefined },
      "createThing: ENTRA_ALLOWED_CLIENTS is undefined; give it a value or leave it out",
    ],
    [{ ENTRA_TENANT_ID: undefined }, "createThing: ENTRA_TENANT_ID is undefined; give it a value or leave it out"],
    [{ ENTRA_ALOWED_CLIENTS: "x" }, "createThing: ENTRA_ALOWED_CLIENTS is no variable of the gate"],
    [{ ENTRA_REQUIRED_SCOPE: "" }, "createThing: "],
  ])("refuses %j, and says what is wrong", (change, message) => {
    expect(() => check({ ...validEnvironment, ...change })).toThrow(TypeError);
    expect(() => check({ ...validEnvironment, ...change })).toThrow(message);
  });

  it("says every fault at once", () => {
    const faults = () => check({ ENTRA_TENANT_ID: "x", ENTRA_API_AUDIENCE: "" });
    expect(faults).toThrow(/ENTRA_TENANT_ID/);
    expect(faults).toThrow(/ENTRA_API_AUDIENCE/);
  });
});
