import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, type JWK } from "jose";

/** A key of the gate in each form that it takes. */
export interface IssuerKey {
  /** PKCS #8. */
  readonly pem: string;
  /** The private JWK, as text. */
  readonly jwk: string;
  /** The public JWK, as text. */
  readonly publicJwk: string;
  readonly kid: string;
  readonly members: JWK;
}

/** Creates a key: ES256 for the origin, RS256 for Entra. */
export async function makeIssuerKey(alg: "ES256" | "RS256" | "ES384" | "EdDSA"): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const members = await exportJWK(privateKey);
  const shown = await exportJWK(publicKey);
  return {
    pem: await exportPKCS8(privateKey),
    jwk: JSON.stringify(members),
    publicJwk: JSON.stringify(shown),
    kid: await calculateJwkThumbprint(shown),
    members,
  };
}
