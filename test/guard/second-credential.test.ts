import { describe, expect, it } from "vitest";
import { findSecondCredential } from "../../src/guard/second-credential.ts";

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
