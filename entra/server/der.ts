// A writer of DER (ITU-T X.690 section 10), as far as certificates need it.

/** Tags (ITU-T X.690 section 8). */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Primitive types with a tag of their context: `[0]`, `[2]` and `[7]`. */
  context0: 0x80,
  context2: 0x82,
  context7: 0x87,
  /** Constructed types with a tag of their context: `[0]` and `[3]`. */
  constructed0: 0xa0,
  constructed3: 0xa3,
} as const;

export type DerTag = keyof typeof tags;

/** Writes a tag, the length of the parts, and the parts. */
export function writeDer(tag: DerTag, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, { length }) => sum + length, 0);
  const header = [tags[tag], ...writeLength(length)];
  const written = new Uint8Array(header.length + length);
  written.set(header);
  let offset = header.length;
  for (const part of parts) {
    written.set(part, offset);
    offset += part.length;
  }
  return written;
}

export function writeDerText(tag: DerTag, text: string): Uint8Array<ArrayBuffer> {
  return writeDer(tag, new TextEncoder().encode(text));
}

/** With two digits for the year until 2049, and with four from 2050 on (RFC 5280 section 4.1.2.5). */
export function writeDerTime(seconds: number): Uint8Array<ArrayBuffer> {
  const text = new Date(seconds * 1_000).toISOString().replace(/\.\d+|[-:T]/g, "");
  return text < "2050" ? writeDerText("utcTime", text.slice(2)) : writeDerText("generalizedTime", text);
}

/** One byte, or from 128 on the number of bytes and the length in them. */
function writeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes = length > 0xff ? [length >> 8, length & 0xff] : [length];
  return [0x80 + bytes.length, ...bytes];
}
