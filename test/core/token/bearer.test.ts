import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { findSecondCredential, readBearer } from "../../../src/core/token/bearer.ts";

const reason = (header: string | null) => {
  const result = readBearer(header);
  return result.ok ? "accepted" : result.error.reason;
};

describe("readBearer", () => {
  it.each(["Bearer", "bearer", "BEARER", "bEaReR"])("accepts the token after %s", (scheme) => {
    expect(readBearer(`${scheme} a.b-c_d.e`)).toEqual({ ok: true, value: "a.b-c_d.e" });
  });

  it("accepts any number of spaces after the scheme", () => {
    expect(readBearer("Bearer    abc")).toEqual({ ok: true, value: "abc" });
  });

  it("finds no credential if there is none", () => {
    expect(reason(null)).toBe("credential_missing");
    expect(reason("")).toBe("credential_missing");
  });

  it.each(["Basic YTpi", "DPoP abc", "Negotiate abc", "eyJhbGciOi.e30.c2ln", "Digest a=1, b=2"])(
    "finds no bearer credential in %j",
    (header) => {
      expect(reason(header)).toBe("credential_other_scheme");
    },
  );

  it("does not take a longer scheme for Bearer", () => {
    for (const character of "!#$%&'*+-.^_`|~09AZaz") {
      expect(reason(`Bearer${character} abc`), character).toBe("credential_other_scheme");
      expect(reason(`${character}Bearer abc`), character).toBe("credential_other_scheme");
    }
  });

  it.each([
    "Bearer",
    "Bearer ",
    "Bearer\tabc",
    "Bearer\u00a0abc",
    "Bearer\u000babc",
    "Bearer a b",
    'Bearer token="a"',
    "Bearer a; x=y",
    "Bearer,a",
    'Bearer{"a":1}',
  ])("refuses %j as malformed", (header) => {
    expect(reason(header)).toBe("credential_malformed");
  });

  it.each(["Bearer a, Bearer b", "Bearer a,b", "Bearer ,", "Basic YTpi, Bearer a", "Basic YTpi,Bearer a"])(
    "refuses %j as repeated",
    (header) => {
      expect(reason(header)).toBe("credential_repeated");
    },
  );

  it("accepts JSON serialization, which a later check refuses", () => {
    expect(reason('Bearer {"payload":"e30","signatures":[]}')).toBe("token_not_compact");
  });

  it("bounds the header, with its spaces", () => {
    const token = "a".repeat(limits.tokenBytes - 3);
    expect(reason(`Bearer    ${token}`)).toBe("accepted");
    expect(reason(`Bearer     ${token}`)).toBe("token_too_large");
    expect(reason(`Bearer${" ".repeat(limits.tokenBytes)}abc`)).toBe("token_too_large");
  });

  it("checks the length before it reads the characters", () => {
    expect(reason(`Bearer ${"a".repeat(limits.tokenBytes)}`)).toBe("accepted");
    expect(reason(`Bearer ${"a".repeat(limits.tokenBytes + 1)}`)).toBe("token_too_large");
    expect(reason(`Bearer ${" a".repeat(limits.tokenBytes)}`)).toBe("token_too_large");
  });
});

const find = (query: string, authorization: string | null = "Bearer abc") =>
  findSecondCredential(authorization, `https://api.contoso.example/orders${query}`)?.reason;

describe("findSecondCredential", () => {
  it.each([
    "?access_token=abc",
    "?limit=1&access_token=abc",
    "?access_token=",
    "?access_token",
    "?access_token=a&access_token=b",
    "?access%5Ftoken=abc",
    "?%61%63%63%65%73%73_%74%6f%6b%65%6e=abc",
    "?access%5ftoken",
    "?access%u005ftoken=abc",
    "?acce%u017fs_token=abc",
    "?access%255ftoken=abc",
    "?access%25u005ftoken=abc",
    "?Access_Token=abc",
    "?ACCESS%5FTOKEN=abc",
    "?acce%C5%BFs_token=abc",
    "?access+token=abc",
    "?access%20token=abc",
    "?access.token=abc",
    "??access_token=abc",
    "?access[token=abc",
    "?+access_token=abc",
    "?access_token[]=abc",
    "?access_token%5B0%5D=abc",
    "?access_token%00x=abc",
    "?a=1;access_token=abc",
    "?%ff&access_token=abc",
    "?a=1?b=2&access_token=abc",
  ])("finds the parameter in %s", (query) => {
    expect(find(query)).toBe("credential_also_in_query");
  });

  it.each([
    "",
    "?",
    "?limit=10",
    "?accesstoken=abc",
    "?access-token=abc",
    "?access_tokens=abc",
    "?my_access_token=abc",
    "?token=abc",
    "?q=access_token",
    "?q=%26access_token%3Dabc",
    "?a=1?access_token=abc",
    "#?access_token=abc",
  ])("finds nothing in %j", (query) => {
    expect(find(query)).toBeUndefined();
  });

  it.each([null, "", "Basic YTpi", "Bearer", "Bearer a b"])("does not judge the header %j", (value) => {
    expect(find("?access_token=abc", value)).toBeUndefined();
  });
});
