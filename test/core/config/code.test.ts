import { describe, expect, it } from "vitest";
import { checkConfigInCode } from "../../../src/core/config/code.ts";
import type { Environment } from "../../../src/core/config/variables.ts";
import { validEnvironment } from "../../support/environment.ts";

const context = { tenantsDecidedInCode: false, defaultRequirementUnused: false, tlsProxyObstacle: undefined };
const check = (config: Environment) => checkConfigInCode("createThing", config, context);

describe("checkConfigInCode", () => {
  it("returns a copy that cannot be changed", () => {
    const config = { ...validEnvironment };
    const checked = check(config);
    expect(checked).toEqual(config);
    expect([checked === config, Object.isFrozen(checked)]).toEqual([false, true]);
  });

  it.each([
    [{ ENTRA_ALLOWED_CLIENTS: undefined }, "createThing: ENTRA_ALLOWED_CLIENTS is undefined. Set a value or remove it"],
    [{ ENTRA_TENANT_ID: undefined }, "createThing: ENTRA_TENANT_ID is undefined. Set a value or remove it"],
    [
      { ENTRA_ALOWED_CLIENTS: "x" },
      "createThing: ENTRA_ALOWED_CLIENTS is not a variable of entra-gate. Did you mean ENTRA_ALLOWED_CLIENTS?",
    ],
    [{ ENTRA_REQUIRED_SCOPE: "" }, "createThing: "],
  ])("refuses %j, and explains why", (change, message) => {
    expect(() => check({ ...validEnvironment, ...change })).toThrow(TypeError);
    expect(() => check({ ...validEnvironment, ...change })).toThrow(message);
  });

  it.each([
    ["allowedClients", "ENTRA_ALLOWED_CLIENTS"],
    ["allowedTenants", "ENTRA_ALLOWED_TENANTS"],
    ["requiredScope", "ENTRA_REQUIRED_SCOPE"],
    ["tenantId", "ENTRA_TENANT_ID"],
  ])("refuses the name %s, which would be ignored", (name, variable) => {
    const complaint = new TypeError(`createThing: ${name} is not a variable. Write ${variable}`);
    expect(() => check({ ...validEnvironment, [name]: "x" })).toThrow(complaint);
  });

  it.each(["DATABASE", "TENANT_ID", "myDatabase", "audience"])("ignores the name %s of another binding", (name) => {
    expect(check({ ...validEnvironment, [name]: "x" })).toMatchObject(validEnvironment);
  });

  it("refuses inherited and non-enumerable variables", () => {
    const lists = { ENTRA_ALLOWED_CLIENTS: "33333333-4444-5555-6666-777777777777" };
    const inherited = Object.assign(Object.create(lists), validEnvironment);
    const hidden = Object.defineProperty({ ...validEnvironment }, "ENTRA_ALLOWED_CLIENTS", { value: lists });
    for (const config of [inherited, hidden]) {
      expect(() => check(config)).toThrow(
        new TypeError("createThing: ENTRA_ALLOWED_CLIENTS must be an own enumerable property"),
      );
    }
  });

  it("reports every fault at once", () => {
    const faults = () => check({ ENTRA_TENANT_ID: "x", ENTRA_API_AUDIENCE: "" });
    expect(faults).toThrow(/ENTRA_TENANT_ID/);
    expect(faults).toThrow(/ENTRA_API_AUDIENCE/);
  });
});
