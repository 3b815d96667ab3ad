import { decodeProtectedHeader, importJWK, type JWK, jwtVerify } from "jose";
import type { Client } from "./directory.ts";
import { faults } from "./fault.ts";

/** Public keys of the clients' certificates. */
export interface ClientKeys {
  add(clientId: string, key: JWK): void;
  list(clientId: string): readonly JWK[];
}

export interface AssertionParts {
  readonly clientKeys: ClientKeys;
  readonly nowSeconds: () => number;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export function createClientKeys(): ClientKeys {
  const keys = new Map<string, JWK[]>();
  return {
    add: (clientId, key) => void keys.set(clientId, [...(keys.get(clientId) ?? []), key]),
    list: (clientId) => keys.get(clientId) ?? [],
  };
}

/** True for a request whose client authenticates with a signed assertion. */
export function isClientAssertion(form: URLSearchParams): boolean {
  return form.get("client_assertion_type") === assertionType;
}

/**
 * Checks a client's assertion. Throws a fault.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export async function verifyClientAssertion(
  form: URLSearchParams,
  client: Client,
  endpoint: string,
  { clientKeys, nowSeconds }: AssertionParts,
): Promise<void> {
  const assertion = form.get("client_assertion");
  if (!assertion) throw faults.missingParameter("client_assertion");
  for (const jwk of clientKeys.list(client.clientId)) {
    if (await verifies(assertion, jwk, client.clientId, endpoint, nowSeconds())) return;
  }
  throw faults.wrongClientAssertion();
}

/** Entra knows the certificate by its thumbprint, so an assertion without one cannot be checked. */
async function verifies(
  assertion: string,
  jwk: JWK,
  clientId: string,
  endpoint: string,
  nowSeconds: number,
): Promise<boolean> {
  try {
    const { alg = "", ...header } = decodeProtectedHeader(assertion);
    if (!["x5t", "x5t#S256"].some((name) => typeof header[name] === "string")) return false;
    await jwtVerify(assertion, await importJWK(jwk, alg), {
      algorithms: ["PS256", "RS256"],
      issuer: clientId,
      subject: clientId,
      audience: endpoint,
      requiredClaims: ["jti", "exp", "nbf"],
      currentDate: new Date(nowSeconds * 1000),
      clockTolerance: 300,
    });
    return true;
  } catch {
    return false;
  }
}
