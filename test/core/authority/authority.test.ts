import { describe, expect, it } from "vitest";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import type { CloudName } from "../../../src/core/config/authority.ts";
import { otherTenant, tenant } from "../../support/claims.ts";

const cloudAuthority = (cloud: CloudName, acceptV1 = true) =>
  createAuthority({ cloud, authority: undefined, acceptV1, tenants: { decided: "in-code" } });
const authorityAt = (authority: string, acceptV1 = true) =>
  createAuthority({ cloud: "public", authority, acceptV1, tenants: { decided: "in-code" } });
const external = "https://contoso.ciamlogin.com";

/** Microsoft, "Microsoft Entra authentication and national clouds". */
const clouds = [
  { cloud: "public", login: "https://login.microsoftonline.com", sts: "https://sts.windows.net" },
  { cloud: "usgov", login: "https://login.microsoftonline.us", sts: "https://sts.windows.net" },
  { cloud: "china", login: "https://login.partner.microsoftonline.cn", sts: "https://sts.chinacloudapi.cn" },
] as const;

describe.each(clouds)("the $cloud cloud", ({ cloud, login, sts }) => {
  it("issues v2.0 tokens at its sign-in host", () => {
    expect(cloudAuthority(cloud).versionOf(`${login}/${tenant}/v2.0`, tenant)).toBe("2.0");
  });

  it("issues v1.0 tokens at its own token service if they are accepted", () => {
    expect(cloudAuthority(cloud).versionOf(`${sts}/${tenant}/`, tenant)).toBe("1.0");
    expect(cloudAuthority(cloud, false).versionOf(`${sts}/${tenant}/`, tenant)).toBeUndefined();
  });

  it("has a key set for each tenant and version", () => {
    const authority = cloudAuthority(cloud);
    expect(authority.keySource(tenant, "2.0").location).toMatchObject({
      kind: "keys",
      url: `${login}/${tenant}/discovery/v2.0/keys`,
    });
    expect(authority.keySource(tenant, "1.0").location).toMatchObject({
      kind: "keys",
      url: `${login}/${tenant}/discovery/keys`,
    });
    const sources = [tenant, otherTenant].flatMap((each) => [
      authority.keySource(each, "1.0"),
      authority.keySource(each, "2.0"),
    ]);
    expect(new Set(sources.map(({ id }) => id)).size).toBe(4);
    expect(sources.map((source) => source.tenant)).toEqual([tenant, tenant, otherTenant, otherTenant]);
  });

  it("lets the v2.0 keys of a tenant vouch for its v1.0 keys, and requests no second document for v2.0", () => {
    const authority = cloudAuthority(cloud);
    expect(authority.keySource(tenant, "1.0").vouching).toBe(authority.keySource(tenant, "2.0"));
    expect(authority.keySource(tenant, "2.0").vouching).toBeUndefined();
  });

  it("has its sign-in page on /common, which names no tenant", () => {
    expect(cloudAuthority(cloud).authorizationUri).toBe(`${login}/common/oauth2/authorize`);
  });

  it("recognizes its keys by the name of its instance", () => {
    const { location } = cloudAuthority(cloud).keySource(tenant, "2.0");
    expect(location).toMatchObject({ instanceName: login.replace("https://login.", "") });
  });

  it("refuses issuers of another cloud", () => {
    const others = clouds.filter((other) => other.login !== login);
    for (const other of others) {
      expect(cloudAuthority(cloud).versionOf(`${other.login}/${tenant}/v2.0`, tenant)).toBeUndefined();
      if (other.sts !== sts) expect(cloudAuthority(cloud).versionOf(`${other.sts}/${tenant}/`, tenant)).toBeUndefined();
    }
  });
});

describe("an issuer", () => {
  const login = "https://login.microsoftonline.com";

  it.each([
    `${login}/${tenant}/v2.0/`,
    `${login}/${tenant}/v2.0 `,
    ` ${login}/${tenant}/v2.0`,
    `${login}/${tenant}/v2.0#`,
    `${login}/${tenant}/v2.0?x`,
    `${login}/${tenant}/v2`,
    `${login}/${tenant}/V2.0`,
    `${login}/${tenant}/`,
    `${login}/${tenant}`,
    `${login}//${tenant}/v2.0`,
    `${login}/${tenant.toUpperCase()}/v2.0`,
    `${login}/${otherTenant}/v2.0`,
    `${login}/${otherTenant}/../${tenant}/v2.0`,
    `${login}/common/v2.0`,
    `${login}/organizations/v2.0`,
    `${login}/{tenantid}/v2.0`,
    `${login}/{tenantId}/v2.0`,
    `${login}/tfp/${tenant}/policy/v2.0/`,
    `${login}:443/${tenant}/v2.0`,
    `${login}.evil.example/${tenant}/v2.0`,
    `${login}@evil.example/${tenant}/v2.0`,
    `https://evil.example/${login}/${tenant}/v2.0`,
    `https://evil@login.microsoftonline.com/${tenant}/v2.0`,
    `https://login.microsoftonline.com./${tenant}/v2.0`,
    `https://LOGIN.microsoftonline.com/${tenant}/v2.0`,
    `https://login.microsoft\u043enline.com/${tenant}/v2.0`,
    `http://login.microsoftonline.com/${tenant}/v2.0`,
    `https://login.windows.net/${tenant}/v2.0`,
    `https://login.microsoft.com/${tenant}/v2.0`,
    `https://sts.windows.net/${tenant}`,
    `https://sts.windows.net/${tenant}/v2.0`,
    `https://sts.windows.net/${otherTenant}/`,
    `https://sts.windows.net/{tenantid}/`,
    `https://sts.windows.net/${tenant.toUpperCase()}/`,
    `https://contoso.b2clogin.com/${tenant}/v2.0/`,
    "",
  ])("is compared exactly: %s is another issuer", (issuer) => {
    expect(cloudAuthority("public").versionOf(issuer, tenant)).toBeUndefined();
  });
});

const custom = "https://login.contoso.com";

describe.each([external, custom, "https://localhost:8788"])("External ID at %s", (authority) => {
  const { versionOf } = authorityAt(authority);

  it.each([
    `${authority}/${tenant}/v2.0`,
    `https://${tenant}.ciamlogin.com/${tenant}/v2.0`,
    `https://login.microsoftonline.com/${tenant}/v2.0`,
  ])("may issue %s", (issuer) => {
    expect(versionOf(issuer, tenant)).toBe("2.0");
  });

  it.each([
    ...[authority, `https://${tenant}.ciamlogin.com`, "https://login.microsoftonline.com"].flatMap((origin) => [
      `${origin}/${otherTenant}/v2.0`,
      `${origin}/${tenant}/v2.0/`,
      `${origin}/${tenant}/`,
      `${origin}/${tenant}`,
      `${origin}/${tenant.toUpperCase()}/v2.0`,
      `${origin}/{tenantid}/v2.0`,
      `${origin}/common/v2.0`,
      `${origin}/contoso.onmicrosoft.com/v2.0`,
      `${origin.replace("https", "http")}/${tenant}/v2.0`,
      `${origin}:8443/${tenant}/v2.0`,
      `${origin}.evil.example/${tenant}/v2.0`,
    ]),
    `https://${otherTenant}.ciamlogin.com/${tenant}/v2.0`,
    `https://${tenant}.ciamlogin.com/${otherTenant}/v2.0`,
    `https://${tenant.toUpperCase()}.ciamlogin.com/${tenant}/v2.0`,
    `https://{tenantid}.ciamlogin.com/${tenant}/v2.0`,
    `https://fabrikam.ciamlogin.com/${tenant}/v2.0`,
    `https://ciamlogin.com/${tenant}/v2.0`,
    `https://login.microsoftonline.us/${tenant}/v2.0`,
    `https://login.windows.net/${tenant}/v2.0`,
    `https://sts.windows.net/${tenant}/`,
    `https://sts.windows.net/${tenant}/v2.0`,
    `https://login.fabrikam.com/${tenant}/v2.0`,
  ])("does not issue %s", (issuer) => {
    expect(versionOf(issuer, tenant)).toBeUndefined();
  });
});

describe("External ID", () => {
  it("gets its keys from the URL in its discovery document", () => {
    const source = authorityAt(external).keySource(tenant, "2.0");
    expect(source).toMatchObject({
      id: `${external}/${tenant}/v2.0/.well-known/openid-configuration`,
      tenant,
      location: { kind: "discovery", url: `${external}/${tenant}/v2.0/.well-known/openid-configuration` },
    });
  });
});

describe("a configured authority", () => {
  const local = "http://127.0.0.1:8788";

  it("issues both versions only at its own host", () => {
    expect(authorityAt(local).versionOf(`${local}/${tenant}/v2.0`, tenant)).toBe("2.0");
    expect(authorityAt(local).versionOf(`${local}/${tenant}/`, tenant)).toBe("1.0");
    expect(authorityAt(local, false).versionOf(`${local}/${tenant}/`, tenant)).toBeUndefined();
    expect(authorityAt(local).versionOf(`https://login.microsoftonline.com/${tenant}/v2.0`, tenant)).toBeUndefined();
    expect(authorityAt(local).versionOf(`https://${tenant}.ciamlogin.com/${tenant}/v2.0`, tenant)).toBeUndefined();
    expect(authorityAt(local).versionOf(`http://127.0.0.1:8789/${tenant}/v2.0`, tenant)).toBeUndefined();
  });

  it("has a discovery document for each version", () => {
    expect(authorityAt(local).keySource(tenant, "2.0").location.url).toBe(
      `${local}/${tenant}/v2.0/.well-known/openid-configuration`,
    );
    expect(authorityAt(local).keySource(tenant, "1.0").location.url).toBe(
      `${local}/${tenant}/.well-known/openid-configuration`,
    );
  });

  it("has its sign-in page at its own host", () => {
    expect(authorityAt(local).authorizationUri).toBe(`${local}/common/oauth2/authorize`);
  });
});
