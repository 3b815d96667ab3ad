import { describe, expect, it } from "vitest";
import { importSigningKey, isRocaWeak } from "../../../src/core/keys/signing-key.ts";

/** The primes of the fingerprint: all odd ones up to 167. */
const primes = Array.from({ length: 83 }, (_, index) => 2n * BigInt(index) + 3n).filter((candidate) => {
  for (let divisor = 3n; divisor < candidate; divisor += 2n) if (candidate % divisor === 0n) return false;
  return true;
});
const product = primes.reduce((all, prime) => all * prime, 1n);

/** An odd number of 2048 bits that is a power of 65537 modulo all primes, as every modulus of those chips is. */
function weakModulus(exponent: number): bigint {
  let power = 1n;
  for (let factor = 0; factor < exponent; factor += 1) power = (power * 65_537n) % product;
  const modulus = power + product * ((3n << 2046n) / product);
  return modulus % 2n === 1n ? modulus : modulus + product;
}

const bytesOf = (modulus: bigint) => Uint8Array.fromHex(modulus.toString(16));

describe("a modulus of the chips of CVE-2017-15361", () => {
  it.each([0, 1, 2, 3, 1_000, 12_345])("is recognized by its residues: 65537 to the power of %i", (exponent) => {
    expect(isRocaWeak(bytesOf(weakModulus(exponent)))).toBe(true);
  });

  it.each(primes)("differs from one that is not a power modulo %i alone", (prime) => {
    const others = product / prime;
    let modulus = weakModulus(12_345);
    while (modulus % prime !== 0n) modulus += 2n * others;
    expect(isRocaWeak(bytesOf(modulus))).toBe(false);
  });

  it("makes a key unusable, but not one with the next modulus", async () => {
    const rule = { instanceName: undefined, tenantSpecific: true };
    const imports = (modulus: bigint) => {
      const n = bytesOf(modulus).toBase64({ alphabet: "base64url", omitPadding: true });
      return importSigningKey({ kty: "RSA", kid: "kid", n, e: "AQAB" }, rule);
    };
    expect(await imports(weakModulus(12_345))).toBeUndefined();
    expect(await imports(weakModulus(12_345) + 2n)).toBeDefined();
  });
});
