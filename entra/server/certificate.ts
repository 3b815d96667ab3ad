// The library uses tsyringe, which reads the metadata of classes and does not load without a polyfill for it.
import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";

interface CertificateInput {
  readonly commonName: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/**
 * Creates a self-signed certificate, version 3, signed with RS256. Entra publishes such certificates as `x5c`, and
 * their SHA-1 as `kid`.
 *
 * @returns the certificate in DER (RFC 5280 section 4.1)
 */
export async function createCertificate(input: CertificateInput): Promise<Uint8Array<ArrayBuffer>> {
  const { commonName, publicKey, privateKey, notBeforeSeconds, notAfterSeconds } = input;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    serialNumber: "01",
    notBefore: new Date(notBeforeSeconds * 1_000),
    notAfter: new Date(notAfterSeconds * 1_000),
    signingAlgorithm: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    keys: { publicKey, privateKey },
  });
  return new Uint8Array(certificate.rawData);
}
