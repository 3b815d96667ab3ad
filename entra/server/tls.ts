// The certificate authority of a user's local Entra, and the certificates of its servers.
import { generateKeyPair } from "../keys/key-ring.ts";
import { createCertificate } from "./certificate.ts";
import { createAuthorityExtensions, createServerExtensions, type HostNames, loopbackNames } from "./extensions.ts";

/** A key pair and its certificate, in DER. */
export interface CertifiedKeys extends CryptoKeyPair {
  readonly certificate: Uint8Array<ArrayBuffer>;
}

const daySeconds = 24 * 3600;
/** Clocks of a machine and of its containers can differ. */
const backdatedSeconds = daySeconds;
const authorityDays = 5 * 365;
/** Longer than anybody runs one process. Apple's clients refuse certificates that are valid for more than 825 days. */
const serverDays = 90;
/** RFC 5280 section 4.1.2.2 allows 20 bytes. */
const serialNumberBytes = 16;

/**
 * Creates an authority that can certify only servers of this machine: its critical name constraints forbid every other
 * host.
 */
export async function createAuthority(nowSeconds: number): Promise<CertifiedKeys> {
  const { publicKey, privateKey } = await generateKeyPair(2048);
  const certificate = await createCertificate({
    commonName: `entra-gate local authority ${crypto.randomUUID().slice(0, 8)}`,
    publicKey,
    privateKey,
    serialNumber: createSerialNumber(),
    notBeforeSeconds: nowSeconds - backdatedSeconds,
    notAfterSeconds: nowSeconds + authorityDays * daySeconds,
    extensions: await createAuthorityExtensions(publicKey, loopbackNames),
  });
  return { publicKey, privateKey, certificate };
}

/** What the authority needs to certify a server. */
export interface Certifier extends CryptoKeyPair {
  /** Common name in the authority's certificate. */
  readonly commonName: string;
  /** End of the authority's certificate. */
  readonly notAfterSeconds: number;
}

/**
 * Creates a key and its certificate for one start of a server.
 *
 * @param names for a test of the constraints; by default those of this machine
 */
export async function createServerKeys(
  authority: Certifier,
  nowSeconds: number,
  names: HostNames = loopbackNames,
): Promise<CertifiedKeys> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = (await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const certificate = await createCertificate({
    commonName: names.dnsNames[0] ?? "localhost",
    issuerName: authority.commonName,
    publicKey,
    privateKey: authority.privateKey,
    serialNumber: createSerialNumber(),
    notBeforeSeconds: nowSeconds - backdatedSeconds,
    notAfterSeconds: Math.min(nowSeconds + serverDays * daySeconds, authority.notAfterSeconds),
    extensions: await createServerExtensions(authority.publicKey, names),
  });
  return { publicKey, privateKey, certificate };
}

function createSerialNumber(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(serialNumberBytes));
  // Positive, and without a superfluous leading zero.
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}
