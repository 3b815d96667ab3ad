/** One value in DER (ITU-T X.690). */
export interface DerItem {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Tags of the types that private keys consist of. */
export const derTags = { integer: 0x02, bits: 0x03, bytes: 0x04, oid: 0x06, sequence: 0x30, publicKey: 0xa1 } as const;

/** The longest length in DER that a key needs: two bytes for the length of 64 KiB. */
const lengthBytes = 2;

/**
 * Reads the values that fill a text in DER.
 *
 * @throws RangeError if a value ends after the text, or its length is not written in a form that a key needs
 */
export function readDer(der: Uint8Array): readonly DerItem[] {
  const items: DerItem[] = [];
  for (let at = 0; at < der.length; ) {
    const [tag = 0, short = 0x80] = der.subarray(at, at + 2);
    // A first byte of the length above 0x80 is the number of its bytes, and 0x80 alone is not DER.
    const count = short < 0x80 ? 0 : short - 0x80;
    if (short >= 0x80 && (count === 0 || count > lengthBytes)) throw new RangeError("the length is not supported");
    const start = at + 2 + count;
    const length = count === 0 ? short : der.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    if (start + length > der.length) throw new RangeError("the DER is cut off");
    items.push({ tag, content: der.subarray(start, start + length) });
    at = start + length;
  }
  return items;
}

/**
 * Reads the value at a position, which must have a tag.
 *
 * @throws RangeError if it does not
 */
export function takeDer(items: readonly DerItem[], index: number, tag: number): Uint8Array {
  const item = items[index];
  if (item?.tag !== tag) throw new RangeError("the DER has another structure");
  return item.content;
}
