// A self-signed X.509 certificate, just enough for what Entra publishes of one: `x5c`, and `kid` and `x5t` as its SHA-1.
import type { CryptoKey } from "jose";

interface CertificateInput {
  readonly commonName: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

const tag = {
  integer: 0x02,
  bitString: 0x03,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
};
const versionTag = 0xa0;
const sha256WithRsa = new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]);
const commonNameOid = new Uint8Array([0x55, 0x04, 0x03]);

/**
 * Makes a self-signed certificate, version 3, signed with RS256.
 *
 * @returns the certificate in DER (RFC 5280 section 4.1)
 */
export async function createCertificate(input: CertificateInput): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = encode(tag.sequence, encode(tag.oid, sha256WithRsa), encode(tag.null));
  const name = encodeName(input.commonName);
  const publicKeyInfo = new Uint8Array((await crypto.subtle.exportKey("spki", input.publicKey)) as ArrayBuffer);
  const content = encode(
    tag.sequence,
    encode(versionTag, encode(tag.integer, new Uint8Array([2]))),
    encode(tag.integer, new Uint8Array([1])),
    algorithm,
    name,
    encode(tag.sequence, encodeTime(input.notBeforeSeconds), encodeTime(input.notAfterSeconds)),
    name,
    publicKeyInfo,
  );
  const signature = new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", input.privateKey, content));
  const noUnusedBits = new Uint8Array([0]);
  return encode(tag.sequence, content, algorithm, encode(tag.bitString, noUnusedBits, signature));
}

function encodeName(commonName: string): Uint8Array<ArrayBuffer> {
  const text = encode(tag.utf8, new TextEncoder().encode(commonName));
  return encode(tag.sequence, encode(tag.set, encode(tag.sequence, encode(tag.oid, commonNameOid), text)));
}

/** UTCTime, `YYMMDDHHMMSSZ`: right for the years 1950 to 2049. */
function encodeTime(seconds: number): Uint8Array<ArrayBuffer> {
  const digits = new Date(seconds * 1000).toISOString().replace(/\D/g, "").slice(2, 14);
  return encode(tag.utcTime, new TextEncoder().encode(`${digits}Z`));
}

function encode(tagByte: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concatenate([new Uint8Array([tagByte, ...encodeLength(length)]), ...parts]);
}

function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return [0x82, length >> 8, length & 0xff];
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
