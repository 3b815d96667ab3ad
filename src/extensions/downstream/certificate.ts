import { X509Certificate } from "node:crypto";
import { base64url, type CryptoKey, importPKCS8, importX509 } from "jose";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { readPemBlock } from "../../core/config/pem.ts";

/** When a certificate is valid, in seconds since the epoch (RFC 5280 section 4.1.2.5). */
interface Validity {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** A certificate with its private key, for client assertions. */
export interface ClientCertificate extends Validity {
  /** base64url of the certificate's SHA-256, by which Entra identifies it (RFC 7515 section 4.1.8). */
  readonly thumbprint: string;
  readonly key: CryptoKey;
}

/** Algorithm of client assertions. Entra's documentation recommends PS256. */
export const assertionAlgorithm = "PS256";

const probe = new Uint8Array(32);
const pss = { name: "RSA-PSS", saltLength: 32 };

/**
 * Reads a certificate and its private key from one text.
 *
 * @param pem the blocks CERTIFICATE and PRIVATE KEY (RFC 7468) in any order; the first certificate counts
 * @returns the certificate, or its fault without a part of the text
 */
export async function readCertificate(pem: string): Promise<Result<ClientCertificate, string>> {
  const certificate = readPemBlock(pem, "CERTIFICATE");
  if (certificate === undefined) return fail("has no PEM block CERTIFICATE");
  const privateKey = readPemBlock(pem, "PRIVATE KEY");
  if (privateKey === undefined) {
    return fail("has no PEM block PRIVATE KEY. Convert the key with openssl pkcs8 -topk8 -nocrypt");
  }
  const validity = readValidity(certificate);
  if (validity === undefined) return fail("has an unreadable certificate");
  try {
    const key = await importPKCS8(writeBlock(privateKey, "PRIVATE KEY"), assertionAlgorithm);
    const publicKey = await importX509(writeBlock(certificate, "CERTIFICATE"), assertionAlgorithm);
    const { modulusLength } = key.algorithm as unknown as { modulusLength: number };
    if (modulusLength < limits.keyBitsMinimum) return fail(`has a key of less than ${limits.keyBitsMinimum} bits`);
    const signature = await crypto.subtle.sign(pss, key, probe);
    if (!(await crypto.subtle.verify(pss, publicKey, signature, probe))) {
      return fail("has a private key that does not match the certificate");
    }
    const thumbprint = base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", certificate)));
    return succeed({ ...validity, thumbprint, key });
  } catch {
    return fail("has no readable RSA key");
  }
}

/** Web Crypto cannot read certificates. Node can, and Workers, Deno and Bun have the same API. */
function readValidity(certificate: Uint8Array): Validity | undefined {
  try {
    const { validFrom, validTo } = new X509Certificate(certificate);
    const [notBeforeMs, notAfterMs] = [Date.parse(validFrom), Date.parse(validTo)];
    if (Number.isNaN(notBeforeMs) || Number.isNaN(notAfterMs)) return undefined;
    return { notBeforeSeconds: notBeforeMs / 1_000, notAfterSeconds: notAfterMs / 1_000 };
  } catch {
    return undefined;
  }
}

function writeBlock(bytes: Uint8Array, label: string): string {
  return `-----BEGIN ${label}-----\n${btoa(String.fromCharCode(...bytes))}\n-----END ${label}-----`;
}
