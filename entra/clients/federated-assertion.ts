import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from "jose";
import { parseJson } from "../../src/cli-exports/text.ts";
import { refuse } from "../common/error.ts";

/** A federated credential: the client sends assertions of another issuer. */
export interface FederatedKey {
  readonly issuer: string;
  readonly subject: string;
  /** Public key of the issuer. If it is absent, the keys are fetched from the issuer's documents, as Entra does. */
  readonly key?: JWK;
}

/** The same, as the directory has it. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** Public keys of the issuer. If there are none, they are fetched. */
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** What the check of an assertion needs beside the client's federated credentials. */
export interface FederationContext {
  readonly nowSeconds: () => number;
  /** Fetches the documents of issuers. */
  readonly fetchDocument: (url: string) => Promise<Response>;
}

/** The types of JWT that Entra accepts (AADSTS5002727). */
const jwtTypes: readonly unknown[] = [undefined, "JWT", "http://openid.net/specs/jwt/1.0"];
const clockTolerance = 300;
const lifetimeMaximumSeconds = 25 * 3_600;

/**
 * Checks an assertion of another issuer. Throws a refusal, with the code that says what does not match.
 *
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation
 */
export async function verifyFederatedAssertion(
  assertion: string,
  credentials: readonly FederatedCredential[],
  { nowSeconds, fetchDocument }: FederationContext,
): Promise<void> {
  const { iss = "", sub = "", aud } = decodeJwt(assertion);
  const { typ, kid } = decodeProtectedHeader(assertion);
  if (!jwtTypes.includes(typ)) throw refuse("wrongAssertionType", { type: String(typ) });
  if (credentials.length === 0) throw refuse("untrustedIssuer");
  const ofIssuer = credentials.filter(({ issuer }) => issuer === iss);
  if (ofIssuer.length === 0) throw refuse("unknownAssertionIssuer", { issuer: iss });
  const credential = ofIssuer.find(({ subject }) => subject === sub);
  if (credential === undefined) throw refuse("unknownAssertionSubject", { subject: sub });
  if (aud !== credential.audience) throw refuse("unknownAssertionAudience", { audience: String(aud) });
  const known = credential.keys.map((key) => ({ kid, ...key }) as JWK);
  const keys = known.length > 0 ? known : await fetchKeys(iss, fetchDocument);
  const options = { algorithms: ["RS256"], currentDate: new Date(nowSeconds() * 1000), clockTolerance };
  const verified = await jwtVerify(assertion, createLocalJWKSet({ keys }), options).catch(judge);
  requireTimes(verified.payload);
}

/** Discovers the keys of an issuer (OpenID Connect Discovery section 4). */
async function fetchKeys(issuer: string, fetchDocument: FederationContext["fetchDocument"]): Promise<JWK[]> {
  try {
    const metadata = await readJson(await fetchDocument(`${issuer}/.well-known/openid-configuration`));
    if (metadata.issuer !== issuer) throw new TypeError("the document is of another issuer");
    const { keys } = await readJson(await fetchDocument(String(metadata.jwks_uri)));
    return keys as JWK[];
  } catch {
    throw refuse("unreachableIssuer");
  }
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  if (response.status !== 200) throw new TypeError(`status ${response.status}`);
  return parseJson(await response.text()) as Record<string, unknown>;
}

function judge(error: unknown): never {
  const isLate = error instanceof errors.JWTExpired;
  const isEarly = error instanceof errors.JWTClaimValidationFailed && error.claim === "nbf";
  throw refuse(isLate || isEarly ? "assertionOutOfTime" : "wrongClientAssertion");
}

/** Entra treats a missing `iat` as 0. */
function requireTimes({ iat = 0, exp }: JWTPayload): void {
  if (exp === undefined) throw refuse("assertionOutOfTime");
  if (exp - iat > lifetimeMaximumSeconds) {
    throw refuse("assertionLifetimeTooLong", { issued: String(iat), expiry: String(exp) });
  }
}
