import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import { createLocalEntra } from "../../../entra/server/entra.ts";

const publicCloud = "https://login.microsoftonline.com";
const entra = createLocalEntra();

interface Documents {
  readonly issuer: string;
  readonly keys: readonly { kid: string; x5t: string; n: string; x5c: readonly [string] }[];
}

async function read(url: string) {
  const response = await entra.fetch(new Request(url));
  return { status: response.status, headers: response.headers, body: (await response.json()) as Documents };
}

describe("metadata", () => {
  it.each([
    ["https://login.microsoftonline.com", "microsoftonline.com", "https://sts.windows.net"],
    ["https://login.microsoftonline.us", "microsoftonline.us", "https://sts.windows.net"],
    ["https://login.partner.microsoftonline.cn", "partner.microsoftonline.cn", "https://sts.chinacloudapi.cn"],
    ["http://127.0.0.1:8788", "127.0.0.1:8788", "http://127.0.0.1:8788"],
  ])("has the issuers of %s", async (authority, cloud, sts) => {
    const base = `${authority}/${tenants.contoso.id}`;
    const v2 = await read(`${base}/v2.0/.well-known/openid-configuration`);
    expect(v2.body).toMatchObject({
      issuer: `${base}/v2.0`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      cloud_instance_name: cloud,
      id_token_signing_alg_values_supported: ["RS256"],
    });
    const v1 = await read(`${base}/.well-known/openid-configuration`);
    expect(v1.body).toMatchObject({
      issuer: `${sts}/${tenants.contoso.id}/`,
      jwks_uri: `${base}/discovery/keys`,
    });
  });

  it.each(["common", "organizations"])("has the template for %s", async (segment) => {
    const { body } = await read(`${publicCloud}/${segment}/v2.0/.well-known/openid-configuration`);
    expect(body.issuer).toBe(`${publicCloud}/{tenantid}/v2.0`);
  });

  it("has the tenant of personal accounts for consumers", async () => {
    const { body } = await read(`${publicCloud}/consumers/v2.0/.well-known/openid-configuration`);
    expect(body.issuer).toBe(`${publicCloud}/${tenants.msa.id}/v2.0`);
  });

  it("may be cached for a day", async () => {
    const { headers } = await read(`${publicCloud}/common/v2.0/.well-known/openid-configuration`);
    expect(headers.get("Cache-Control")).toBe("max-age=86400, private");
  });

  it.each(["/v2.0/.well-known/openid-configuration", "/discovery/v2.0/keys"])(
    "refuses an unknown tenant: %s",
    async (path) => {
      const { status, body } = await read(`${publicCloud}/d00d0000-0000-4000-8000-000000000000${path}`);
      expect(status).toBe(400);
      expect(body).toMatchObject({
        error: "invalid_tenant",
        error_codes: [90002],
        error_description: expect.stringMatching(/^AADSTS90002: /),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
        trace_id: expect.any(String),
        correlation_id: expect.any(String),
      });
    },
  );
});

describe("key set", () => {
  const jwk = {
    kty: "RSA",
    use: "sig",
    e: "AQAB",
    n: expect.stringMatching(/^[\w-]{342}$/),
    kid: expect.stringMatching(/^[\w-]{27}$/),
    x5t: expect.any(String),
    x5c: [expect.any(String)],
  };

  it("has ordinary keys with the template as issuer, and one of personal accounts with a concrete one", async () => {
    const { body } = await read(`${publicCloud}/${tenants.contoso.id}/discovery/v2.0/keys`);
    const ordinary = { ...jwk, issuer: `${publicCloud}/{tenantid}/v2.0`, cloud_instance_name: "microsoftonline.com" };
    const msa = { ...ordinary, issuer: `${publicCloud}/${tenants.msa.id}/v2.0` };
    expect(body).toEqual({ keys: [ordinary, ordinary, ordinary, msa] });
  });

  it("is the same for every tenant", async () => {
    const { body: contoso } = await read(`${publicCloud}/${tenants.contoso.id}/discovery/v2.0/keys`);
    const { body: fabrikam } = await read(`${publicCloud}/${tenants.fabrikam.id}/discovery/v2.0/keys`);
    expect(fabrikam).toEqual(contoso);
  });

  it("names no issuers in version 1.0", async () => {
    const { body } = await read(`${publicCloud}/${tenants.contoso.id}/discovery/keys`);
    expect(body).toEqual({ keys: [jwk, jwk, jwk, jwk] });
  });

  it("names each key by the SHA-1 of its self-signed certificate", async () => {
    const { body } = await read(`${publicCloud}/${tenants.contoso.id}/discovery/v2.0/keys`);
    for (const { kid, x5t, n, x5c } of body.keys) {
      const certificate = new X509Certificate(Buffer.from(x5c[0], "base64"));
      const thumbprint = Buffer.from(certificate.fingerprint.replaceAll(":", ""), "hex").toString("base64url");
      expect([kid, x5t]).toEqual([thumbprint, thumbprint]);
      expect(certificate.publicKey.export({ format: "jwk" })).toMatchObject({ n });
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now());
    }
  });
});

describe("counts", () => {
  it("counts requests by endpoint and tenant", async () => {
    const counted = createLocalEntra();
    await counted.fetch(new Request(`${publicCloud}/contoso/discovery/v2.0/keys`));
    await counted.fetch(new Request(`${publicCloud}/${tenants.contoso.id}/discovery/v2.0/keys`));
    await counted.fetch(new Request(`${publicCloud}/common/v2.0/.well-known/openid-configuration`));
    await counted.fetch(new Request(`${publicCloud}/local/counts`));
    const { total, tenants: byTenant } = counted.counts();
    expect(total).toEqual({ discovery: 1, keys: 2, authorize: 0, token: 0, moved: 0 });
    expect(byTenant[tenants.contoso.id]).toMatchObject({ keys: 2 });
    expect(byTenant).toHaveProperty("common.discovery", 1);
    counted.resetCounts();
    expect(counted.counts().tenants).toEqual({});
  });
});
