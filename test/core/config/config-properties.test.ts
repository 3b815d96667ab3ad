import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/core/config/config.ts";
import { daloyObstacle, workersObstacle } from "../../../src/core/config/tls-proxy.ts";
import { audience, tenant } from "../../support/claims.ts";
import { environmentWith, knownVariables as known, ordinaryContext } from "../../support/environment.ts";

const value = fc.oneof(
  fc.anything(),
  fc.string(),
  fc.constantFrom(
    "*",
    "true",
    "organizations",
    "on-behalf-of",
    tenant,
    `${tenant},${audience}`,
    "https://a.example",
    "60",
  ),
);
const anyEnvironment = fc.dictionary(fc.oneof(fc.constantFrom(...known, "ORIGIN"), fc.string()), value);
const anyContext = fc.record({
  tenantsDecidedInCode: fc.boolean(),
  defaultRequirementUnused: fc.boolean(),
  tlsProxyObstacle: fc.constantFrom(undefined, workersObstacle, daloyObstacle),
});

describe("for any environment", () => {
  it("never throws, and every fault has all its parts", () => {
    fc.assert(
      fc.property(anyEnvironment, anyContext, (environment, context) => {
        const read = readConfig(environment, context);
        const faults = read.ok ? [] : read.error;
        expect(read.ok || faults.length > 0).toBe(true);
        for (const { variable, problem, example } of faults) {
          const remedy = example ?? /Did you mean (\w+)\?$/.exec(problem)?.[1];
          expect([variable, problem, remedy].map((part) => typeof part)).toEqual(["string", "string", "string"]);
          expect(problem).not.toBe("");
          expect(remedy).not.toBe("");
        }
      }),
    );
  });

  it("never opens the gate: an accepted configuration has tenants or a decision in code, audiences, and a requirement", () => {
    fc.assert(
      fc.property(anyEnvironment, anyContext, (changes, context) => {
        const read = readConfig(environmentWith(changes), context);
        if (!read.ok) return;
        const { tenants, audiences, requiredScopes, requiredRoles, allowedClients, clockSkewSeconds } = read.value;
        expect(tenants.decided === "by-list" ? tenants.allowed.size > 0 : context.tenantsDecidedInCode).toBe(true);
        expect(audiences.size).toBeGreaterThan(0);
        expect(requiredScopes.length + requiredRoles.length > 0 || context.defaultRequirementUnused).toBe(true);
        expect(allowedClients?.size).not.toBe(0);
        expect(clockSkewSeconds >= 0 && clockSkewSeconds <= 300).toBe(true);
      }),
    );
  });

  it("reveals no secret", () => {
    const secret = fc.stringMatching(/^[0-9a-zA-Z~._-]{12,40}$/);
    fc.assert(
      fc.property(secret, anyEnvironment, (secret, environment) => {
        const read = readConfig(
          {
            ...environment,
            ENTRA_CLIENT_SECRET: secret,
            ENTRA_CLIENT_CERTIFICATE: { key: secret },
            ENTRA_CLIENT_ID: secret,
            ENTRA_AUTHORITY: `http://user:${secret}@entra.example/`,
            ORIGIN_URL: `https://:${secret}@origin.example/?key=${secret}`,
            ORIGIN: secret,
            ORIGIN_SCOPE: 1,
          },
          ordinaryContext,
        );
        expect(read.ok).toBe(false);
        expect(JSON.stringify(read)).not.toContain(secret);
      }),
    );
  });
});
