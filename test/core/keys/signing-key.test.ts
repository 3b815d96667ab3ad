import { beforeAll, describe, expect, it, vi } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { type ImportedKeys, importSigningKey, type SigningKey } from "../../../src/core/keys/signing-key.ts";

const rule = { instanceName: "microsoftonline.com", tenantSpecific: true };
let good: Record<string, unknown>;

beforeAll(async () => {
  good = {
    ...(await makeJwk(2048)),
    kid: "good",
    use: "sig",
    issuer: "https://login.microsoftonline.com/{tenantid}/v2.0",
  };
});

async function makeJwk(modulusLength: number, exponent = [1, 0, 1]): Promise<Record<string, unknown>> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength,
    publicExponent: new Uint8Array(exponent),
  };
  const { publicKey } = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const { kty, n, e } = (await crypto.subtle.exportKey("jwk", publicKey)) as JsonWebKey;
  return { kty, n, e };
}

const imports = async (change: object) => (await importSigningKey({ ...good, ...change }, rule)) !== undefined;

describe("importSigningKey", () => {
  it.each([
    {},
    { use: undefined },
    { alg: "RS256" },
    { key_ops: ["verify"] },
    { issuer: undefined },
    { cloud_instance_name: "microsoftonline.com" },
    { x5c: ["not looked at"] },
    { kid: "k".repeat(limits.kidCharacters) },
  ])("accepts a key with %j", async (change) => {
    expect(await imports(change)).toBe(true);
  });

  it.each([
    { kty: "EC" },
    { kty: "oct" },
    { kty: undefined },
    { use: "enc" },
    { use: 1 },
    { alg: "PS256" },
    { alg: "RS512" },
    { key_ops: ["encrypt"] },
    { key_ops: "verify" },
    { kid: "" },
    { kid: undefined },
    { kid: 7 },
    { kid: "k".repeat(limits.kidCharacters + 1) },
    { e: "AQ" },
    { e: "Aw" },
    { e: undefined },
    { n: undefined },
    { n: "" },
    { n: 5 },
    { n: "not base64url!" },
    { issuer: 1 },
    { cloud_instance_name: "microsoftonline.us" },
    { d: "AQ" },
  ])("ignores a key with %j", async (change) => {
    expect(await imports(change)).toBe(false);
  });

  it("ignores a modulus in another encoding of the same number", async () => {
    expect(await imports({ n: `${good.n}==` })).toBe(false);
    expect(await imports({ n: `AAAA${good.n}` })).toBe(false);
  });

  it.each([1024, 2040])("ignores a key of %i bits", async (bits) => {
    expect(
      await imports({ n: new Uint8Array(bits / 8).fill(0xf1).toBase64({ alphabet: "base64url", omitPadding: true }) }),
    ).toBe(false);
  });

  it("accepts keys of up to 8192 bits", async () => {
    const modulus = (bytes: number) => {
      const value = new Uint8Array(bytes).fill(0xf1);
      return value.toBase64({ alphabet: "base64url", omitPadding: true });
    };
    expect(await imports({ n: modulus(1024) })).toBe(true);
    expect(await imports({ n: modulus(1025) })).toBe(false);
  });

  it("ignores a key that is one bit too short", async () => {
    const value = new Uint8Array(limits.keyBitsMinimum / 8).fill(0xf1);
    value[0] = 0x7f;
    expect(await imports({ n: value.toBase64({ alphabet: "base64url", omitPadding: true }) })).toBe(false);
  });

  it("ignores an even modulus", async () => {
    const value = new Uint8Array(limits.keyBitsMinimum / 8).fill(0xf1);
    value[value.length - 1] = 0xf2;
    expect(await imports({ n: value.toBase64({ alphabet: "base64url", omitPadding: true }) })).toBe(false);
  });

  it("accepts a key of any instance if the authority names none", async () => {
    const anywhere = { instanceName: undefined, tenantSpecific: true };
    expect(await importSigningKey({ ...good, cloud_instance_name: "ciamlogin.com" }, anywhere)).toBeDefined();
  });

  it("creates a key that verifies and cannot be exported", async () => {
    const key = await importSigningKey(good, rule);
    expect(key?.cryptoKey).toMatchObject({ type: "public", extractable: false, usages: ["verify"] });
  });

  it.each([{ kid: "other" }, { issuer: "https://issuer.example" }, { kid: "other", issuer: "https://issuer.example" }])(
    "imports a key of several tenants once, and keeps the members of each set: %j",
    async (change) => {
      const imported: ImportedKeys = new Map();
      const first = await importSigningKey(good, rule, imported);
      const second = await importSigningKey({ ...good, ...change }, rule, imported);
      expect(second?.cryptoKey).toBe(first?.cryptoKey);
      expect(second).toMatchObject({ kid: "good", issuer: good.issuer, modulus: good.n, ...change });
      expect(first).toMatchObject({ kid: "good", issuer: good.issuer });
      expect(await importSigningKey(good, rule, imported)).toBe(first);
      expect(await importSigningKey({ ...good, e: "Aw" }, rule, imported)).toBeUndefined();
    },
  );

  it("ignores a key that the platform cannot import, and does not keep it", async () => {
    const imported: ImportedKeys = new Map();
    const importKey = vi.spyOn(crypto.subtle, "importKey").mockRejectedValue(new DOMException("", "DataError"));
    try {
      expect(await importSigningKey(good, rule, imported)).toBeUndefined();
      expect(importKey).toHaveBeenCalledOnce();
    } finally {
      importKey.mockRestore();
    }
    expect(imported.size).toBe(0);
  });

  it("drops imported keys when there are many", async () => {
    const known = (await importSigningKey(good, rule)) as SigningKey;
    const imported: ImportedKeys = new Map(
      Array.from({ length: limits.importedKeys }, (_, index) => [`${index}`, known]),
    );
    expect(await importSigningKey(good, rule, imported)).toMatchObject({ kid: "good" });
    expect([...imported.keys()]).toEqual([good.n]);
  });

  it.each([null, undefined, 1, "key", [], {}])("ignores %j", async (jwk) => {
    expect(await importSigningKey(jwk, rule)).toBeUndefined();
  });

  it("requires an issuer if the set is not tenant-specific", async () => {
    const shared = { ...rule, tenantSpecific: false };
    expect(await importSigningKey(good, shared)).toBeDefined();
    expect(await importSigningKey({ ...good, issuer: undefined }, shared)).toBeUndefined();
  });
});
