import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import type { IssuerHost } from "../../entra/common/authority.ts";
import { personalTenantId } from "../../entra/directory/create-directory.ts";
import { tenants } from "../../entra/directory/directory.ts";
import { createEntra } from "../../entra/entra.ts";
import { reuseKeyPairs } from "../support/key-pairs.ts";

const authority = "https://login.contoso.example";
const { id } = tenants.contoso;
const hosts: Readonly<Record<IssuerHost, (tenant: string) => string>> = {
  authority: () => authority,
  ciamlogin: (tenant) => `https://${tenant}.ciamlogin.com`,
  microsoftonline: () => "https://login.microsoftonline.com",
};

describe.each(Object.keys(hosts) as IssuerHost[])("with issuers of %s", (issuerHost) => {
  const entra = createEntra({ issuerHost, makeKeyPair: reuseKeyPairs() });
  const issuerOf = (tenant: string) => `${hosts[issuerHost](tenant)}/${tenant}/v2.0`;
  const read = async (path: string) => (await entra.fetch(new Request(`${authority}/${path}`))).json();

  it("names the issuer in metadata, and its own address for everything else", async () => {
    const document = await read(`${id}/v2.0/.well-known/openid-configuration`);
    expect(document).toMatchObject({
      issuer: issuerOf(id),
      jwks_uri: `${authority}/${id}/discovery/v2.0/keys`,
      token_endpoint: `${authority}/${id}/oauth2/v2.0/token`,
    });
  });

  it("names it in the keys, with a placeholder wherever the tenant is", async () => {
    const { keys } = (await read(`${id}/discovery/v2.0/keys`)) as { keys: { issuer: string }[] };
    const issuers = new Set(keys.map(({ issuer }) => issuer));
    expect(issuers).toEqual(new Set([issuerOf("{tenantid}"), issuerOf(personalTenantId)]));
  });

  it("names it in v2.0 tokens", async () => {
    expect(decodeJwt(await entra.issueAccessToken({ authority })).iss).toBe(issuerOf(id));
    expect(decodeJwt(await entra.issueIdToken({ authority })).iss).toBe(issuerOf(id));
    expect(decodeJwt(await entra.issueAccessToken({ authority, version: 1 })).iss).toBe(`${authority}/${id}/`);
  });
});
