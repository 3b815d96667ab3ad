import { describe, expect, it } from "vitest";
import { fail } from "../../../src/base/common/result.ts";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import type { AuthorityConfig } from "../../../src/core/config/authority.ts";
import type { TenantRule } from "../../../src/core/config/tenants.ts";
import type { CheckingAuthority } from "../../../src/core/guard/authorities.ts";
import { chooseBetween, findAuthority } from "../../../src/extensions/authorities/choice.ts";
import { otherTenant, tenant } from "../../support/claims.ts";

const listed = (...allowed: readonly string[]): TenantRule => ({ decided: "by-list", allowed: new Set(allowed) });
const open: TenantRule = { decided: "in-code" };
const customUrl = "https://customers.ciamlogin.com";

function issuing(name: string, tenants: TenantRule, changes: Partial<AuthorityConfig> = {}) {
  const config = { name, cloud: "public", authority: undefined, acceptV1: false, tenants, ...changes } as const;
  return { ...createAuthority(config), tenants };
}

const issuerOf = (tid: unknown, login = "https://login.microsoftonline.com") => `${login}/${tid}/v2.0`;
const choose = (authorities: readonly ReturnType<typeof issuing>[], tid: unknown, iss: unknown = issuerOf(tid)) =>
  findAuthority(authorities, { iss, tid } as never)?.name;

describe("the authority of a token", () => {
  it("lists its tenant, of two in one cloud", { tags: "authority-choice" }, () => {
    const both = [issuing("default", listed(tenant)), issuing("customers", listed(otherTenant))];
    expect(choose(both, tenant)).toBe("default");
    expect(choose(both, otherTenant)).toBe("customers");
  });

  it("is the default one without a list, except for tenants that a named one in the same cloud lists", {
    tags: "authority-choice",
  }, () => {
    const both = [issuing("default", open), issuing("customers", listed(otherTenant))];
    expect(choose(both, tenant)).toBe("default");
    expect(choose(both, otherTenant)).toBe("customers");
  });

  it("is none if its tenant is that of a named one, and its issuer is not", { tags: "authority-choice" }, () => {
    const both = [issuing("default", open), issuing("customers", listed(otherTenant), { cloud: "china" })];
    expect(choose(both, otherTenant)).toBeUndefined();
    expect(choose(both, otherTenant, issuerOf(otherTenant, "https://login.partner.microsoftonline.cn"))).toBe(
      "customers",
    );
    // A named authority without a list takes no tenant from the default one.
    const openNamed = issuing("partners", open, { cloud: "usgov" });
    expect(choose([both[0]!, openNamed], otherTenant)).toBe("default");
    expect(choose([...both, openNamed], otherTenant)).toBeUndefined();
  });

  it.each([customUrl, `https://${otherTenant}.ciamlogin.com`, "https://login.microsoftonline.com"])(
    "has every issuer of External ID for its own tenant alone: %s",
    { tags: "authority-choice" },
    (login) => {
      const both = [
        issuing("default", listed(tenant)),
        issuing("customers", listed(otherTenant), { authority: customUrl }),
      ];
      expect(choose(both, otherTenant, issuerOf(otherTenant, login))).toBe("customers");
      expect(choose(both, tenant, issuerOf(otherTenant, login))).toBe("default");
      expect(choose(both, otherTenant, issuerOf(tenant, login))).toBe("default");
    },
  );

  it("has v1.0 issuers only if it accepts such tokens", () => {
    const issuer = `https://sts.windows.net/${otherTenant}/`;
    const withV1 = (acceptV1: boolean) => [
      issuing("default", listed(tenant)),
      issuing("customers", listed(otherTenant), { acceptV1 }),
    ];
    expect(choose(withV1(true), otherTenant, issuer)).toBe("customers");
    expect(choose(withV1(false), otherTenant, issuer)).toBe("default");
  });

  it.each<[string, unknown, unknown]>([
    ["a list of issuers", otherTenant, [issuerOf(otherTenant)]],
    ["no issuer", otherTenant, undefined],
    ["an issuer in upper case", otherTenant, issuerOf(otherTenant).toUpperCase()],
    ["an issuer with a slash at its end", otherTenant, `${issuerOf(otherTenant)}/`],
    ["no tenant", undefined, issuerOf(otherTenant)],
    ["a tenant in upper case", otherTenant.toUpperCase(), issuerOf(otherTenant)],
    ["a list of tenants", [otherTenant], issuerOf(otherTenant)],
  ])("is the default one, which refuses the token, for %s", { tags: "authority-choice" }, (_, tid, iss) => {
    const both = [issuing("default", listed(tenant)), issuing("customers", listed(otherTenant))];
    expect(choose(both, tid, iss ?? null)).toBe("default");
  });

  it("is the default one without a tenant ID and an issuer, also beside an authority without a list", () => {
    const withOpen = [issuing("default", listed(tenant)), issuing("customers", open)];
    expect(choose(withOpen, "common")).toBe("default");
    const withList = [issuing("default", open), issuing("customers", listed(otherTenant))];
    expect(choose(withList, otherTenant, [issuerOf(otherTenant)])).toBe("default");
  });
});

describe("the checks of a token", () => {
  /** Authorities that refuse every token, and remember one. */
  function createRefusing() {
    const asked: string[] = [];
    const refuse = (name: string, tenants: TenantRule) => ({
      ...issuing(name, tenants),
      checks: {
        recall: (credential: string) => (credential === `known to ${name}` ? fail({ reason: "expired" }) : undefined),
        check: () => {
          asked.push(name);
          return fail({ reason: "audience_mismatch" });
        },
      },
    });
    const authorities = [refuse("default", listed(tenant)), refuse("customers", listed(otherTenant))];
    return { asked, checks: chooseBetween(authorities as unknown as readonly CheckingAuthority[]) };
  }

  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const tokenOf = (tid: string) => `Bearer ${encode({ alg: "RS256" })}.${encode({ iss: issuerOf(tid), tid })}.AAAA`;

  it("are those of its authority alone, also after a refusal", () => {
    const { asked, checks } = createRefusing();
    checks.check(tokenOf(tenant), () => {});
    expect(asked).toEqual(["default"]);
    checks.check(tokenOf(otherTenant), () => {});
    expect(asked).toEqual(["default", "customers"]);
  });

  it.each([null, "", "Basic YTpi", "Bearer a.b.c"])("are those of the default one for no token: %j", (credential) => {
    const { asked, checks } = createRefusing();
    checks.check(credential, () => {});
    expect(asked).toEqual(["default"]);
  });

  it("are not repeated for a token that one of them knows", () => {
    const { asked, checks } = createRefusing();
    for (const name of ["default", "customers"])
      expect(checks.recall(`known to ${name}`, () => {})).toEqual(fail({ reason: "expired" }));
    expect(checks.recall("unknown", () => {})).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
