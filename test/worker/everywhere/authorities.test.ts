import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateStack } from "../../support/gate-runtime.ts";
import type { Stack } from "../../support/stack.ts";

/** Two authorities with equal tenants, audiences, object IDs and key IDs. */
let stack: Stack;
beforeAll(async () => {
  stack = await startGateStack({
    gateEntry: "test/gates/authorities.ts",
    hasCustomers: true,
    gateVars: { ENTRA_REQUIRED_SCOPE: "orders.read", GATE_LOG_ALLOWED: "0" },
    onGateLog: () => {},
  });
});
afterAll(() => stack.stop());

type Authority = "default" | "customers";
/** `INTERLEAVED_REQUESTS=1000000` sends more. */
const interleaved = Number(process.env.INTERLEAVED_REQUESTS ?? 200);
const urlOf = (authority: Authority) => (authority === "default" ? stack.entraUrl : stack.customersUrl);

/** A token that the keys of an authority sign. */
async function issue(authority: Authority, options: object = {}): Promise<string> {
  const body = JSON.stringify({ scopes: ["orders.read"], ...options });
  const answer = await fetch(`${urlOf(authority)}/local/access-token`, { method: "POST", body });
  return answer.text();
}

async function ask(path: string, token: string): Promise<{ readonly status: number; readonly authority: unknown }> {
  const answer = await fetch(stack.gateUrl + path, { headers: { authorization: `Bearer ${token}` } });
  const { authority } = (await answer.json()) as { authority?: string };
  return { status: answer.status, authority };
}

const fault = (authority: Authority, name: string, body: object = {}) =>
  fetch(`${urlOf(authority)}/local/faults/${name}`, { method: "POST", body: JSON.stringify(body) });

describe("a gate with two authorities", () => {
  it.each<[path: string, ofDefault: number, ofCustomers: number]>([
    ["/employees", 200, 403],
    ["/customers", 403, 200],
    ["/both", 200, 200],
    ["/standard", 200, 403],
    ["/reported", 200, 403],
    ["/absent", 404, 404],
  ])(
    "%s: %d for a caller of default, %d for one of customers",
    { tags: "authority-named" },
    async (path, ofDefault, ofCustomers) => {
      for (const [authority, status] of [
        ["default", ofDefault],
        ["customers", ofCustomers],
      ] as const) {
        const answer = await ask(path, await issue(authority));
        expect(answer).toEqual({ status, authority: status === 200 ? authority : undefined });
      }
    },
  );

  it("does not admit a caller in report mode whose authority the route does not name", {
    tags: "authority-named",
  }, async () => {
    // Report mode admits a caller of the route's authority who lacks the scope.
    expect((await ask("/reported", await issue("default", { scopes: ["other"] }))).status).toBe(200);
    expect((await ask("/reported", await issue("customers", { scopes: ["other"] }))).status).toBe(403);
  });

  it("refuses a token that the keys of one authority sign with the issuer of the other", {
    tags: "authority-alone",
  }, async () => {
    for (const [signer, issuer] of [
      ["customers", "default"],
      ["default", "customers"],
    ] as const) {
      const own = await issue(issuer);
      const crossed = await issue(signer, { authority: urlOf(issuer) });
      // Nothing but the signature tells them apart.
      expect(crossed.split(".")[0]).toBe(own.split(".")[0]);
      expect((await ask("/both", own)).status).toBe(200);
      expect((await ask("/both", crossed)).status).toBe(401);
      expect((await ask("/both", own)).status).toBe(200);
    }
  });

  it(`keeps callers of both apart in ${interleaved} interleaved requests, while the keys of one cannot be fetched`, {
    tags: "authority-users",
    timeout: 300_000 + 20 * interleaved,
  }, async () => {
    const names = ["default", "customers"] as const;
    const issueFor = async (authority: Authority, index: number, expected: unknown, options: object = {}) => {
      const token = await issue(authority, { persona: `contoso-${index}`, ...options });
      return { token, expected };
    };
    const known = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const authority = names[index % 2]!;
        return issueFor(authority, Math.floor(index / 2), authority);
      }),
    );
    for (const { token, expected } of known) expect((await ask("/both", token)).authority).toBe(expected);
    await fault("default", "startOutage", { kind: "down" });
    try {
      const crossed = [
        await issueFor("default", 0, undefined, { authority: urlOf("customers") }),
        await issueFor("customers", 0, undefined, { authority: urlOf("default") }),
      ];
      await fault("default", "switchKey");
      const callers = [...known, ...crossed, await issueFor("default", 0, undefined)];
      const confused: unknown[] = [];
      for (let sent = 0; sent < interleaved; sent += callers.length) {
        const asked = [...callers, await issueFor("customers", sent % 40, "customers")];
        const answers = await Promise.all(asked.map(({ token }) => ask("/both", token)));
        for (const [index, { status, authority }] of answers.entries())
          if (authority !== asked[index]!.expected) confused.push([asked[index], status, authority]);
      }
      expect(confused).toEqual([]);
    } finally {
      await fault("default", "endOutage");
    }
  });

  it("admits callers of one authority while the keys of the other cannot be fetched", {
    tags: "authority-outage",
  }, async () => {
    await fault("default", "startOutage", { kind: "down" });
    try {
      await fault("default", "switchKey");
      await fault("customers", "switchKey");
      expect((await ask("/both", await issue("customers"))).status).toBe(200);
      expect([401, 503]).toContain((await ask("/both", await issue("default"))).status);
      expect((await ask("/both", await issue("customers", { persona: "admin" }))).status).toBe(200);
    } finally {
      await fault("default", "endOutage");
    }
  });
});
