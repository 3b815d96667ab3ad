/** The primes of the published fingerprint; a sound key passes for all of them by chance once in 2^27. */
const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const generator = 65_537;

/**
 * Whether a modulus was made by the chips that make factorable ones (CVE-2017-15361): modulo every small prime it is a
 * power of 65537 (Nemec and others, "The Return of Coppersmith's Attack", section 5).
 *
 * @param modulus big-endian bytes
 */
export function isRocaWeak(modulus: Uint8Array): boolean {
  const value = BigInt(`0x${modulus.toHex()}`);
  return primes.every((prime) => isPowerOfGenerator(Number(value % BigInt(prime)), prime));
}

function isPowerOfGenerator(residue: number, prime: number): boolean {
  let power = 1;
  do {
    if (power === residue) return true;
    power = (power * generator) % prime;
  } while (power !== 1);
  return false;
}
