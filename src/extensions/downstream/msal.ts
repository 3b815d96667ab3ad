import { ConfidentialClientApplication, type NodeAuthOptions } from "@azure/msal-node";
import { nameNetworkError } from "../../base/common/cause.ts";
import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { DownstreamToken } from "../../core/guard/downstream.ts";
import type { TokenFailure } from "./failure.ts";
import { createTokenNetwork } from "./network.ts";
import type { TokenRequest } from "./token-request.ts";
import { judgeResponse, type TokenResponse } from "./token-response.ts";

/** The client's proof, in the form that MSAL takes. */
export type Proof = { readonly clientSecret: string } | { readonly clientAssertion: string };

/** A complete request for a token. */
export interface Question {
  readonly request: TokenRequest;
  readonly clientId: string;
  /** URL of the tenant's token endpoint. */
  readonly endpoint: string;
  readonly proof: Proof;
  readonly signal: AbortSignal;
}

/** A failure, and the response that it was read from; `credential_refused` if another credential may be tried. */
export interface Refused {
  readonly failure: TokenFailure | "credential_refused";
  readonly response: TokenResponse | undefined;
}

/**
 * Requests a token from Entra with MSAL. Each request has its own MSAL application, because the cache of a shared one
 * would grow without limit and ignore the gate's rules. Never throws.
 *
 * @returns the token, or why there is none
 */
export async function askEntra(
  io: Pick<Io, "fetch" | "now">,
  question: Question,
): Promise<Result<DownstreamToken, Refused>> {
  const { request, endpoint, signal } = question;
  const network = createTokenNetwork(io, endpoint, signal);
  try {
    const application = new ConfidentialClientApplication({
      auth: describeClient(question),
      system: { networkClient: network.client, disableInternalRetries: true },
    });
    const { scopes, assertion, claims } = request;
    const asked = { scopes: [...scopes], skipCache: true, ...(claims !== undefined && { claims }) };
    const result =
      assertion === undefined
        ? await application.acquireTokenByClientCredential({ ...asked, azureRegion: "DisableMsalForceRegion" })
        : await application.acquireTokenOnBehalfOf({ ...asked, oboAssertion: assertion });
    const response = network.lastResponse();
    // MSAL accepts a response without `error` as a token, whatever its status.
    return response?.status === 200 ? readToken(result?.accessToken, response, io.now()) : readRefusal(response);
  } catch (cause) {
    const response = network.lastResponse();
    if (response === undefined || response.status === 200) return unavailable(describeTrouble(cause, signal), response);
    return readRefusal(response);
  }
}

/** MSAL accepts no http URL, which a local Entra has. MSAL uses the endpoint in this metadata instead. */
function describeClient({ request, clientId, endpoint, proof }: Question): NodeAuthOptions {
  const { origin, host } = new URL(endpoint);
  const base = `${origin}/${request.tenant}`;
  const metadata = {
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: endpoint,
    issuer: `${base}/v2.0`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  };
  return {
    clientId,
    authority: `https://${host}/${request.tenant}`,
    knownAuthorities: [host],
    authorityMetadata: JSON.stringify(metadata),
    // Declares that the gate handles claims challenges of other APIs, or passes them on.
    clientCapabilities: ["cp1"],
    ...proof,
  };
}

function readRefusal(response: TokenResponse | undefined): Result<never, Refused> {
  if (response === undefined) return unavailable("MSAL did not ask Entra", response);
  return fail({ failure: judgeResponse(response), response });
}

function readToken(
  accessToken: string | undefined,
  response: TokenResponse,
  nowMs: number,
): Result<DownstreamToken, Refused> {
  const lifetimeSeconds = Number(response.body.expires_in);
  const usable = accessToken !== undefined && accessToken !== "" && accessToken.length <= limits.tokenBytes;
  const isBearer = String(response.body.token_type).toLowerCase() === "bearer";
  const livesLong = lifetimeSeconds > limits.downstreamMarginSeconds;
  if (!usable || !isBearer || !livesLong || lifetimeSeconds > limits.tokenLifetimeSeconds) {
    return unavailable("Entra responded without a usable token", response);
  }
  return succeed(Object.freeze({ accessToken, expiresAtSeconds: Math.floor(nowMs / 1_000 + lifetimeSeconds) }));
}

/** Returns only the code of MSAL's errors, because their messages repeat the request. */
function describeTrouble(cause: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "timed out";
  const { errorCode } = (cause ?? {}) as { errorCode?: unknown };
  return typeof errorCode === "string" && /^\w{1,64}$/.test(errorCode) ? `MSAL: ${errorCode}` : nameNetworkError(cause);
}

function unavailable(cause: string, response: TokenResponse | undefined): Result<never, Refused> {
  return fail({ failure: { kind: "unavailable", cause }, response });
}
