import { type Background, type Io, sleep } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { isWithin } from "../../base/common/period.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import type { Credential } from "./credential.ts";
import type { TokenFailure } from "./failure.ts";
import type { Proof } from "./msal.ts";
import { describeResponse, isFederationRefusal, judgeResponse, type TokenResponse } from "./token-response.ts";

/** No credential can be used, or a service cannot be loaded. */
export type Misconfigured = Extract<TokenFailure, { kind: "misconfigured" }>;

/** What became of one request to the token endpoint. */
export interface Asked {
  /** What Entra sent; `undefined` if nothing arrived, or a token did. */
  readonly response: TokenResponse | undefined;
}

/**
 * Sends a request to the token endpoint with one credential after another, until Entra accepts one.
 *
 * @param endpoint its URL, which is also the audience of client assertions
 * @param ask sends the request with a proof; repeated if Entra refuses the credential, which does not use up a grant
 * @param background keeps the renewal of a stored key alive
 */
export type Authenticate = <Outcome extends Asked>(
  endpoint: string,
  ask: (proof: Proof) => Promise<Outcome>,
  background: Background,
) => Promise<Result<Outcome, Misconfigured>>;

/**
 * Creates the function that uses the gate's credentials in one environment.
 *
 * @param credentials in the order in which they are tried; a failed one is tried last for a minute
 */
export function createAuthenticate(
  io: Pick<Io, "now" | "after" | "log">,
  clientId: string,
  credentials: readonly Credential[],
): Authenticate {
  const failedAtMs = new Map<Credential, number>();

  function listInOrder(): readonly Credential[] {
    const nowMs = io.now();
    const isResting = (credential: Credential) => {
      const fromMs = failedAtMs.get(credential);
      return fromMs !== undefined && isWithin(fromMs, fromMs + limits.credentialRetryMilliseconds, nowMs);
    };
    return [...credentials.filter((credential) => !isResting(credential)), ...credentials.filter(isResting)];
  }

  function noteFailure(credential: Credential, said: Omit<Misconfigured, "kind">): Misconfigured {
    const failure: Misconfigured = { kind: "misconfigured", credential: credential.name, ...said };
    io.log({ event: "credential_failed", level: "error", credential: credential.name, ...said });
    failedAtMs.set(credential, io.now());
    return failure;
  }

  async function tryOne<Outcome extends Asked>(
    credential: Credential,
    endpoint: string,
    ask: (proof: Proof) => Promise<Outcome>,
    background: Background,
  ): Promise<Result<Outcome, Misconfigured>> {
    const ready = await credential.prove({ clientId, endpoint }, background);
    if (!ready.ok) return fail(noteFailure(credential, ready.error));
    const { proof, expires } = ready.value;
    const isForeign = ({ response }: Asked) => credential.isFederated === true && isFederationRefusal(response);
    let asked = await ask(proof);
    if (isForeign(asked)) {
      // A new federated credential takes some time to reach all servers of Entra, and one request for the keys can
      // fail.
      await sleep(io, limits.federationRetryMilliseconds);
      asked = await ask(proof);
    }
    const { response } = asked;
    const isRefused = response !== undefined && judgeResponse(response) === "credential_refused";
    if (!isRefused && !isForeign(asked)) return succeed(asked);
    const entra = response && describeResponse(response);
    const problem = "was refused by Entra";
    return fail(noteFailure(credential, { problem, ...(expires && { expires }), ...(entra && { entra }) }));
  }

  return async (endpoint, ask, background) => {
    const failures = new Map<Credential, Misconfigured>();
    for (const credential of listInOrder()) {
      const tried = await tryOne(credential, endpoint, ask, background);
      if (tried.ok) return tried;
      failures.set(credential, tried.error);
    }
    const [newest] = credentials.flatMap((credential) => failures.get(credential) ?? []);
    return fail(newest ?? { kind: "misconfigured", problem: "no credential is configured" });
  };
}

/** Parameters of a form that prove who the client is (RFC 6749 section 2.3.1, RFC 7521 section 4.2). */
export function listParameters(proof: Proof): Readonly<Record<string, string>> {
  if ("clientSecret" in proof) return { client_secret: proof.clientSecret };
  return {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: proof.clientAssertion,
  };
}
