import { describe, expect, it } from "vitest";
import { readKind } from "../../../src/core/token/claims.ts";
import { appClaims, change, userClaims, userClaimsV1 } from "../../support/claims.ts";

const kindOf = (claims: typeof userClaims, changes: Record<string, unknown> = {}, version: "1.0" | "2.0" = "2.0") => {
  const kind = readKind(change(claims, changes), version);
  return kind.ok ? kind.value : kind.error;
};

/** The same as `appClaims`, for an API without the optional claim. */
const appWithoutIdtyp = change(appClaims, { idtyp: undefined });

/** A v2.0 ID token for a client that shares the API's registration. */
const idTokenClaims = change(userClaims, { scp: undefined, azp: undefined, azpacr: undefined });

describe("a delegated token", () => {
  it("has scp, and idtyp user or no idtyp", () => {
    expect(kindOf(userClaims)).toBe("user");
    expect(kindOf(userClaims, { idtyp: "user" })).toBe("user");
    expect(kindOf(userClaims, { roles: ["Orders.Admin"] })).toBe("user");
  });

  it("stays delegated if oid equals sub", () => {
    expect(kindOf(userClaims, { sub: userClaims.oid })).toBe("user");
  });
});

describe("an app-only token", () => {
  it("has idtyp app and no scp", () => {
    expect(kindOf(appClaims)).toBe("app");
    expect(kindOf(appClaims, { sub: "another-subject" })).toBe("app");
    expect(kindOf(appClaims, { roles: undefined })).toBe("app");
  });

  it.each([undefined, "", "/"])(
    "with idtyp app may have scp %j and any sub, because an agent acts as itself",
    (scp) => {
      expect(kindOf(appClaims, { scp })).toBe("app");
      expect(kindOf(appClaims, { scp, sub: "another-subject" })).toBe("app");
      const { azp: appid, ...v1 } = appClaims;
      expect(kindOf({ ...v1, appid }, { scp, sub: "another-subject" }, "1.0")).toBe("app");
    },
  );

  it("without idtyp, has oid equal to sub", () => {
    expect(kindOf(appWithoutIdtyp)).toBe("app");
    expect(kindOf(appWithoutIdtyp, { sub: "another-subject" })).toEqual({ reason: "kind_unknown" });
    expect(kindOf(appWithoutIdtyp, { sub: String(appClaims.oid).toUpperCase() })).toEqual({ reason: "kind_unknown" });
  });
});

describe("a token of unknown kind", () => {
  it.each([
    ["idtyp app with scp", userClaims, { idtyp: "app" }],
    ["idtyp app with a scope after the slash", appClaims, { scp: "/ access_as_user" }],
    ["idtyp app with two slashes", appClaims, { scp: "//" }],
    ["idtyp app with a space", appClaims, { scp: " " }],
    ["idtyp user with a slash for scp", userClaims, { idtyp: "user", scp: "/" }],
    ["a slash for scp", userClaims, { scp: "/" }],
    ["a slash for scp where oid equals sub", appWithoutIdtyp, { scp: "/" }],
    ["an empty scp", userClaims, { scp: "" }],
    ["an empty scp where oid equals sub", appWithoutIdtyp, { scp: "" }],
    ["no scp", userClaims, { scp: undefined }],
    ["no scp, with roles", userClaims, { scp: undefined, roles: ["Orders.Read.All"] }],
    ["idtyp user without scp", appClaims, { idtyp: "user" }],
    ["idtyp device", appClaims, { idtyp: "device" }],
    ["idtyp APP", appClaims, { idtyp: "APP" }],
    ["idtyp null", appClaims, { idtyp: null }],
    ["idtyp true", userClaims, { idtyp: true }],
  ])("has %s", (_, claims, changes) => {
    expect(kindOf(claims, changes)).toEqual({ reason: "kind_unknown" });
  });

  it.each([null, 1, true, {}, [], ["access_as_user"]])("has scp %j", (scp) => {
    expect(kindOf(userClaims, { scp })).toEqual({ reason: "claim_invalid", claim: "scp" });
  });
});

describe("an ID token", () => {
  it("is refused without azp, even if it has roles", () => {
    expect(kindOf(idTokenClaims)).toEqual({ reason: "claim_invalid", claim: "azp" });
    expect(kindOf(idTokenClaims, { roles: ["Orders.Read.All"] })).toEqual({ reason: "claim_invalid", claim: "azp" });
  });

  it.each(["nonce", "c_hash", "at_hash"])(
    "is recognized by %s, even if it has the claims of an access token",
    (claim) => {
      for (const value of ["x", "", null, 0]) {
        expect(kindOf(userClaims, { [claim]: value })).toEqual({ reason: "id_token" });
        expect(kindOf(appClaims, { [claim]: value })).toEqual({ reason: "id_token" });
      }
    },
  );
});

it.each([{ jwk: {} }, {}, null, ""])("refuses a bound token: cnf is %j", (cnf) => {
  expect(kindOf(userClaims, { cnf })).toEqual({ reason: "bound_token" });
  expect(kindOf(appClaims, { cnf })).toEqual({ reason: "bound_token" });
});

const noGuids = [undefined, null, "", "spa", 1, {}, ["c11e0000-0000-4000-8000-000000000021"]];

describe("the client", () => {
  it("is azp in v2.0 and appid in v1.0", () => {
    expect(kindOf(userClaimsV1, {}, "1.0")).toBe("user");
    expect(kindOf(userClaimsV1, {}, "2.0")).toEqual({ reason: "claim_invalid", claim: "azp" });
    expect(kindOf(userClaims, {}, "1.0")).toEqual({ reason: "claim_invalid", claim: "appid" });
  });

  it.each([...noGuids, String(userClaims.azp).toUpperCase()])("must be a GUID, not %j", (azp) => {
    expect(kindOf(userClaims, { azp })).toEqual({ reason: "claim_invalid", claim: "azp" });
    expect(kindOf(userClaimsV1, { appid: azp }, "1.0")).toEqual({ reason: "claim_invalid", claim: "appid" });
  });
});

it.each(noGuids)("oid must be a GUID, not %j", (oid) => {
  expect(kindOf(userClaims, { oid })).toEqual({ reason: "claim_invalid", claim: "oid" });
  // A token of an app without a service principal in the tenant.
  expect(kindOf(appClaims, { oid })).toEqual({ reason: "claim_invalid", claim: "oid" });
});

it.each([undefined, null, "", 1, {}, ["sub"]])("sub must be text, not %j", (sub) => {
  expect(kindOf(userClaims, { sub })).toEqual({ reason: "claim_invalid", claim: "sub" });
});
