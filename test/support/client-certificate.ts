import { base64url, exportJWK, exportPKCS8, generateKeyPair, type JWK } from "jose";
import { createCertificate } from "../../dev/entra/certificate.ts";

/** A client's certificate: what the gate is given, and what Entra is told of it. */
export interface TestCertificate {
  /** The blocks CERTIFICATE and PRIVATE KEY. */
  readonly pem: string;
  readonly thumbprint: string;
  /** For `/local/client-key`. */
  readonly key: JWK & { readonly "x5t#S256": string; readonly notAfterSeconds: number };
}

const hourSeconds = 3_600;

/**
 * Makes a self-signed certificate with its key.
 *
 * @param validity in seconds since the epoch; an hour around now when absent
 */
export async function createTestCertificate(
  validity: { readonly notBeforeSeconds?: number; readonly notAfterSeconds?: number } = {},
  modulusLength = 2048,
): Promise<TestCertificate> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const { notBeforeSeconds = nowSeconds - hourSeconds, notAfterSeconds = nowSeconds + hourSeconds } = validity;
  // Signs itself with RS256, and assertions with PS256: a key of WebCrypto has one use, so it is imported twice.
  const { publicKey, privateKey } = await generateKeyPair("RS256", { modulusLength, extractable: true });
  const der = await createCertificate({ commonName: "gate", publicKey, privateKey, notBeforeSeconds, notAfterSeconds });
  const thumbprint = base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
  const pem = `${writeBlock("CERTIFICATE", der)}\n${await exportPKCS8(privateKey)}\n`;
  return { pem, thumbprint, key: { ...(await exportJWK(publicKey)), "x5t#S256": thumbprint, notAfterSeconds } };
}

function writeBlock(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join("\n");
}
