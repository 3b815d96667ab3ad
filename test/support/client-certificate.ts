import { base64url, type CryptoKey, exportJWK, exportPKCS8, type JWK } from "jose";
import { createCertificate } from "../../entra/server/certificate.ts";

/** A client's certificate, for the gate and for Entra. */
export interface TestCertificate {
  /** The blocks CERTIFICATE and PRIVATE KEY. */
  readonly pem: string;
  readonly thumbprint: string;
  /** For `/local/client-key`. */
  readonly key: JWK & { readonly "x5t#S256": string; readonly notAfterSeconds: number };
}

interface KeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

const hourSeconds = 3_600;

/**
 * Makes a self-signed certificate with its key.
 *
 * @param validity in seconds since the epoch; an hour around now if absent
 */
export async function createTestCertificate(
  validity: { readonly notBeforeSeconds?: number; readonly notAfterSeconds?: number } = {},
  modulusLength = 2048,
): Promise<TestCertificate> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const { notBeforeSeconds = nowSeconds - hourSeconds, notAfterSeconds = nowSeconds + hourSeconds } = validity;
  // jose does not create weak keys.
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const { publicKey, privateKey } = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as KeyPair;
  const der = await createCertificate({ commonName: "gate", publicKey, privateKey, notBeforeSeconds, notAfterSeconds });
  const thumbprint = base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
  const pem = `${writeBlock("CERTIFICATE", der)}\n${await exportPKCS8(privateKey)}\n`;
  return { pem, thumbprint, key: { ...(await exportJWK(publicKey)), "x5t#S256": thumbprint, notAfterSeconds } };
}

function writeBlock(label: string, bytes: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join("\n");
}
