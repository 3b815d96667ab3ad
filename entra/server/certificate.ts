interface CertificateInput {
  readonly commonName: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** Tags of DER (ITU-T X.690 section 8). */
const tags = {
  integer: 0x02,
  bitString: 0x03,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
} as const;

/** `sha256WithRSAEncryption` with its NULL parameters (RFC 4055 section 5). */
const signatureAlgorithm = Uint8Array.of(0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 11, 5, 0);
/** `id-at-commonName` (RFC 5280 appendix A.1). */
const commonNameType = Uint8Array.of(6, 3, 0x55, 4, 3);

/**
 * Creates a self-signed certificate, version 3, signed with RS256. Entra publishes such certificates as `x5c`, and
 * their SHA-1 as `kid`.
 *
 * @returns the certificate in DER (RFC 5280 section 4.1)
 */
export async function createCertificate(input: CertificateInput): Promise<Uint8Array<ArrayBuffer>> {
  const { commonName, publicKey, privateKey, notBeforeSeconds, notAfterSeconds } = input;
  const name = write("sequence", write("set", write("sequence", commonNameType, writeText("utf8String", commonName))));
  const content = write(
    "sequence",
    write("version", write("integer", Uint8Array.of(2))),
    write("integer", Uint8Array.of(1)),
    signatureAlgorithm,
    name,
    write("sequence", writeTime(notBeforeSeconds), writeTime(notAfterSeconds)),
    name,
    new Uint8Array((await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer),
  );
  const signature = new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, content));
  return write("sequence", content, signatureAlgorithm, write("bitString", Uint8Array.of(0), signature));
}

/** With two digits for the year until 2049, and with four from 2050 on (RFC 5280 section 4.1.2.5). */
function writeTime(seconds: number): Uint8Array<ArrayBuffer> {
  const text = new Date(seconds * 1_000).toISOString().replace(/\.\d+|[-:T]/g, "");
  return text < "2050" ? writeText("utcTime", text.slice(2)) : writeText("generalizedTime", text);
}

function writeText(tag: keyof typeof tags, text: string): Uint8Array<ArrayBuffer> {
  return write(tag, new TextEncoder().encode(text));
}

/** Writes a tag, the length of the parts, and the parts. */
function write(tag: keyof typeof tags, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
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

/** One byte, or from 128 on the number of bytes and the length in them. */
function writeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes = length > 0xff ? [length >> 8, length & 0xff] : [length];
  return [0x80 + bytes.length, ...bytes];
}
