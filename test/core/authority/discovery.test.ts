import { describe, expect, it } from "vitest";
import { listClientOrigins, pinDiscovery, readDiscovery } from "../../../src/core/authority/discovery.ts";
import { otherTenant, tenant } from "../../support/claims.ts";

const authority = "https://contoso.ciamlogin.com";
const pin = pinDiscovery(authority, tenant, "2.0");
const good = {
  issuer: `${authority}/${tenant}/v2.0`,
  jwks_uri: `${authority}/${tenant}/discovery/v2.0/keys`,
  cloud_instance_name: "contoso.ciamlogin.com",
};

const otherIssuer = { ok: false, error: "discovery document has an issuer of another tenant" };
const otherHost = { ok: false, error: "discovery document has a jwks_uri on another host" };

const ownHost = `https://${tenant}.ciamlogin.com`;
const publicCloud = "https://login.microsoftonline.com";

describe("pinDiscovery", () => {
  it.each([authority, "https://login.contoso.com", "https://ciamlogin.com", "https://localhost:8788"])(
    "accepts three issuers at %s, and keys of two hosts",
    (each) => {
      expect(pinDiscovery(each, tenant, "2.0")).toEqual({
        origins: [each, ownHost],
        issuers: [`${each}/${tenant}/v2.0`, `${ownHost}/${tenant}/v2.0`, `${publicCloud}/${tenant}/v2.0`],
      });
    },
  );

  it("accepts only the authority itself over http", () => {
    const local = "http://127.0.0.1:8788";
    expect(pinDiscovery(local, tenant, "2.0")).toEqual({ origins: [local], issuers: [`${local}/${tenant}/v2.0`] });
    expect(pinDiscovery(local, tenant, "1.0")).toEqual({ origins: [local], issuers: [`${local}/${tenant}/`] });
  });

  it("knows no issuer of v1.0 tokens at an https authority", () => {
    expect(pinDiscovery(authority, tenant, "1.0").issuers).toEqual([]);
  });
});

describe("listClientOrigins", () => {
  it.each([
    "https://login.contoso.com",
    publicCloud,
    "https://ciamlogin.com",
    "https://evilciamlogin.com",
    "https://contoso.ciamlogin.com.evil.example",
    "https://contoso.ciamlogin.com:8443",
    "http://127.0.0.1:8788",
  ])("has only %s itself", (each) => {
    expect(listClientOrigins(each, tenant)).toEqual([each]);
  });

  it("has the host of the tenant beside that of its name", () => {
    expect(listClientOrigins(authority, tenant)).toEqual([authority, ownHost]);
  });
});

describe("readDiscovery", () => {
  it("accepts issuer, key set and instance", () => {
    expect(readDiscovery(good, pin)).toEqual({
      ok: true,
      value: { issuer: good.issuer, keysUrl: good.jwks_uri, instanceName: "contoso.ciamlogin.com" },
    });
  });

  it.each([authority, ownHost, publicCloud])("accepts an issuer at %s, with keys of either host", (origin) => {
    for (const host of [authority, ownHost]) {
      const document = { issuer: `${origin}/${tenant}/v2.0`, jwks_uri: `${host}/${tenant}/discovery/v2.0/keys` };
      expect(readDiscovery(document, pin)).toMatchObject({
        ok: true,
        value: { issuer: document.issuer, keysUrl: document.jwks_uri },
      });
    }
  });

  it.each([undefined, null, 1, {}])("has no instance if it is %j", (name) => {
    expect(readDiscovery({ ...good, cloud_instance_name: name }, pin)).toMatchObject({
      ok: true,
      value: { instanceName: undefined },
    });
  });

  it.each([undefined, null, "text", 1, true])("refuses %j, which is not an object", (document) => {
    expect(readDiscovery(document, pin)).toEqual({ ok: false, error: "discovery document is not an object" });
  });

  it.each([
    undefined,
    null,
    [good.issuer],
    `${good.issuer}/`,
    good.issuer.toUpperCase(),
    `${authority}/{tenantid}/v2.0`,
    `${authority}/common/v2.0`,
    `${authority}/${otherTenant}/v2.0`,
    `${authority}/${tenant}/`,
    `https://${otherTenant}.ciamlogin.com/${tenant}/v2.0`,
    `${ownHost}/${otherTenant}/v2.0`,
    `${ownHost}/${tenant}/`,
    `${publicCloud}/${otherTenant}/v2.0`,
    `${publicCloud}/{tenantid}/v2.0`,
    `${publicCloud}/${tenant}/`,
    `https://sts.windows.net/${tenant}/`,
    `https://login.microsoftonline.us/${tenant}/v2.0`,
    `https://fabrikam.ciamlogin.com/${tenant}/v2.0`,
    `https://evil.example/${tenant}/v2.0`,
  ])("refuses the issuer %j", (issuer) => {
    expect(readDiscovery({ ...good, issuer }, pin)).toEqual(otherIssuer);
  });

  it.each([
    undefined,
    null,
    [good.jwks_uri],
    "",
    "/keys",
    "//contoso.ciamlogin.com/keys",
    "https://evil.example/keys",
    "https://evil.example/?https://contoso.ciamlogin.com/keys",
    "http://contoso.ciamlogin.com/keys",
    "https://contoso.ciamlogin.com:8443/keys",
    "https://contoso.ciamlogin.com@evil.example/keys",
    "https://evil@contoso.ciamlogin.com/keys",
    "https://:password@contoso.ciamlogin.com/keys",
    "https://contoso.ciamlogin.com.evil.example/keys",
    "https://evil.contoso.ciamlogin.com/keys",
    "https://ciamlogin.com/keys",
    "https://contoso.ciamlogin.com./keys",
    "https://fabrikam.ciamlogin.com/keys",
    `https://${otherTenant}.ciamlogin.com/keys`,
    `${publicCloud}/${tenant}/discovery/v2.0/keys`,
    `https://sts.windows.net/${tenant}/keys`,
    "https://c\u043entoso.ciamlogin.com/keys",
    "ftp://contoso.ciamlogin.com/keys",
    "file:///keys",
    "blob:https://contoso.ciamlogin.com/keys",
    "data:application/json,{}",
  ])("refuses keys at %j", { tags: "external-id" }, (jwks_uri) => {
    expect(readDiscovery({ ...good, jwks_uri }, pin)).toEqual(otherHost);
  });

  it.each([
    ["HTTPS://Contoso.CIAMlogin.com:443/keys", "https://contoso.ciamlogin.com/keys"],
    ["https://evil.example\\@contoso.ciamlogin.com/keys", undefined],
    ["https://contoso.ciamlogin.com\\@evil.example/keys", "https://contoso.ciamlogin.com/@evil.example/keys"],
    ["https://contoso.ciamlogin.com/\t/evil.example", "https://contoso.ciamlogin.com//evil.example"],
  ])("requests the URL that it checked, not the text: %j", (jwks_uri, keysUrl) => {
    const read = readDiscovery({ ...good, jwks_uri }, pin);
    expect(read.ok ? read.value.keysUrl : undefined).toBe(keysUrl);
  });
});
