import { describe, expect, it } from "vitest";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import { checkClaims } from "../../../src/core/token/claims.ts";
import {
  appClaims,
  audience,
  change,
  claimRules,
  otherTenant,
  tenant,
  userClaims,
  userClaimsV1,
} from "../../support/claims.ts";
import { frozenNowSeconds } from "../../support/io.ts";

const login = "https://login.microsoftonline.com";
const acceptingV1 = {
  ...claimRules,
  authority: createAuthority({
    cloud: "public",
    authority: undefined,
    acceptV1: true,
    tenants: { decided: "in-code" },
  }),
  audiences: new Set([audience, String(userClaimsV1.aud)]),
};

const refusal = (changes: Record<string, unknown>, rules = claimRules, claims = userClaims) => {
  const checked = checkClaims(change(claims, changes), rules, frozenNowSeconds);
  return checked.ok ? "accepted" : checked.error;
};

describe("checkClaims", () => {
  it("describes a delegated token", () => {
    const { iss: issuer, nbf, exp } = userClaims;
    const skew = claimRules.clockSkewSeconds;
    const validity = { fromSeconds: Number(nbf) - skew, untilSeconds: Number(exp) + skew };
    expect(checkClaims(userClaims, claimRules, frozenNowSeconds)).toEqual({
      ok: true,
      value: { authority: "default", version: "2.0", issuer, tenant, kind: "user", validity },
    });
  });

  it("describes an app-only token", () => {
    expect(checkClaims(appClaims, claimRules, frozenNowSeconds)).toMatchObject({ ok: true, value: { kind: "app" } });
  });

  it("describes a v1.0 token if those are accepted", () => {
    expect(checkClaims(userClaimsV1, acceptingV1, frozenNowSeconds)).toMatchObject({
      ok: true,
      value: { version: "1.0", issuer: `https://sts.windows.net/${tenant}/`, kind: "user" },
    });
    expect(refusal({}, claimRules, userClaimsV1)).toEqual({ reason: "issuer_mismatch" });
  });

  it.each([
    ...[undefined, null, "", 1, {}, [tenant], "contoso.onmicrosoft.com", "common", "{tenantid}"],
    ...[tenant.toUpperCase(), `{${tenant}}`, `${tenant} `, ` ${tenant}`, `${tenant}\n`, `${tenant}/../${otherTenant}`],
  ])("refuses the tenant %j", (tid) => {
    expect(refusal({ tid })).toEqual({ reason: "tenant_invalid" });
  });

  it.each(["TID", "Tid", "tID", "tiD"])("refuses a second tenant, %s, before or after the first", (name) => {
    for (const value of [tenant, otherTenant, null, ""]) {
      expect(refusal({ [name]: value })).toEqual({ reason: "tenant_ambiguous" });
      const first = checkClaims({ [name]: value, ...userClaims }, claimRules, frozenNowSeconds);
      expect(first).toEqual({ ok: false, error: { reason: "tenant_ambiguous" } });
    }
  });

  it.each(["tidy", "utid", "tie", "t\u0131d"])("treats %s as another claim", (name) => {
    expect(refusal({ [name]: otherTenant })).toBe("accepted");
  });

  it.each([
    ...[undefined, null, "", 1, {}, [userClaims.iss]],
    `${login}/${otherTenant}/v2.0`,
    `${login}/{tenantid}/v2.0`,
    `${login}/common/v2.0`,
    `${login}/${tenant}/v2.0/`,
    `https://login.microsoftonline.us/${tenant}/v2.0`,
    `https://sts.windows.net/${tenant}/`,
    `https://evil.example/${tenant}/v2.0`,
  ])("refuses the issuer %j", (iss) => {
    expect(refusal({ iss })).toEqual({ reason: "issuer_mismatch" });
  });

  it.each([undefined, null, "1.0", "2", "2.00", "2.0 ", 2, ["2.0"]])(
    "refuses the version %j from a v2.0 issuer",
    (ver) => {
      expect(refusal({ ver })).toEqual({ reason: "version_mismatch" });
      expect(refusal({ ver }, acceptingV1)).toEqual({ reason: "version_mismatch" });
    },
  );

  it.each([undefined, "2.0", "1", 1])("refuses the version %j from a v1.0 issuer", (ver) => {
    expect(refusal({ ver }, acceptingV1, userClaimsV1)).toEqual({ reason: "version_mismatch" });
  });

  it("refuses a tenant that is not on the allowlist", () => {
    const fromOther = { tid: otherTenant, iss: `${login}/${otherTenant}/v2.0` };
    expect(refusal(fromOther)).toEqual({ reason: "tenant_not_allowed" });
    expect(refusal(fromOther, { ...claimRules, tenants: { decided: "by-list", allowed: new Set() } })).toEqual({
      reason: "tenant_not_allowed",
    });
    expect(refusal(fromOther, { ...claimRules, tenants: { decided: "in-code" } })).toBe("accepted");
  });

  it.each([
    ...[undefined, null, "", 1, {}, [audience], [audience, audience]],
    ...[audience.toUpperCase(), `api://${audience}`, `${audience}/`, ` ${audience}`, audience.slice(0, -1)],
    ...["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com", "*"],
  ])("refuses the audience %j", (aud) => {
    expect(refusal({ aud })).toEqual({ reason: "audience_mismatch" });
  });

  it("accepts any of several audiences", () => {
    const rules = { ...claimRules, audiences: new Set([audience, "api://orders"]) };
    expect(refusal({ aud: "api://orders" }, rules)).toBe("accepted");
    expect(refusal({ aud: "api://orders/" }, rules)).toEqual({ reason: "audience_mismatch" });
  });

  it("applies the configured clock skew to times", () => {
    const exp = frozenNowSeconds - 30;
    const past = { iat: exp - 60, nbf: exp - 60, exp };
    expect(refusal(past)).toBe("accepted");
    expect(refusal(past, { ...claimRules, clockSkewSeconds: 30 })).toEqual({ reason: "expired" });
  });

  it.each(["roles", "groups", "wids"])("accepts %s only as a list of strings", (claim) => {
    for (const value of [[], ["a"], ["a", "b"]]) expect(refusal({ [claim]: value })).toBe("accepted");
    for (const value of [null, "a", 1, {}, [1], ["a", null], [["a"]], { 0: "a", length: 1 }]) {
      expect(refusal({ [claim]: value })).toEqual({ reason: "claim_invalid", claim });
    }
  });

  it("accepts a token with group overage, whose groups are not a list", () => {
    const overage = {
      _claim_names: { groups: "src1" },
      _claim_sources: { src1: { endpoint: "https://graph.example" } },
    };
    expect(refusal(overage)).toBe("accepted");
  });

  it("refuses an ID token and a bound one", () => {
    expect(refusal({ nonce: "x" })).toEqual({ reason: "id_token" });
    expect(refusal({ cnf: {} })).toEqual({ reason: "bound_token" });
    expect(refusal({ scp: undefined })).toEqual({ reason: "kind_unknown" });
  });

  it("checks in a fixed order, so that the log names the first fault", () => {
    const wrong = {
      tid: "x",
      TID: tenant,
      iss: `${login}/${tenant}/v2.0`,
      ver: "1.0",
      aud: "x",
      exp: "x",
      roles: "x",
      nonce: "x",
    };
    const repairs: readonly Record<string, unknown>[] = [
      { tid: otherTenant },
      { TID: undefined },
      { iss: `${login}/${otherTenant}/v2.0` },
      { ver: "2.0" },
      { tid: tenant, iss: userClaims.iss },
      { aud: audience },
      { exp: userClaims.exp },
      { roles: [] },
      { nonce: undefined },
    ];
    let claims = change(userClaims, wrong);
    const reasons = repairs.map((repair) => {
      const checked = checkClaims(claims, claimRules, frozenNowSeconds);
      claims = change(claims, repair);
      return checked.ok ? "accepted" : checked.error.reason;
    });
    expect(reasons).toEqual([
      "tenant_invalid",
      "tenant_ambiguous",
      "issuer_mismatch",
      "version_mismatch",
      "tenant_not_allowed",
      "audience_mismatch",
      "time_invalid",
      "claim_invalid",
      "id_token",
    ]);
    expect(checkClaims(claims, claimRules, frozenNowSeconds).ok).toBe(true);
  });
});
