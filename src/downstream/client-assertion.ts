import { SignJWT } from "jose";
import * as limits from "../limits.ts";
import { assertionAlgorithm, type ClientCertificate } from "./certificate.ts";

/**
 * Signs the assertion by which a client with a certificate proves itself.
 *
 * @param endpoint URL of the token endpoint, which it is for
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export function signClientAssertion(
  { thumbprint, key }: Pick<ClientCertificate, "thumbprint" | "key">,
  clientId: string,
  endpoint: string,
  nowMs: number,
): Promise<string> {
  const nowSeconds = Math.floor(nowMs / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: assertionAlgorithm, typ: "JWT", "x5t#S256": thumbprint })
    .setAudience(endpoint)
    .setIssuer(clientId)
    .setSubject(clientId)
    .setJti(crypto.randomUUID())
    .setNotBefore(nowSeconds)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + limits.clientAssertionSeconds)
    .sign(key);
}
