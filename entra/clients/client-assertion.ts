import {
  base64url,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  exportJWK,
  importJWK,
  importX509,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from "jose";
import { isShallowJose } from "../../src/cli-exports/text.ts";
import { type BoundedMap, createBoundedMap } from "../common/bounded-map.ts";
import { refuse } from "../common/error.ts";
import { maxAdded } from "../common/limits.ts";
import type { Directory, DirectoryApp } from "../directory/model.ts";
import { type OwnTokens, readOwnToken } from "../keys/own-token.ts";
import { exchangeAudience, formatAgentSubject } from "./agent.ts";
import { findNotAfterSeconds } from "./certificate-validity.ts";
import {
  type FederatedCredential,
  type FederatedKey,
  type FederationContext,
  verifyFederatedAssertion,
} from "./federated-assertion.ts";

/** The parts of a client's certificate that the check of an assertion needs. */
export type ClientKey = JWK & {
  /** Thumbprint that an assertion must have; any if absent. */
  readonly "x5t#S256"?: string;
  /** Thumbprint of an assertion with RS256; any if absent. */
  readonly x5t?: string;
  /** Expiry of the certificate; absent if it does not expire. */
  readonly notAfterSeconds?: number;
};

/** Keys and issuers that the clients' assertions are checked against: those of the directory, and added ones. */
export interface ClientKeys {
  /** Adds a key. Beyond the maximum, it replaces the oldest. */
  add(clientId: string, key: ClientKey): void;
  list(client: DirectoryApp): Promise<readonly ClientKey[]>;
  /**
   * Adds a federated credential. It replaces one with the same issuer and subject, and beyond the maximum the oldest.
   */
  addFederated(clientId: string, federated: FederatedKey): void;
  listFederated(client: DirectoryApp): readonly FederatedCredential[];
  /** Whether the client has a certificate or a federated credential. */
  has(client: DirectoryApp): boolean;
}

export interface AssertionContext extends OwnTokens, FederationContext {
  readonly clientKeys: ClientKeys;
  readonly directory: Directory;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const clockTolerance = 300;

export function createClientKeys(): ClientKeys {
  // The directory bounds the number of clients.
  const keys = new Map<string, BoundedMap<ClientKey>>();
  const federatedKeys = new Map<string, BoundedMap<FederatedKey>>();
  function addTo<T>(map: Map<string, BoundedMap<T>>, clientId: string, name: string, value: T): void {
    const ofClient = map.get(clientId) ?? createBoundedMap<T>(maxAdded);
    ofClient.set(name, value);
    map.set(clientId, ofClient);
  }
  return {
    add: (clientId, key) => addTo(keys, clientId, JSON.stringify(key), key),
    async list({ clientId, certificates }) {
      return [...(keys.get(clientId)?.values() ?? []), ...(await Promise.all(certificates.map(readCertificate)))];
    },
    addFederated: (clientId, federated) =>
      addTo(federatedKeys, clientId, `${federated.issuer} ${federated.subject}`, federated),
    listFederated({ clientId, federatedCredentials }) {
      const added = (federatedKeys.get(clientId)?.values() ?? []).map(({ key, ...each }) => ({
        ...each,
        audience: exchangeAudience,
        keys: key === undefined ? [] : [key],
      }));
      return [...added, ...federatedCredentials];
    },
    has: ({ clientId, certificates, federatedCredentials }) =>
      keys.has(clientId) || federatedKeys.has(clientId) || certificates.length + federatedCredentials.length > 0,
  };
}

/** Reads the key, the thumbprints and the expiry of a certificate. */
async function readCertificate(pem: string): Promise<ClientKey> {
  const der = Uint8Array.from(atob(pem.replace(/-----[A-Z ]+-----|\s/g, "")), (char) => char.charCodeAt(0));
  const digest = async (name: string) => base64url.encode(new Uint8Array(await crypto.subtle.digest(name, der)));
  return {
    ...(await exportJWK(await importX509(pem, "RS256", { extractable: true }))),
    "x5t#S256": await digest("SHA-256"),
    x5t: await digest("SHA-1"),
    notAfterSeconds: findNotAfterSeconds(der),
  };
}

/** Whether the client of a request authenticates with a signed assertion. */
export function isClientAssertion(form: URLSearchParams): boolean {
  return form.get("client_assertion_type") === assertionType;
}

/**
 * Checks a client's assertion. Throws a refusal.
 *
 * @param audiences what the assertion may name as its audience: the token endpoint, or the issuer of the tenant
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export async function verifyClientAssertion(
  form: URLSearchParams,
  client: DirectoryApp,
  audiences: readonly string[],
  parts: AssertionContext,
): Promise<void> {
  const { clientKeys, nowSeconds } = parts;
  const assertion = form.get("client_assertion");
  if (!assertion) throw refuse("missingParameter", { name: "client_assertion" });
  const { clientId } = client;
  const now = nowSeconds();
  const { iss, aud } = readClaims(assertion);
  if (iss !== clientId) {
    if (await isOfOwnBlueprint(assertion, client, parts)) return;
    return verifyFederatedAssertion(assertion, clientKeys.listFederated(client), parts);
  }
  if (Array.isArray(aud) && aud.length > 1) throw refuse("tooManyAudiences", { count: String(aud.length) });
  for (const jwk of await clientKeys.list(client)) {
    if (!(await verifies(assertion, jwk, clientId, audiences, now))) continue;
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
  { blueprint, clientId, tenant }: DirectoryApp,
  parts: OwnTokens,
): Promise<boolean> {
  if (blueprint === undefined) return false;
  const claims = await readOwnToken(assertion, parts);
  if (typeof claims !== "object" || claims.aud !== exchangeAudience || claims.azp !== blueprint) return false;
  return claims.sub === formatAgentSubject(tenant.id, blueprint, clientId);
}

function readClaims(assertion: string): JWTPayload {
  // Every check of an assertion begins here.
  if (!isShallowJose(assertion)) throw refuse("wrongClientAssertion");
  try {
    decodeProtectedHeader(assertion);
    return decodeJwt(assertion);
  } catch {
    throw refuse("wrongClientAssertion");
  }
}

/**
 * Whether the assertion is of this key. Throws a refusal if it is, but for another audience or time.
 */
async function verifies(
  assertion: string,
  jwk: ClientKey,
  clientId: string,
  audiences: readonly string[],
  nowSeconds: number,
): Promise<boolean> {
  try {
    const { alg = "", ...header } = decodeProtectedHeader(assertion);
    if (!names(header, jwk)) return false;
    await jwtVerify(assertion, await importJWK({ ...jwk, alg }, alg), {
      algorithms: ["PS256", "RS256"],
      issuer: clientId,
      subject: clientId,
      audience: [...audiences],
      requiredClaims: ["jti", "exp"],
      currentDate: new Date(nowSeconds * 1000),
      clockTolerance,
    });
    return true;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw refuse("assertionOutOfTime");
    const claim = error instanceof errors.JWTClaimValidationFailed ? error.claim : undefined;
    if (claim === "exp" || claim === "nbf") throw refuse("assertionOutOfTime");
    if (claim === "aud") throw refuse("wrongAssertionAudience");
    return false;
  }
}

/**
 * Whether the header names the certificate. Entra finds it by its thumbprint, so it cannot check an assertion without
 * one. A `kid` is that of SHA-1, and counts only if there is no other.
 */
function names(header: Record<string, unknown>, jwk: ClientKey): boolean {
  const { "x5t#S256": sha256, x5t: sha1, kid } = header;
  const fits = (sent: unknown, own: string | undefined) =>
    sent === undefined || own === undefined || (typeof sent === "string" && normalizeBase64(sent) === own);
  if (sha256 === undefined && sha1 === undefined) return kid !== undefined && fits(kid, jwk.x5t);
  return fits(sha256, jwk["x5t#S256"]) && fits(sha1, jwk.x5t);
}

/** Entra reads thumbprints in base64 and base64url, with and without padding. */
function normalizeBase64(text: string): string {
  return text
    .replace(/={1,2}$/, "")
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
