/**
 * Reads a block of a PEM text (RFC 7468). White space and `\n` as text do not matter, because some shells change the
 * line breaks of secrets.
 *
 * @returns `undefined` if there is no such block
 */
export function readPemBlock(pem: string, label: string): Uint8Array<ArrayBuffer> | undefined {
  const block = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s\\\\]+?)-----END ${label}-----`).exec(pem)?.[1];
  try {
    const text = block?.replace(/\\[rn]|\s/g, "");
    return text ? Uint8Array.from(atob(text), (character) => character.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}
