import { base64url } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createEntra, type Entra } from "../../../entra/entra.ts";
import { createAuthority } from "../../../src/core/authority/authority.ts";
import type { FoundKeys } from "../../../src/core/keys/cached-keys.ts";
import { importSigningKey, type SigningKey } from "../../../src/core/keys/signing-key.ts";
import type { CheckedClaims } from "../../../src/core/token/claims.ts";
import { type Candidate, chooseKeys, verifySignature, vouchForKeys } from "../../../src/core/token/verify.ts";
import { otherTenant, tenant } from "../../support/claims.ts";

const login = "https://login.microsoftonline.com";
const issuer = `${login}/${tenant}/v2.0`;
const template = `${login}/{tenantid}/v2.0`;
const validity = { fromSeconds: 0, untilSeconds: 1 };
const checked: CheckedClaims = { authority: "default", version: "2.0", issuer, tenant, kind: "user", validity };

const candidateOf = (key: SigningKey): Candidate => ({ key, voucher: undefined });
const keyOf = (keyIssuer: string | undefined): SigningKey =>
  ({ kid: "kid", issuer: keyIssuer, modulus: "n" }) as unknown as SigningKey;
const foundOf = (keys: readonly SigningKey[], setIssuer?: string): FoundKeys =>
  ({ set: { issuer: setIssuer }, keys }) as unknown as FoundKeys;
const choose = (...issuers: (string | undefined)[]) => chooseKeys(foundOf(issuers.map(keyOf)), checked);

describe("chooseKeys", () => {
  it.each([template, `${login}/{tenantId}/v2.0`, `${login}/{TENANTID}/v2.0`, issuer, undefined])(
    "accepts a signature by a key of the issuer %s",
    (keyIssuer) => {
      expect(choose(keyIssuer)).toMatchObject({ ok: true, value: [{ key: { issuer: keyIssuer } }] });
    },
  );

  it.each([
    `${login}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`,
    `${login}/${otherTenant}/v2.0`,
    `${login}/${tenant}/v2.0/`,
    `${login}/{tenant}/v2.0`,
    `${login}/{tenantid}/`,
    "https://login.microsoftonline.us/{tenantid}/v2.0",
    "https://sts.windows.net/{tenantid}/",
    "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0",
    "{tenantid}",
    "",
  ])("refuses a signature by a key of the issuer %s", (keyIssuer) => {
    expect(choose(keyIssuer)).toEqual({ ok: false, error: { reason: "key_issuer_mismatch" } });
  });

  describe("in External ID", () => {
    const host = `https://${tenant}.ciamlogin.com`;
    const external: CheckedClaims = { ...checked, issuer: `${host}/${tenant}/v2.0` };
    const chooseExternal = (keyIssuer: string | undefined) =>
      chooseKeys(foundOf([keyOf(keyIssuer)], external.issuer), external);

    it.each([
      "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0",
      "https://{tenantId}.ciamlogin.com/{TENANTID}/v2.0",
      `${host}/{tenantid}/v2.0`,
      `https://{tenantid}.ciamlogin.com/${tenant}/v2.0`,
      external.issuer,
      undefined,
    ])("accepts a signature by a key of the issuer %s", (keyIssuer) => {
      expect(chooseExternal(keyIssuer)).toMatchObject({ ok: true, value: [{ key: { issuer: keyIssuer } }] });
    });

    it.each([
      `https://{tenantid}.ciamlogin.com/${otherTenant}/v2.0`,
      `https://${otherTenant}.ciamlogin.com/{tenantid}/v2.0`,
      "https://contoso.ciamlogin.com/{tenantid}/v2.0",
      "https://{tenantid}.ciamlogin.com/{tenantid}/",
      "https://{tenantid}{tenantid}.ciamlogin.com/{tenantid}/v2.0",
      template,
      "https://login.contoso.com/{tenantid}/v2.0",
    ])("refuses a signature by a key of the issuer %s", (keyIssuer) => {
      expect(chooseExternal(keyIssuer)).toEqual({ ok: false, error: { reason: "key_issuer_mismatch" } });
    });
  });

  it("finds all keys that may sign among several with the same kid", () => {
    const other = `${login}/${otherTenant}/v2.0`;
    const chosen = [{ key: { issuer: template } }, { key: { issuer } }];
    expect(choose(other, template, other, issuer)).toMatchObject({ ok: true, value: chosen });
    expect(choose(other, other)).toEqual({ ok: false, error: { reason: "key_issuer_mismatch" } });
    expect(choose()).toEqual({ ok: false, error: { reason: "key_issuer_mismatch" } });
  });

  it("requires the issuer of the discovery document that led to the keys", () => {
    const keys = [keyOf(undefined)];
    expect(chooseKeys(foundOf(keys, issuer), checked).ok).toBe(true);
    expect(chooseKeys(foundOf(keys, `https://${tenant}.ciamlogin.com/${tenant}/v2.0`), checked)).toEqual({
      ok: false,
      error: { reason: "issuer_mismatch" },
    });
  });
});

describe("vouchForKeys", () => {
  const authority = createAuthority({
    cloud: "public",
    authority: undefined,
    acceptV1: true,
    tenants: { decided: "in-code" },
  });
  const v1: CheckedClaims = { ...checked, version: "1.0", issuer: `https://sts.windows.net/${tenant}/` };
  const candidate = candidateOf(keyOf(undefined));
  const vouchFor = (candidates: readonly Candidate[], ...keys: readonly SigningKey[]) =>
    vouchForKeys(candidates, v1, authority, { ok: true, value: foundOf(keys) });
  const vouch = (...keys: readonly SigningKey[]) => vouchFor([candidate], ...keys);
  const mismatch = { ok: false, error: { reason: "key_issuer_mismatch" } };

  it.each([template, issuer, undefined])("accepts a key with issuer %s in the v2.0 document", (keyIssuer) => {
    const voucher = keyOf(keyIssuer);
    expect(vouch(voucher)).toEqual({ ok: true, value: [{ ...candidate, voucher }] });
  });

  it.each([
    `${login}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`,
    `${login}/${otherTenant}/v2.0`,
    "https://login.microsoftonline.us/{tenantid}/v2.0",
    "https://sts.windows.net/{tenantid}/",
  ])("refuses a key with issuer %s in the v2.0 document", (keyIssuer) => {
    expect(vouch(keyOf(keyIssuer))).toEqual(mismatch);
  });

  it("refuses a key if the v2.0 document has another one with the same kid", () => {
    expect(vouch({ ...keyOf(template), modulus: "other" })).toEqual(mismatch);
  });

  it("accepts a key that is one of several with the same kid in the v2.0 document", () => {
    expect(vouch({ ...keyOf(template), modulus: "other" }, keyOf(template))).toMatchObject({ ok: true });
  });

  it("leaves only the tenant's own keys of several with the same kid", () => {
    const other = candidateOf({ ...keyOf(undefined), modulus: "other" });
    const voucher = keyOf(template);
    const foreign = { ...keyOf(`${login}/${otherTenant}/v2.0`), modulus: "other" };
    expect(vouchFor([other, candidate], foreign, voucher)).toEqual({
      ok: true,
      value: [{ ...candidate, voucher }],
    });
  });

  it("refuses a key if its tenant is unknown", () => {
    const error = { reason: "keys_unavailable", retryAfterSeconds: 1 } as const;
    expect(vouchForKeys([candidate], v1, authority, { ok: false, error })).toEqual({ ok: false, error });
  });
});

describe("verifySignature", () => {
  let entra: Entra;
  let token: string;
  let key: SigningKey;
  let otherKey: SigningKey;
  const invalid = { ok: false, error: { reason: "signature_invalid" } };

  beforeAll(async () => {
    entra = createEntra();
    token = await entra.issueAccessToken();
    const described = await entra.keys();
    const rule = { instanceName: undefined, tenantSpecific: true };
    const load = (signing: boolean) => {
      const found = described.find((each) => each.kind === "ordinary" && each.signing === signing);
      return importSigningKey({ ...found?.publicJwk, kid: found?.kid }, rule);
    };
    [key, otherKey] = (await Promise.all([load(true), load(false)])) as [SigningKey, SigningKey];
  });

  const verify = (text: string, ...keys: readonly SigningKey[]) => verifySignature(text, keys.map(candidateOf));
  /** The token with one part replaced. */
  const replace = (index: 0 | 1 | 2, text: string) => token.split(".").with(index, text).join(".");
  const signatureBytes = () => base64url.decode(token.split(".")[2] ?? "");
  const resign = (bytes: Uint8Array) => replace(2, base64url.encode(bytes));

  it("accepts what the key signed", async () => {
    expect(await verify(token, key)).toEqual({ ok: true, value: candidateOf(key) });
  });

  it("tries each of several keys, but not more than three", async () => {
    expect(await verify(token, otherKey, otherKey, key)).toEqual({ ok: true, value: candidateOf(key) });
    expect(await verify(token, otherKey, otherKey, otherKey, key)).toEqual(invalid);
    expect(await verify(token)).toEqual(invalid);
  });

  it("refuses what another key signed", async () => {
    expect(await verify(token, otherKey)).toEqual(invalid);
  });

  it("refuses a signature with any one bit changed", async () => {
    for (const at of [0, 1, 127, 254, 255]) {
      const bytes = signatureBytes();
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(await verify(resign(bytes), key)).toEqual(invalid);
    }
  });

  it.each([
    ["all zeros", () => new Uint8Array(256)],
    ["cut", () => signatureBytes().slice(0, 255)],
    ["longer", () => new Uint8Array([...signatureBytes(), 0])],
    ["one byte", () => new Uint8Array([1])],
  ])("refuses a signature that is %s", async (_, bytes) => {
    expect(await verify(resign(bytes()), key)).toEqual(invalid);
  });

  it("refuses the signature of another token", async () => {
    const other = await entra.issueAccessToken({ persona: "admin" });
    expect(await verify(replace(2, other.split(".")[2] ?? ""), key)).toEqual(invalid);
  });

  it("refuses another payload or header under the same signature", async () => {
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(token.split(".")[1] ?? "")));
    const raised = base64url.encode(JSON.stringify({ ...claims, roles: ["Orders.Admin"] }));
    expect(await verify(replace(1, raised), key)).toEqual(invalid);
    const header = base64url.encode(JSON.stringify({ typ: "JWT", alg: "RS256", kid: "another" }));
    expect(await verify(replace(0, header), key)).toEqual(invalid);
  });

  it.each(["none", "HS256", "RS384", "RS512", "PS256", "ES256"])(
    "refuses a header that has %s, although the key signed it",
    async (alg) => {
      const signed = await entra.sign({ header: { typ: "JWT", alg, kid: key.kid }, payload: { sub: "x" } });
      expect(await verify(signed, key)).toEqual(invalid);
    },
  );

  it("throws if the token did not cause the fault", async () => {
    const broken = { ...key, cryptoKey: {} as CryptoKey };
    await expect(verify(token, broken)).rejects.toThrow();
  });
});
