import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, type JWK } from "jose";
import { api } from "../../entra/directory/directory.ts";

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

/** Claims of a client assertion of the API, as the gate signs them for Entra. */
export function describeClient(issuer: string) {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  return {
    iss: issuer,
    sub: api.clientId,
    aud: "api://AzureADTokenExchange",
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + 300,
    jti: crypto.randomUUID(),
  };
}
