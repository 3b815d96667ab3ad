import { describe, expect, it } from "vitest";
import { isShownClaim, typeOfClaim } from "../../src/forwarding/claim-types.ts";

const microsoft = "http://schemas.microsoft.com";
const xmlSoap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";

describe("a claim's type", () => {
  it.each([
    ["oid", `${microsoft}/identity/claims/objectidentifier`],
    ["tid", `${microsoft}/identity/claims/tenantid`],
    ["scp", `${microsoft}/identity/claims/scope`],
    ["idp", `${microsoft}/identity/claims/identityprovider`],
    ["acr", `${microsoft}/claims/authnclassreference`],
    ["amr", `${microsoft}/claims/authnmethodsreferences`],
    ["sub", `${xmlSoap}/nameidentifier`],
    ["email", `${xmlSoap}/emailaddress`],
    ["upn", `${xmlSoap}/upn`],
    ["unique_name", `${xmlSoap}/name`],
    ["given_name", `${xmlSoap}/givenname`],
    ["family_name", `${xmlSoap}/surname`],
  ])("is that of App Service: %s", (name, type) => {
    expect(typeOfClaim(name)).toBe(type);
    expect(isShownClaim(name)).toBe(true);
  });

  it.each([
    "roles",
    "groups",
    "wids",
    "name",
    "preferred_username",
    "azp",
    "appid",
    "iss",
    "aud",
    "constructor",
    "Region",
  ])("is otherwise the claim's name: %s", (name) => {
    expect(typeOfClaim(name)).toBe(name);
    expect(isShownClaim(name)).toBe(true);
  });
});

describe("a claim", () => {
  it.each([
    "Roles",
    "ROLES",
    "role\u017f",
    "OID",
    "Tid",
    "Preferred_Username",
    "Groups",
    ...["APPID", "Aud", "AZP", "Idtyp", "ISS", "Name", "WIDS"],
    `${microsoft}/identity/claims/objectidentifier`,
    `${microsoft}/Identity/Claims/TenantId`,
    `${microsoft}/ws/2008/06/identity/claims/role`,
    `${xmlSoap}/name`,
    `${xmlSoap}/NameIdentifier`,
  ])("that an origin in .NET would confuse with another one is omitted: %s", (name) => {
    expect(isShownClaim(name)).toBe(false);
  });

  it.each(["aio", "rh"])("that Microsoft reserves is omitted: %s", (name) => {
    expect(isShownClaim(name)).toBe(false);
  });
});
