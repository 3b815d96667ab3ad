// Runtimes: workerd, deno
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { downstreamApi } from "../../../../entra/directory/directory.ts";
import type { AccessTokenOptions } from "../../../../entra/tokens/issuer.ts";
import { ask, countTokenRequests, secretText, withSecret, withVars } from "../../../support/downstream.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";
import { type HttpAnswer, readHeader } from "../../../support/http.ts";

const fleet: Fleet<string> = await startFleetOf({
  gate: withVars({ ENTRA_REQUIRED_ROLE: "Orders.Read.All" }),
  burst: withSecret,
  throttled: withSecret,
  outage: withSecret,
});
afterAll(() => fleet.stop());
afterEach(() => fleet.tellEntra("/local/faults/endOutage", {}));
const { issue, own, ownHeader, claims } = await fleet.forge("gate");

const stepUp = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
const approve = `${downstreamApi.appIdUri}/inventory.approve`;
const audit = `${downstreamApi.appIdUri}/inventory.audit`;

interface Row {
  readonly name: string;
  readonly token: AccessTokenOptions;
  readonly path: string;
  /** The detail for the caller. */
  readonly status: number;
  readonly detail: string;
  /** `error` of the challenge; `undefined` if there is none. */
  readonly error?: string;
  /** Claims request of the challenge. */
  readonly claims?: unknown;
  /** The log line, which includes Entra's error. */
  readonly line: Readonly<Record<string, unknown>>;
}

const renew = "Request a new access token with the claims in the WWW-Authenticate header.";
/** Requests a token that is issued from now on. */
const newToken = JSON.stringify({ access_token: { nbf: { essential: true, value: "NOW" } } });

const rows: readonly Row[] = [
  {
    name: "interaction_required, to a client that understands claims",
    token: { persona: "cautious", client: "cae-spa" },
    path: "/me/graph",
    status: 401,
    detail: renew,
    error: "insufficient_claims",
    claims: stepUp,
    line: {
      reason: "downstream_interaction_needed",
      challengeable: true,
      entra: { status: 400, error: "interaction_required", suberror: "basic_action", codes: [50076] },
    },
  },
  {
    name: "interaction_required, to another client",
    token: { persona: "cautious" },
    path: "/me/graph",
    status: 403,
    detail: `Sign in again with these claims: ${stepUp}`,
    line: { reason: "downstream_interaction_needed", challengeable: false },
  },
  {
    name: "interaction_required for one scope",
    token: { client: "cae-spa" },
    path: "/scope/inventory.approve",
    status: 401,
    detail: renew,
    error: "insufficient_claims",
    claims: stepUp,
    line: { reason: "downstream_interaction_needed", scopes: [approve] },
  },
  {
    name: "consent_required, to a client that understands claims",
    token: { client: "cae-spa" },
    path: "/scope/inventory.audit",
    status: 401,
    detail: renew,
    error: "insufficient_claims",
    claims: newToken,
    line: {
      reason: "downstream_consent_needed",
      scopes: [audit],
      entra: { status: 400, error: "invalid_grant", suberror: "consent_required", codes: [65001] },
    },
  },
  {
    name: "consent_required, to another client",
    token: { persona: "newcomer" },
    path: "/scope/inventory.audit",
    status: 403,
    detail: `Consent is required for ${audit}`,
    line: { reason: "downstream_consent_needed", challengeable: false },
  },
  {
    name: "message_only: the user cannot resolve it",
    token: { persona: "blocked", client: "cae-spa" },
    path: "/me/graph",
    status: 403,
    detail: "This caller may not use this resource.",
    line: {
      reason: "downstream_refused",
      entra: { error: "interaction_required", suberror: "message_only", codes: [53003] },
    },
  },
  {
    name: "no request to Entra for an app-only token",
    token: { client: "daemon" },
    path: "/app/graph",
    status: 403,
    detail: "This caller may not use this resource.",
    line: { reason: "downstream_user_missing" },
  },
  {
    name: "invalid_scope",
    token: {},
    path: "/scope/inventory.misspelt",
    status: 500,
    detail: "The server is misconfigured. Contact the operator.",
    line: {
      reason: "downstream_misconfigured",
      problem: "Entra refused the request: invalid_scope",
      entra: { error: "invalid_scope", codes: [70011] },
    },
  },
];

async function expectRow(answer: HttpAnswer, row: Omit<Row, "name" | "token" | "path">): Promise<void> {
  const problem = JSON.parse(answer.body);
  expect(JSON.stringify(answer)).not.toMatch(secretText);
  expect([answer.status, problem.status, problem.detail]).toEqual([row.status, row.status, row.detail]);
  const [challenge] = readHeader(answer, "www-authenticate");
  expect(/error="(\w+)"/.exec(challenge ?? "")?.[1]).toBe(row.error);
  const encoded = /claims="([^"]+)"/.exec(challenge ?? "")?.[1];
  const decoded = encoded && Buffer.from(encoded, "base64").toString();
  expect(decoded?.replace(/"value":"\d+"/, '"value":"NOW"')).toBe(row.claims);
  expect(await fleet.lineOf(problem.instance)).toMatchObject({ ...row.line, status: row.status });
}

describe("Entra's error, the caller's answer, and the log line of", () => {
  for (const { name, token, path, ...row } of rows) {
    it(name, async () => {
      await expectRow(await ask(fleet, "gate", path, await issue(token)), row);
    });
  }

  it("invalid_grant: an assertion that Entra refuses", async () => {
    // Signed with a key that the authority publishes to the gate, and that the local Entra does not accept.
    await expectRow(await ask(fleet, "gate", "/me/graph", own.sign(ownHeader, claims)), {
      status: 401,
      detail: "The access token is not valid for this API. Request a new one.",
      error: "invalid_token",
      line: { reason: "downstream_assertion_refused", entra: { error: "invalid_grant", codes: [50013] } },
    });
  });

  it("throttling, with Retry-After; a second request causes no request to Entra", async () => {
    const token = await issue({});
    await fleet.tellEntra("/local/faults/startOutage", { kind: "throttled", endpoint: "token", retryAfterSeconds: 17 });
    const before = await countTokenRequests(fleet);
    for (const _ of ["first", "second"]) {
      const answer = await ask(fleet, "throttled", "/me/graph", token);
      const [seconds] = readHeader(answer, "retry-after");
      expect(Number(seconds)).toBeGreaterThan(10);
      expect(Number(seconds)).toBeLessThanOrEqual(17);
      await expectRow(answer, {
        status: 503,
        detail: "An API that this request needs is unavailable. Retry later.",
        line: { reason: "downstream_throttled", entra: { status: 429 } },
      });
    }
    expect((await countTokenRequests(fleet)) - before).toBe(1);
  });

  it.each([
    ["down", "Entra responded with status 503"],
    ["error", "Entra responded with status 500"],
    ["html", "Entra responded without a usable token"],
    ["truncated", "Entra responded without a usable token"],
    ["oversize", "Entra responded without a usable token"],
    ["empty", "Entra responded without a usable token"],
    ["redirect", "Entra responded with status 302"],
  ])("an outage: %s", async (kind, cause) => {
    await fleet.tellEntra("/local/faults/startOutage", { kind, endpoint: "token" });
    const answer = await ask(fleet, "outage", "/me/graph", await issue({}));
    expect(readHeader(answer, "retry-after")).toHaveLength(1);
    await expectRow(answer, {
      status: 503,
      detail: "An API that this request needs is unavailable. Retry later.",
      line: { reason: "downstream_unavailable", cause },
    });
  });

  it("sends one request for a burst that is refused", async () => {
    const token = await issue({ persona: "newcomer" });
    const before = await countTokenRequests(fleet);
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(fleet, "burst", "/me/graph", token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(403));
    expect((await countTokenRequests(fleet)) - before).toBe(1);
  });

  it("never shows a token or a secret", () => {
    expect(JSON.stringify(fleet.lines)).not.toMatch(secretText);
    expect(JSON.stringify(fleet.lines)).not.toContain("AADSTS");
  });
});
