import { describe, expect, it, vi } from "vitest";
import type { Denial } from "../../../src/base/common/denial.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { createFailureLimit } from "../../../src/core/guard/failure-limit.ts";
import { createFakeIo } from "../../support/io.ts";

const expired: Denial = { reason: "expired" };
const over = { limit: async () => ({ success: false }) };

function createWorld() {
  const io = createFakeIo();
  const failures = createFailureLimit(io);
  return { io, failures, block: (address: string) => failures.count(over, address, expired) };
}

describe("an address", () => {
  it("is not blocked while the limiter allows it", async () => {
    const { failures } = createWorld();
    const limiter = { limit: vi.fn(async () => ({ success: true })) };
    expect(failures.check("192.0.2.1")).toBeUndefined();
    await failures.count(limiter, "192.0.2.1", expired);
    expect(limiter.limit.mock.calls).toEqual([[{ key: "failure 192.0.2.1" }]]);
    expect(failures.check("192.0.2.1")).toBeUndefined();
  });

  it("is blocked for a window after the limiter refuses; other addresses are not", async () => {
    const { io, failures, block } = createWorld();
    await block("192.0.2.1");
    expect(failures.check("192.0.2.1")).toEqual({ reason: "too_many_failures", retryAfterSeconds: 60 });
    expect(failures.check("192.0.2.2")).toBeUndefined();
    io.jump(limits.failureBlockMilliseconds - 1);
    expect(failures.check("192.0.2.1")).toEqual({ reason: "too_many_failures", retryAfterSeconds: 1 });
    io.jump(1);
    expect(failures.check("192.0.2.1")).toBeUndefined();
  });

  it("does not stay blocked if the clock was set back", async () => {
    const { io, failures, block } = createWorld();
    await block("192.0.2.1");
    io.jump(-3_600_000);
    expect(failures.check("192.0.2.1")).toBeUndefined();
  });

  it("is forgotten only when the list is full, and the oldest first", async () => {
    const { failures, block } = createWorld();
    for (let number = 0; number < limits.blockedAddresses; number += 1) await block(`address ${number}`);
    expect(failures.check("address 0")).toBeDefined();
    await block("one more");
    expect(failures.check("address 0")).toBeUndefined();
    expect(failures.check("address 1")).toBeDefined();
    expect(failures.check("one more")).toBeDefined();
  });
});

describe("a failure", () => {
  const uncounted: readonly Denial[] = [
    { reason: "credential_missing" },
    { reason: "credential_other_scheme" },
    { reason: "keys_unavailable", retryAfterSeconds: 1 },
    { reason: "scope_missing", scopes: [] },
    { reason: "token_revoked", revokedAtSeconds: 1, challengeable: true },
    { reason: "too_many_failures", retryAfterSeconds: 1 },
    { reason: "tenant_check_failed" },
  ];
  it.each(uncounted)("does not include a token that was not refused: %o", async (denial) => {
    const { failures } = createWorld();
    const limiter = { limit: vi.fn(over.limit) };
    await failures.count(limiter, "192.0.2.1", denial);
    expect(limiter.limit).not.toHaveBeenCalled();
    expect(failures.check("192.0.2.1")).toBeUndefined();
  });

  const counted: readonly Denial[] = [
    expired,
    { reason: "signature_invalid" },
    { reason: "tenant_unknown" },
    { reason: "key_unknown" },
    { reason: "credential_malformed" },
    { reason: "token_not_compact" },
  ];
  it.each(counted)("includes a refused credential: %o", async (denial) => {
    const { failures } = createWorld();
    await failures.count(over, "192.0.2.1", denial);
    expect(failures.check("192.0.2.1")).toBeDefined();
  });
});

describe("a limiter", () => {
  it.each([
    ["throws", () => Promise.reject(new Error("no such namespace"))],
    [
      "throws at once",
      () => {
        throw new Error("no such namespace");
      },
    ],
  ])("that %s blocks no address, and is logged once", async (_, limit) => {
    const { io, failures } = createWorld();
    await failures.count({ limit }, "192.0.2.1", expired);
    expect(io.lines).toHaveLength(1);
    await failures.count({ limit }, "192.0.2.1", expired);
    expect(failures.check("192.0.2.1")).toBeUndefined();
    expect(io.lines).toEqual([{ event: "failure_limit_broken", level: "error", problem: "no such namespace" }]);
  });

  it("that responds too late blocks no address", async () => {
    const { io, failures } = createWorld();
    const counting = failures.count({ limit: () => new Promise(() => {}) }, "192.0.2.1", expired);
    await io.advance(limits.callbackMilliseconds);
    await counting;
    expect(failures.check("192.0.2.1")).toBeUndefined();
    expect([io.timers(), io.lines]).toEqual([0, []]);
  });

  it.each([undefined, null, {}, { success: "false" }])("that returns %j blocks no address", async (answer) => {
    const { failures } = createWorld();
    await failures.count({ limit: async () => answer as never }, "192.0.2.1", expired);
    expect(failures.check("192.0.2.1")).toBeUndefined();
  });
});
