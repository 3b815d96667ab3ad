/** Writes bytes as lowercase hexadecimal. Node 22 and 24 have no `Uint8Array.prototype.toHex`. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (256 + byte).toString(16).slice(1)).join("");
}
