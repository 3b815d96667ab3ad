import { describe, expect, it } from "vitest";
import { configWith, faultsWith, faultyVariables } from "../../support/environment.ts";

describe("ENTRA_CLOUD", () => {
  it("is the public cloud if it is absent", () => {
    expect(configWith({}).cloud).toBe("public");
  });

  it.each(["public", "usgov", "china"])("accepts %s", (cloud) => {
    expect(configWith({ ENTRA_CLOUD: cloud }).cloud).toBe(cloud);
  });

  it.each(["Public", "germany", "public,china", "constructor"])("rejects %j", (value) => {
    expect(faultsWith({ ENTRA_CLOUD: value })).toMatchObject([
      { variable: "ENTRA_CLOUD", problem: `is ${JSON.stringify(value)}, not one of public, usgov, china` },
    ]);
  });
});

describe("ENTRA_ACCEPT_V1", () => {
  it("is false if it is absent", () => {
    expect(configWith({}).acceptV1).toBe(false);
  });

  it("is true only for the text true", () => {
    expect(configWith({ ENTRA_ACCEPT_V1: "true" }).acceptV1).toBe(true);
    expect(configWith({ ENTRA_ACCEPT_V1: "false" }).acceptV1).toBe(false);
  });

  it.each(["TRUE", "yes", "1", "0", "", true])("rejects %j", (value) => {
    expect(faultyVariables({ ENTRA_ACCEPT_V1: value })).toEqual(["ENTRA_ACCEPT_V1"]);
  });

  it.each(["https://contoso.ciamlogin.com", "https://login.contoso.com", "https://localhost:8788"])(
    "is a fault beside %s, whose v1.0 issuer is unknown",
    (authority) => {
      expect(faultsWith({ ENTRA_AUTHORITY: authority, ENTRA_ACCEPT_V1: "true" })).toEqual([
        {
          variable: "ENTRA_ACCEPT_V1",
          problem: "accepts no token of an https ENTRA_AUTHORITY, which issues v2.0 tokens. Remove it",
          example: "ENTRA_ACCEPT_V1=false",
        },
      ]);
      expect(configWith({ ENTRA_AUTHORITY: authority, ENTRA_ACCEPT_V1: "false" }).acceptV1).toBe(false);
    },
  );

  it("is accepted beside a local Entra over http", () => {
    expect(configWith({ ENTRA_AUTHORITY: "http://127.0.0.1:8788", ENTRA_ACCEPT_V1: "true" }).acceptV1).toBe(true);
  });
});

describe("ENTRA_AUTHORITY", () => {
  it("is unset if it is absent", () => {
    expect(configWith({}).authority).toBeUndefined();
  });

  it.each([
    ["https://contoso.ciamlogin.com", "https://contoso.ciamlogin.com"],
    ["https://contoso.ciamlogin.com/", "https://contoso.ciamlogin.com"],
    ["HTTPS://Contoso.CIAMlogin.com:443", "https://contoso.ciamlogin.com"],
    ["https://entra.example:8443", "https://entra.example:8443"],
    ["http://127.0.0.1:8788", "http://127.0.0.1:8788"],
    ["http://localhost:8788", "http://localhost:8788"],
    ["http://[::1]:8788", "http://[::1]:8788"],
  ])("accepts the origin of %s", (value, authority) => {
    expect(configWith({ ENTRA_AUTHORITY: value }).authority).toBe(authority);
  });

  it.each([
    ["contoso.ciamlogin.com", "is not an https URL"],
    ["ftp://contoso.ciamlogin.com", "is not an https URL"],
    ["javascript:alert(1)", "is not an https URL"],
    ["https://", "is not an https URL"],
    ["http://contoso.ciamlogin.com", "uses http, which is only allowed on loopback"],
    ["http://127.0.0.1.evil.example", "uses http, which is only allowed on loopback"],
    ["http://localhost.evil.example", "uses http, which is only allowed on loopback"],
    ["http://10.0.0.1", "uses http, which is only allowed on loopback"],
    ["https://contoso.ciamlogin.com/common", "must be an origin (scheme, host, optional port)"],
    ["https://contoso.ciamlogin.com/?", "must be an origin (scheme, host, optional port)"],
    ["https://contoso.ciamlogin.com/#", "must be an origin (scheme, host, optional port)"],
    ["https://contoso.ciamlogin.com?x=1", "must be an origin (scheme, host, optional port)"],
    ["https://user@contoso.ciamlogin.com", "must be an origin (scheme, host, optional port)"],
    ["https://user:password@contoso.ciamlogin.com", "must be an origin (scheme, host, optional port)"],
  ])("rejects %s: %s", (value, problem) => {
    expect(faultsWith({ ENTRA_AUTHORITY: value })).toMatchObject([{ variable: "ENTRA_AUTHORITY", problem }]);
  });
});

describe("ENTRA_CLOCK_SKEW_SECONDS", () => {
  it("is 60 if it is absent", () => {
    expect(configWith({}).clockSkewSeconds).toBe(60);
  });

  it.each([
    ["0", 0],
    ["1", 1],
    ["299", 299],
    ["300", 300],
  ])("accepts %s", (value, seconds) => {
    expect(configWith({ ENTRA_CLOCK_SKEW_SECONDS: value }).clockSkewSeconds).toBe(seconds);
  });

  it.each(["301", "999999999", "-1", "1.5", "1e2", "0x10", "60s", "6 0", "Infinity", "NaN", "", "\u0661", 60])(
    "rejects %j",
    (value) => {
      expect(faultyVariables({ ENTRA_CLOCK_SKEW_SECONDS: value })).toEqual(["ENTRA_CLOCK_SKEW_SECONDS"]);
    },
  );

  it("has a fault with the valid range", () => {
    expect(faultsWith({ ENTRA_CLOCK_SKEW_SECONDS: "301" })).toMatchObject([
      { problem: 'is "301", not a whole number of seconds from 0 to 300', example: "ENTRA_CLOCK_SKEW_SECONDS=60" },
    ]);
  });
});
