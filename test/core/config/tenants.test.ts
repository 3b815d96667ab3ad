import { describe, expect, it } from "vitest";
import { otherTenant, tenant } from "../../support/claims.ts";
import { configWith, faultsWith, faultyVariables } from "../../support/environment.ts";

const allowedBy = (changes: Record<string, unknown>, context = {}) => {
  const { tenants } = configWith(changes, context);
  return tenants.decided === "by-list" ? [...tenants.allowed] : tenants.decided;
};
const inCode = { tenantsDecidedInCode: true };

describe("ENTRA_TENANT_ID", () => {
  it("alone allows only that tenant", () => {
    expect(allowedBy({})).toEqual([tenant]);
  });

  it("accepts any spelling of a GUID and compares its lower-case form", () => {
    expect(allowedBy({ ENTRA_TENANT_ID: tenant.toUpperCase() })).toEqual([tenant]);
  });

  it("is required", () => {
    expect(faultsWith({ ENTRA_TENANT_ID: undefined })).toMatchObject([
      { variable: "ENTRA_TENANT_ID", problem: "is missing" },
    ]);
  });

  it.each([
    "common",
    "consumers",
    "contoso.onmicrosoft.com",
    "*",
    `${tenant},${otherTenant}`,
    `{${tenant}}`,
    "{tenantid}",
  ])("rejects %j, which does not name one tenant", (value) => {
    expect(faultsWith({ ENTRA_TENANT_ID: value })).toMatchObject([
      {
        variable: "ENTRA_TENANT_ID",
        problem: `is ${JSON.stringify(value)}, not a tenant ID (GUID) or "organizations"`,
      },
    ]);
  });

  it("has one fault if it is empty, not two", () => {
    expect(faultyVariables({ ENTRA_TENANT_ID: "" })).toEqual(["ENTRA_TENANT_ID"]);
  });
});

describe("ENTRA_ALLOWED_TENANTS", () => {
  it("replaces the tenant as the allowlist", () => {
    const list = `${tenant.toUpperCase()}, ${otherTenant}`;
    expect(allowedBy({ ENTRA_ALLOWED_TENANTS: list })).toEqual([tenant, otherTenant]);
  });

  it.each(["organizations", "Organizations"])("is required with %s", (value) => {
    expect(faultsWith({ ENTRA_TENANT_ID: value })).toMatchObject([
      { variable: "ENTRA_ALLOWED_TENANTS", problem: 'is required when ENTRA_TENANT_ID is "organizations"' },
    ]);
    expect(allowedBy({ ENTRA_TENANT_ID: value, ENTRA_ALLOWED_TENANTS: otherTenant })).toEqual([otherTenant]);
  });

  it("may be left to code, with organizations alone", () => {
    expect(allowedBy({ ENTRA_TENANT_ID: "organizations" }, inCode)).toBe("in-code");
    expect(allowedBy({}, inCode)).toEqual([tenant]);
  });

  it("restricts tenants in addition to a decision in code", () => {
    const changes = { ENTRA_TENANT_ID: "organizations", ENTRA_ALLOWED_TENANTS: otherTenant };
    expect(allowedBy(changes, inCode)).toEqual([otherTenant]);
  });

  it.each(["*", "any", "organizations", "contoso.example", `${tenant} *`, `{${tenant}}`, ","])(
    "rejects %j",
    (value) => {
      for (const tenantId of [tenant, "organizations"]) {
        const changes = { ENTRA_TENANT_ID: tenantId, ENTRA_ALLOWED_TENANTS: value };
        expect(faultyVariables(changes)).toEqual(["ENTRA_ALLOWED_TENANTS"]);
        expect(faultyVariables(changes, inCode)).toEqual(["ENTRA_ALLOWED_TENANTS"]);
      }
    },
  );

  it("names each item that is not a tenant", () => {
    const problems = faultsWith({ ENTRA_ALLOWED_TENANTS: "*, contoso" }).map(({ problem }) => problem);
    expect(problems).toEqual([
      'contains "*", which is not a tenant ID (GUID)',
      'contains "contoso", which is not a tenant ID (GUID)',
    ]);
  });
});
