/** As Entra writes it, in lower case. */
export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

const words = 4;
/** FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
const [offsetBasis, prime] = [0x811c9dc5, 0x01000193];

/**
 * Derives a GUID that is the same at each start (RFC 9562 section 5.8), for entries of a configuration without an ID.
 * It is not secret, and the configuration is refused if two are equal.
 */
export function deriveGuid(text: string): string {
  const hex = Array.from({ length: words }, (_, word) => hash(`${word}/${text}`)).join("");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)];
  return parts.join("-");
}

function hash(text: string): string {
  let value = offsetBasis;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, prime);
  return (value >>> 0).toString(16).padStart(8, "0");
}
