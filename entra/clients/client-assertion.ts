import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from "jose";
import { refuse } from "../common/error.ts";
import type { Client } from "../directory/clients.ts";
import { type OwnTokens, readOwnToken } from "../keys/own-token.ts";
import { exchangeAudience } from "./agent.ts";

/** The parts of a client's certificate that the check of an assertion needs. */
export type ClientKey = JWK & {
  /** Thumbprint that an assertion must have; any if absent. */
  readonly "x5t#S256"?: string;
  /** Expiry of the certificate; absent if it does not expire. */
  readonly notAfterSeconds?: number;
};

/** A federated credential: the client sends assertions of another issuer. */
export interface FederatedKey {
  readonly issuer: string;
  readonly subject: string;
  readonly key: JWK;
}

/** Keys and issuers that the clients' assertions are checked against. */
export interface ClientKeys {
  add(clientId: string, key: ClientKey): void;
  list(clientId: string): readonly ClientKey[];
  addFederated(clientId: string, federated: FederatedKey): void;
  listFederated(clientId: string): readonly FederatedKey[];
}

export interface AssertionContext extends OwnTokens {
  readonly clientKeys: ClientKeys;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const clockTolerance = 300;

export function createClientKeys(): ClientKeys {
  const keys = new Map<string, ClientKey[]>();
  const federatedKeys = new Map<string, FederatedKey[]>();
  return {
    add: (clientId, key) => void keys.set(clientId, [...(keys.get(clientId) ?? []), key]),
    list: (clientId) => keys.get(clientId) ?? [],
    addFederated: (clientId, federated) =>
      void federatedKeys.set(clientId, [...(federatedKeys.get(clientId) ?? []), federated]),
    listFederated: (clientId) => federatedKeys.get(clientId) ?? [],
  };
}

/** Whether the client of a request authenticates with a signed assertion. */
export function isClientAssertion(form: URLSearchParams): boolean {
  return form.get("client_assertion_type") === assertionType;
}

/**
 * Checks a client's assertion. Throws a refusal.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export async function verifyClientAssertion(
  form: URLSearchParams,
  client: Client,
  endpoint: string,
  parts: AssertionContext,
): Promise<void> {
  const { clientKeys, nowSeconds } = parts;
  const assertion = form.get("client_assertion");
  if (!assertion) throw refuse("missingParameter", { name: "client_assertion" });
  const { clientId } = client;
  const now = nowSeconds();
  if (readIssuer(assertion) !== clientId) {
    if (await isOfOwnBlueprint(assertion, client, parts)) return;
    for (const federated of clientKeys.listFederated(clientId)) {
      if (await verifiesFederated(assertion, federated, now)) return;
    }
    throw refuse("untrustedIssuer");
  }
  for (const jwk of clientKeys.list(clientId)) {
    if (!(await verifies(assertion, jwk, clientId, endpoint, now))) continue;
    if (jwk.notAfterSeconds !== undefined && now >= jwk.notAfterSeconds) throw refuse("certificateExpired");
    return;
  }
  throw refuse("wrongClientAssertion");
}

/**
 * Whether the assertion is a token with which the agent's blueprint acts for it.
 *
 * @see https://learn.microsoft.com/entra/agent-id/identity-platform/agent-autonomous-app-oauth-flow
 */
async function isOfOwnBlueprint(
  assertion: string,
  { blueprint, clientId }: Client,
  parts: OwnTokens,
): Promise<boolean> {
  if (blueprint === undefined) return false;
  const claims = await readOwnToken(assertion, parts);
  if (typeof claims !== "object" || claims.aud !== exchangeAudience || claims.azp !== blueprint) return false;
  return String(claims.sub).endsWith(`/a/${blueprint}/${clientId}`);
}

function readIssuer(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    throw refuse("wrongClientAssertion");
  }
}

/** Entra finds the certificate by its thumbprint, so it cannot check an assertion without one. */
async function verifies(
  assertion: string,
  jwk: ClientKey,
  clientId: string,
  endpoint: string,
  nowSeconds: number,
): Promise<boolean> {
  try {
    const { alg = "", ...header } = decodeProtectedHeader(assertion);
    const thumbprint = header["x5t#S256"] ?? header.x5t;
    const wanted = jwk["x5t#S256"];
    if (typeof thumbprint !== "string" || (wanted !== undefined && thumbprint !== wanted)) return false;
    await jwtVerify(assertion, await importJWK(jwk, alg), {
      algorithms: ["PS256", "RS256"],
      issuer: clientId,
      subject: clientId,
      audience: endpoint,
      requiredClaims: ["jti", "exp", "nbf"],
      currentDate: new Date(nowSeconds * 1000),
      clockTolerance,
    });
    return true;
  } catch {
    return false;
  }
}

/** @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation */
async function verifiesFederated(
  assertion: string,
  { issuer, subject, key }: FederatedKey,
  nowSeconds: number,
): Promise<boolean> {
  try {
    await jwtVerify(assertion, await importJWK(key, "RS256"), {
      algorithms: ["RS256"],
      issuer,
      subject,
      audience: exchangeAudience,
      currentDate: new Date(nowSeconds * 1000),
      clockTolerance,
    });
    return true;
  } catch {
    return false;
  }
}
