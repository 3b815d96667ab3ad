/** Tag of a SEQUENCE in DER (ITU-T X.690 section 8). */
const sequence = 0x30;
/** Tag of the version of a certificate, which version 1 omits. */
const version = 0xa0;
/** Tag of a time with two digits for the year. */
const utcTime = 0x17;

/** The end of a certificate's validity (RFC 5280 section 4.1.2.5), in seconds since the epoch. */
export function findNotAfterSeconds(der: Uint8Array): number {
  const certificate = readElement(der, 0);
  const content = readElement(der, certificate.start);
  let at = content.start;
  // Version, serial number, algorithm and issuer come before the validity.
  const skipped = der[at] === version ? 4 : 3;
  for (let count = 0; count < skipped; count += 1) at = readElement(der, at).end;
  const validity = readElement(der, at);
  if (validity.tag !== sequence) throw new RangeError("the certificate has no validity");
  const notAfter = readElement(der, readElement(der, validity.start).end);
  const digits = new TextDecoder().decode(der.subarray(notAfter.start, notAfter.end));
  const text = notAfter.tag === utcTime ? `${Number(digits.slice(0, 2)) < 50 ? "20" : "19"}${digits}` : digits;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
}

function readElement(der: Uint8Array, at: number): { tag: number; start: number; end: number } {
  const first = der[at + 1]!;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const bytes = der.subarray(at + 2, at + 2 + lengthBytes);
  const length = first < 0x80 ? first : bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const start = at + 2 + lengthBytes;
  return { tag: der[at]!, start, end: start + length };
}
