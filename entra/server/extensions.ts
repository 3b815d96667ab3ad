// Extensions of the certificates with which the local Entra serves https (RFC 5280 section 4.2.1).
import { writeDer, writeDerText } from "./der.ts";

/** The only names for which the authority may certify a server: this machine. */
export interface HostNames {
  readonly dnsNames: readonly string[];
  /** Addresses of 4 or 16 bytes. */
  readonly addresses: readonly Uint8Array[];
}

export const loopbackNames: HostNames = {
  dnsNames: ["localhost"],
  addresses: [Uint8Array.of(127, 0, 0, 1), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
};

const identifiers = {
  subjectKey: Uint8Array.of(0x55, 29, 14),
  keyUsage: Uint8Array.of(0x55, 29, 15),
  subjectAlternativeName: Uint8Array.of(0x55, 29, 17),
  basicConstraints: Uint8Array.of(0x55, 29, 19),
  nameConstraints: Uint8Array.of(0x55, 29, 30),
  authorityKey: Uint8Array.of(0x55, 29, 35),
  extendedKeyUsage: Uint8Array.of(0x55, 29, 37),
};
/** `id-kp-serverAuth`. */
const serverAuthentication = Uint8Array.of(0x2b, 6, 1, 5, 5, 7, 3, 1);

/** A certificate that may issue only certificates of servers, and no further authorities. */
export async function createAuthorityExtensions(
  publicKey: CryptoKey,
  permitted: HostNames,
): Promise<readonly Uint8Array[]> {
  const permittedSubtrees = [
    ...permitted.dnsNames.map((name) => writeDerText("context2", name)),
    ...permitted.addresses.map((address) => writeDer("context7", address, new Uint8Array(address.length).fill(0xff))),
  ].map((name) => writeDer("sequence", name));
  return [
    writeExtension(
      "basicConstraints",
      writeDer("sequence", writeDer("boolean", Uint8Array.of(0xff)), writeDer("integer", Uint8Array.of(0))),
      "critical",
    ),
    // Bit 5, `keyCertSign`; two bits of the byte are unused.
    writeExtension("keyUsage", writeDer("bitString", Uint8Array.of(2, 0b0000_0100)), "critical"),
    writeExtension("extendedKeyUsage", writeServerUsage()),
    writeExtension("nameConstraints", writeDer("sequence", writeDer("constructed0", ...permittedSubtrees)), "critical"),
    writeExtension("subjectKey", writeDer("octetString", await deriveKeyIdentifier(publicKey))),
  ];
}

/** A certificate of a server. */
export async function createServerExtensions(
  authorityKey: CryptoKey,
  { dnsNames, addresses }: HostNames,
): Promise<readonly Uint8Array[]> {
  const names = [
    ...dnsNames.map((name) => writeDerText("context2", name)),
    ...addresses.map((address) => writeDer("context7", address)),
  ];
  return [
    writeExtension("basicConstraints", writeDer("sequence"), "critical"),
    // Bit 0, `digitalSignature`; seven bits of the byte are unused.
    writeExtension("keyUsage", writeDer("bitString", Uint8Array.of(7, 0b1000_0000)), "critical"),
    writeExtension("extendedKeyUsage", writeServerUsage()),
    writeExtension("subjectAlternativeName", writeDer("sequence", ...names)),
    writeExtension("authorityKey", writeDer("sequence", writeDer("context0", await deriveKeyIdentifier(authorityKey)))),
  ];
}

function writeServerUsage(): Uint8Array {
  return writeDer("sequence", writeDer("objectIdentifier", serverAuthentication));
}

function writeExtension(name: keyof typeof identifiers, value: Uint8Array, critical?: "critical"): Uint8Array {
  return writeDer(
    "sequence",
    writeDer("objectIdentifier", identifiers[name]),
    ...(critical ? [writeDer("boolean", Uint8Array.of(0xff))] : []),
    writeDer("octetString", value),
  );
}

/** RFC 7093 section 2, method 4, with 160 bits of SHA-256. */
async function deriveKeyIdentifier(publicKey: CryptoKey): Promise<Uint8Array> {
  const spki = (await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", spki)).slice(0, 20);
}
