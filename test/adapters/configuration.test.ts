import { describe, expect, it } from "vitest";
import { checkConfiguration } from "../../src/adapters/configuration.ts";
import type { EntraConfig } from "../../src/core/config/gate-variables.ts";
import type { EntraOptions } from "../../src/core/guard/entra-options.ts";
import { validEnvironment } from "../support/environment.ts";

const check = (config: unknown, options: unknown = {}) =>
  checkConfiguration("entra", config as EntraConfig | undefined, options as EntraOptions, undefined);

describe("checkConfiguration", () => {
  it("returns a frozen copy of the configuration in code, or undefined", () => {
    const config = { ...validEnvironment };
    const checked = check(config);
    expect(checked).toEqual(config);
    expect([checked === config, Object.isFrozen(checked)]).toEqual([false, true]);
    expect(check(undefined)).toBeUndefined();
  });

  it("needs no default requirement, because routes can declare their own", () => {
    const { ENTRA_REQUIRED_SCOPE: _, ...config } = validEnvironment;
    expect(check(config)).toEqual(config);
  });

  it("accepts GATE_URL but does not require it, because nothing is forwarded", () => {
    const config = { ...validEnvironment, GATE_URL: "https://api.contoso.com" };
    expect(check(config)).toEqual(config);
    expect(() => check({ ...validEnvironment, GATE_URL: "api.contoso.com" })).toThrow("entra: GATE_URL contains");
  });

  it("accepts tenants that are decided in code", () => {
    const config = { ...validEnvironment, ENTRA_TENANT_ID: "organizations" };
    expect(check(config, { isTenantAllowed: () => true })).toEqual(config);
    expect(() => check(config)).toThrow(TypeError);
  });

  it.each([
    [{}, {}, "entra: ENTRA_TENANT_ID is missing. Example: ENTRA_TENANT_ID=1"],
    [
      { ...validEnvironment, ENTRA_ALLOWED_CLIENT: "x" },
      {},
      "entra: ENTRA_ALLOWED_CLIENT is not a variable of entra-gate",
    ],
    [{ ...validEnvironment, ORIGIN_URL: "https://x" }, {}, "entra: ORIGIN_URL is not allowed. Use ENTRA_…"],
    [{ ...validEnvironment, allowedClients: [] }, {}, "entra: allowedClients is not allowed. Use ENTRA_…"],
    [
      { ...validEnvironment, ENTRA_ALLOWED_CLIENTS: undefined },
      {},
      "entra: ENTRA_ALLOWED_CLIENTS is undefined. Set a value or remove it",
    ],
    [
      undefined,
      { isTenantAlowed: () => false },
      'entra: unknown option "isTenantAlowed". Use one of isTenantAllowed, revoked',
    ],
    [undefined, { revokedAtSeconds: undefined }, "entra: revokedAtSeconds is undefined. Set a value or remove it"],
    [undefined, { isTenantAllowed: true }, "entra: isTenantAllowed must be a function"],
  ])("refuses %j with %j, and says what is wrong", (config, options, message) => {
    expect(() => check(config, options)).toThrow(TypeError);
    expect(() => check(config, options)).toThrow(message);
  });

  it("reports every fault at once, and no secret", () => {
    const config = { ENTRA_TENANT_ID: "x", ENTRA_CLIENT_SECRET: "never-told" };
    const message = (() => {
      try {
        return check(config);
      } catch (error) {
        return String(error);
      }
    })();
    expect(message).toMatch(/ENTRA_TENANT_ID .*ENTRA_API_AUDIENCE /);
    expect(message).not.toContain("never-told");
  });
});
