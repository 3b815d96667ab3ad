import { nameNetworkError } from "../../base/common/cause.ts";
import { type Background, type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result } from "../../base/common/result.ts";
import type { Authority } from "../../core/authority/authority.ts";
import type { DownstreamToken } from "../../core/guard/downstream.ts";
import type { Authenticate } from "./authentication.ts";
import type { TokenFailure } from "./failure.ts";
import type { Proof, Refused } from "./msal.ts";
import type { TokenRequest } from "./token-request.ts";

/** It is an optional peer dependency of the package. */
const missingMsal = "@azure/msal-node cannot be loaded; install it: npm install @azure/msal-node";

/** Acquires a token from Entra. Never throws. */
export type Acquire = (request: TokenRequest, background: Background) => Promise<Result<DownstreamToken, TokenFailure>>;

/** Creates the function that acquires tokens in one environment. */
export function createAcquire(
  io: Io,
  { authorizationUri }: Pick<Authority, "authorizationUri">,
  clientId: string,
  authenticate: Authenticate,
): Acquire {
  // The token endpoint is on the host of the sign-in page.
  const { origin: host } = new URL(authorizationUri);

  async function acquire(
    request: TokenRequest,
    signal: AbortSignal,
    background: Background,
  ): Promise<Result<DownstreamToken, TokenFailure>> {
    const endpoint = `${host}/${request.tenant}/oauth2/v2.0/token`;
    async function ask(proof: Proof) {
      // MSAL takes a third of the permitted start time of an isolate, so it is evaluated when the first token is
      // needed.
      const msal = await import("./msal.ts").catch(() => undefined);
      const missing: Refused = { failure: { kind: "misconfigured", problem: missingMsal }, response: undefined };
      const result =
        msal === undefined ? fail(missing) : await msal.askEntra(io, { request, clientId, endpoint, proof, signal });
      return { result, response: result.ok ? undefined : result.error.response };
    }
    const asked = await authenticate(endpoint, ask, background);
    if (!asked.ok) return asked;
    const { result } = asked.value;
    // A refused credential is no result.
    return result.ok ? result : fail(result.error.failure as TokenFailure);
  }

  return async (request, background) => {
    const controller = new AbortController();
    try {
      const work = acquire(request, controller.signal, background);
      const result = await withDeadline(io, limits.downstreamAcquireMilliseconds, work);
      return result ?? fail({ kind: "unavailable", cause: "timed out" });
    } catch (cause) {
      return fail({ kind: "unavailable", cause: nameNetworkError(cause) });
    } finally {
      controller.abort();
    }
  };
}
