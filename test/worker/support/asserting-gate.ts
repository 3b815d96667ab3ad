import { expect } from "vitest";
import { serve } from "../../../cli/common/loopback.ts";
import { createEntra } from "../../../entra/entra.ts";
import { type AssertionRow, createAssertionRows } from "../../support/assertion-rows.ts";
import { sendRequest } from "../../support/http.ts";
import { type IssuerKey, makeIssuerKey } from "../../support/issuer-keys.ts";

/** What an origin gets from a gate: its public keys, and its requests. */
export interface AssertingGate {
  readonly issuer: string;
  readonly audience: string;
  /** The key that it publishes at first. */
  readonly key: IssuerKey;
  /** Requests for its keys so far. */
  fetches(): number;
  /** Publishes other keys. Without keys, it answers 500. */
  publish(...keys: readonly IssuerKey[]): void;
  /** Creates the requests that a verifier must accept or refuse, signed now. */
  createRows(key?: IssuerKey): Promise<readonly AssertionRow[]>;
  stop(): Promise<void>;
}

/** Starts a server that publishes the keys of a gate. */
export async function startAssertingGate(): Promise<AssertingGate> {
  const key = await makeIssuerKey("ES256");
  let published: readonly IssuerKey[] = [key];
  let fetches = 0;
  const documents = await serve((_, response) => {
    fetches += 1;
    const keys = published.map(({ publicJwk, kid }) => ({ ...JSON.parse(publicJwk), kid, use: "sig", alg: "ES256" }));
    response.statusCode = keys.length > 0 ? 200 : 500;
    response.end(JSON.stringify({ keys }));
  });
  const issuer = `${documents.url}/.well-known/entra-gate/origin`;
  const audience = "https://origin.contoso.example";
  const entraToken = await createEntra().issueAccessToken();
  return {
    issuer,
    audience,
    key,
    fetches: () => fetches,
    publish(...keys) {
      published = keys;
    },
    createRows: (by = key) =>
      createAssertionRows({ issuer, audience, key: by, entraToken, nowSeconds: Math.floor(Date.now() / 1_000) }),
    stop: documents.stop,
  };
}

/**
 * Sends a request to an origin that answers 200 with the caller and with the headers that are left, or else 401.
 * Expects that it decides as it must.
 */
export async function expectDecision(origin: string, { isGood, method, path, headers }: AssertionRow): Promise<void> {
  const answer = await sendRequest(origin, { method, path, headers });
  expect(answer.status).toBe(isGood ? 200 : 401);
  if (!isGood) return;
  expect(JSON.parse(answer.body).caller.tid).toBe("7e4a4700-0000-4000-8000-000000000002");
  expect(answer.body).not.toMatch(/forged|x-entra|x-ms-/i);
}
