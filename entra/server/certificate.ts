import { writeDer, writeDerText, writeDerTime } from "./der.ts";

export interface CertificateInput {
  readonly commonName: string;
  readonly publicKey: CryptoKey;
  /** The issuer's RSA key; the subject's own for a self-signed certificate. */
  readonly privateKey: CryptoKey;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** Common name of the issuer; the subject's own if absent. */
  readonly issuerName?: string;
  /** A positive number, big-endian, whose first bit is 0; 1 if absent. */
  readonly serialNumber?: Uint8Array;
  /** Written by `extensions.ts`. */
  readonly extensions?: readonly Uint8Array[];
}

/** `sha256WithRSAEncryption` with its NULL parameters (RFC 4055 section 5). */
const signatureAlgorithm = Uint8Array.of(0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 11, 5, 0);
/** `id-at-commonName` (RFC 5280 appendix A.1). */
const commonNameType = Uint8Array.of(6, 3, 0x55, 4, 3);

/**
 * Creates a certificate, version 3, signed with RS256. Entra publishes self-signed ones as `x5c`, and their SHA-1 as
 * `kid`.
 *
 * @returns the certificate in DER (RFC 5280 section 4.1)
 */
export async function createCertificate(input: CertificateInput): Promise<Uint8Array<ArrayBuffer>> {
  const { commonName, publicKey, privateKey, notBeforeSeconds, notAfterSeconds } = input;
  const { issuerName = commonName, serialNumber = Uint8Array.of(1), extensions = [] } = input;
  const content = writeDer(
    "sequence",
    writeDer("constructed0", writeDer("integer", Uint8Array.of(2))),
    writeDer("integer", serialNumber),
    signatureAlgorithm,
    writeName(issuerName),
    writeDer("sequence", writeDerTime(notBeforeSeconds), writeDerTime(notAfterSeconds)),
    writeName(commonName),
    new Uint8Array((await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer),
    ...(extensions.length > 0 ? [writeDer("constructed3", writeDer("sequence", ...extensions))] : []),
  );
  const signature = new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, content));
  return writeDer("sequence", content, signatureAlgorithm, writeDer("bitString", Uint8Array.of(0), signature));
}

function writeName(commonName: string): Uint8Array {
  return writeDer(
    "sequence",
    writeDer("set", writeDer("sequence", commonNameType, writeDerText("utf8String", commonName))),
  );
}
