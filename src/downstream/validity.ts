/** From when to when a certificate counts, in seconds since the epoch. */
export interface Validity {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** One element of DER: tag, length, content (X.690 section 8.1). */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** What follows it. */
  readonly rest: Uint8Array;
}

const sequence = 0x30;
const explicitVersion = 0xa0;
const utcTime = 0x17;
const generalizedTime = 0x18;

/**
 * Reads the validity out of a certificate (RFC 5280 section 4.1.2.5). The platform has no reader of certificates that
 * does not belong to Node.
 *
 * @param der the certificate
 * @returns `undefined` where it is none
 */
export function readValidity(der: Uint8Array): Validity | undefined {
  const certificate = readElement(der, sequence);
  const signed = certificate && readElement(certificate.content, sequence);
  if (signed === undefined) return undefined;
  const version = readElement(signed.content, explicitVersion);
  // Serial number, signature algorithm and issuer come before it.
  let rest = version?.rest ?? signed.content;
  for (let skipped = 0; skipped < 3; skipped += 1) rest = readElement(rest)?.rest ?? new Uint8Array();
  const validity = readElement(rest, sequence);
  const notBefore = validity && readElement(validity.content);
  const notAfter = notBefore && readElement(notBefore.rest);
  const notBeforeSeconds = readTime(notBefore);
  const notAfterSeconds = readTime(notAfter);
  if (notBeforeSeconds === undefined || notAfterSeconds === undefined) return undefined;
  return { notBeforeSeconds, notAfterSeconds };
}

function readElement(bytes: Uint8Array, wantedTag?: number): Element | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (wantedTag !== undefined && tag !== wantedTag)) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 3) return undefined;
  const start = 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : bytes.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (bytes.length < start + length) return undefined;
  return { tag, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

/** UTCTime stands for the years 1950 to 2049; both forms end in Z. */
function readTime(element: Element | undefined): number | undefined {
  if (element === undefined) return undefined;
  const text = new TextDecoder().decode(element.content);
  const century = element.tag === utcTime ? (text < "50" ? "20" : "19") : "";
  if (element.tag !== utcTime && element.tag !== generalizedTime) return undefined;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1_000;
}
