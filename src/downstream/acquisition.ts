import type { Authority } from "../authority/authority.ts";
import { describeCause } from "../common/cause.ts";
import { type Background, type Io, sleep, withDeadline } from "../common/io.ts";
import * as limits from "../common/limits.ts";
import { fail, type Result } from "../common/result.ts";
import { goesOn } from "../common/span.ts";
import type { DownstreamToken } from "../guard/downstream.ts";
import type { Credential } from "./credential.ts";
import type { TokenFailure } from "./failure.ts";
import type { Refused } from "./msal.ts";
import type { TokenRequest } from "./token-request.ts";
import { describeResponse, isFederationRefusal } from "./token-response.ts";

/** It is an optional peer dependency of the package. */
const missingMsal = "@azure/msal-node cannot be loaded; install it: npm install @azure/msal-node";

/** Acquires a token from Entra. It tries one credential after another. Never throws. */
export type Acquire = (request: TokenRequest, background: Background) => Promise<Result<DownstreamToken, TokenFailure>>;

type Misconfigured = Extract<TokenFailure, { kind: "misconfigured" }>;

/**
 * Creates the function that acquires tokens in one environment.
 *
 * @param credentials in the order in which they are tried; a failed one is tried last for a minute
 */
export function createAcquire(
  io: Io,
  { authorizationUri }: Pick<Authority, "authorizationUri">,
  clientId: string,
  credentials: readonly Credential[],
): Acquire {
  // The token endpoint is on the host of the sign-in page. Its URL is also the audience of client assertions.
  const { origin: host } = new URL(authorizationUri);
  const failedAtMs = new Map<Credential, number>();

  function listInOrder(): readonly Credential[] {
    const nowMs = io.now();
    const isResting = (credential: Credential) => {
      const fromMs = failedAtMs.get(credential);
      return fromMs !== undefined && goesOn(fromMs, fromMs + limits.credentialRetryMilliseconds, nowMs);
    };
    return [...credentials.filter((credential) => !isResting(credential)), ...credentials.filter(isResting)];
  }

  function noteFailure(credential: Credential, said: Omit<Misconfigured, "kind">): Misconfigured {
    const failure: Misconfigured = { kind: "misconfigured", credential: credential.name, ...said };
    io.log({ event: "credential_failed", credential: credential.name, ...said });
    failedAtMs.set(credential, io.now());
    return failure;
  }

  async function tryOne(
    credential: Credential,
    request: TokenRequest,
    signal: AbortSignal,
    background: Background,
  ): Promise<Result<DownstreamToken, TokenFailure>> {
    const endpoint = `${host}/${request.tenant}/oauth2/v2.0/token`;
    const ready = await credential.prove({ clientId, endpoint }, background);
    if (!ready.ok) return fail(noteFailure(credential, ready.error));
    const { proof, expires } = ready.value;
    // MSAL takes a third of the permitted start time of an isolate, so it is evaluated when the first token is needed.
    const msal = await import("./msal.ts").catch(() => undefined);
    if (msal === undefined) return fail({ kind: "misconfigured", problem: missingMsal });
    const ask = () => msal.askEntra(io, { request, clientId, endpoint, proof, signal });
    const isRefused = ({ failure, response }: Refused) =>
      failure === "credential_refused" || (credential.isFederated === true && isFederationRefusal(response));
    let asked = await ask();
    if (!asked.ok && credential.isFederated && isFederationRefusal(asked.error.response)) {
      // A new federated credential takes some time to reach all servers of Entra, and one request for the keys can fail.
      await sleep(io, limits.federationRetryMilliseconds);
      asked = await ask();
    }
    if (asked.ok) return asked;
    const { failure, response } = asked.error;
    if (!isRefused(asked.error)) return fail(failure as TokenFailure);
    const entra = response && describeResponse(response);
    const problem = "was refused by Entra";
    return fail(noteFailure(credential, { problem, ...(expires && { expires }), ...(entra && { entra }) }));
  }

  async function tryAll(
    request: TokenRequest,
    signal: AbortSignal,
    background: Background,
  ): Promise<Result<DownstreamToken, TokenFailure>> {
    const failures = new Map<Credential, Misconfigured>();
    for (const credential of listInOrder()) {
      const tried = await tryOne(credential, request, signal, background);
      if (tried.ok) return tried;
      // With another credential the result would be the same, unless the credential itself failed.
      if (!isCredentialFailure(tried.error)) return fail(tried.error);
      failures.set(credential, tried.error);
    }
    const newest = credentials.find((credential) => failures.has(credential));
    return fail((newest && failures.get(newest)) ?? { kind: "misconfigured", problem: "no credential is configured" });
  }

  return async (request, background) => {
    const controller = new AbortController();
    try {
      const work = tryAll(request, controller.signal, background);
      const result = await withDeadline(io, limits.downstreamAcquireMilliseconds, work);
      return result ?? fail({ kind: "unavailable", cause: "timed out" });
    } catch (cause) {
      return fail({ kind: "unavailable", cause: describeCause(cause) });
    } finally {
      controller.abort();
    }
  };
}

function isCredentialFailure(failure: TokenFailure): failure is Misconfigured {
  return failure.kind === "misconfigured" && failure.credential !== undefined;
}
