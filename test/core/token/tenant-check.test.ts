import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { createKeyStore } from "../../../src/core/keys/key-store.ts";
import { createAuthenticate, createTokenChecks } from "../../../src/core/token/authenticator.ts";
import type { TenantCheck } from "../../../src/core/token/tenant-check.ts";
import { claimRules, otherTenant, tenant } from "../../support/claims.ts";
import { entra } from "../../support/frozen-entra.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";

const inCode = { ...claimRules, tenants: { decided: "in-code" } } as const;

let io: FakeIo;
let credential: string;

beforeAll(async () => {
  credential = `Bearer ${await entra.issueAccessToken()}`;
});

beforeEach(() => {
  io = createFakeIo({ fetch: (request) => entra.fetch(request) });
});

function authenticateWith(isTenantAllowed: TenantCheck, rules: typeof claimRules = inCode) {
  const options = { io, keys: createKeyStore(io), rules, authorities: 1, keepsIds: false };
  const authenticate = createAuthenticate(createTokenChecks({ ...options, isTenantAllowed }));
  return async (presented = credential) => {
    const result = await authenticate(presented, () => {});
    return result.ok ? "accepted" : result.error.reason;
  };
}

/** A result of the wrong type, as JavaScript code may return. */
const answering = (value: unknown) => (() => value) as TenantCheck;

describe("isTenantAllowed", () => {
  it.each([
    ["true", () => true],
    ["a promise of true", async () => true],
  ])("allows a tenant with %s", async (_, check) => {
    expect(await authenticateWith(check)()).toBe("accepted");
  });

  it.each([false, null, 0, 1, "", "true", {}, [], [true], { allowed: true }])(
    "refuses every caller with %j",
    async (value) => {
      expect(await authenticateWith(answering(value))()).toBe("tenant_not_allowed");
      expect(await authenticateWith(answering(Promise.resolve(value)))()).toBe("tenant_not_allowed");
    },
  );

  it.each([
    ["nothing", answering(undefined)],
    ["a promise of nothing", answering(Promise.resolve())],
    [
      "an exception",
      () => {
        throw new Error("database is down");
      },
    ],
    [
      "an exception that is not an Error",
      () => {
        throw "down";
      },
    ],
    ["a rejection", () => Promise.reject(new Error("database is down"))],
  ])("refuses every caller with %s", async (_, check) => {
    expect(await authenticateWith(check as TenantCheck)()).toBe("tenant_check_failed");
  });

  it("has a time limit", async () => {
    const allowAfter =
      (delayMs: number): TenantCheck =>
      () =>
        new Promise((resolve) => io.after(delayMs, () => resolve(true)));
    const inTime = authenticateWith(allowAfter(limits.callbackMilliseconds - 1))();
    await io.advance(limits.callbackMilliseconds);
    expect(await inTime).toBe("accepted");
    const late = authenticateWith(allowAfter(limits.callbackMilliseconds + 1))();
    await io.advance(limits.callbackMilliseconds);
    expect(await late).toBe("tenant_check_failed");
    const never = authenticateWith(() => new Promise(() => {}))();
    await io.advance(limits.callbackMilliseconds);
    expect(await never).toBe("tenant_check_failed");
  });

  it("may reject after the time limit without effect", async () => {
    const check: TenantCheck = () =>
      new Promise((_, reject) => io.after(limits.callbackMilliseconds + 1, () => reject(new Error("late"))));
    const late = authenticateWith(check)();
    await io.advance(limits.callbackMilliseconds + 1);
    expect(await late).toBe("tenant_check_failed");
  });

  it("gets the token's tenant and authority before any key is fetched", async () => {
    const check = vi.fn<TenantCheck>(() => false);
    expect(await authenticateWith(check)()).toBe("tenant_not_allowed");
    expect(check.mock.calls).toEqual([[tenant, "default"]]);
    expect(io.requests).toEqual([]);
  });

  it("is not called for a token with an obvious fault, or a tenant outside the allowlist", async () => {
    const check: TenantCheck = () => {
      throw new Error("asked");
    };
    expect(await authenticateWith(check)("Bearer a.b.c")).toBe("token_not_base64url");
    const others = { ...claimRules, tenants: { decided: "by-list", allowed: new Set([otherTenant]) } } as const;
    expect(await authenticateWith(check, others)()).toBe("tenant_not_allowed");
  });

  it("is called again for a known token, with its tenant and authority", async () => {
    const answers: (boolean | undefined)[] = [true, true, false, undefined, true];
    const check = vi.fn((() => answers.shift()) as TenantCheck);
    const outcome = authenticateWith(check);
    const outcomes: string[] = [];
    while (answers.length > 0) outcomes.push(await outcome());
    expect(outcomes).toEqual(["accepted", "accepted", "tenant_not_allowed", "tenant_check_failed", "accepted"]);
    expect(check.mock.calls).toEqual(outcomes.map(() => [tenant, "default"]));
    expect(io.requests).toHaveLength(1);
  });
});
