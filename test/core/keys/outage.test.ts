import { beforeEach, describe, expect, it } from "vitest";
import type { Outage } from "../../../entra/common/outage.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { createKeyWorld, hourMs, type KeyWorld, source } from "../../support/key-world.ts";

let world: KeyWorld;
let kid: string;

beforeEach(async () => {
  world = createKeyWorld();
  kid = await world.currentKid();
});

const broken: readonly Outage[] = [
  { kind: "down" },
  { kind: "error" },
  { kind: "not-found" },
  { kind: "throttled" },
  { kind: "redirect" },
  { kind: "html" },
  { kind: "truncated" },
  { kind: "oversize" },
  { kind: "too-many-keys" },
  { kind: "empty" },
  { kind: "drip" },
  { kind: "slow", delayMs: limits.keyFetchMilliseconds + 1_000 },
];

describe.each(broken)("an authority in outage $kind", (outage) => {
  it("makes the keys of a cold gate unavailable", async () => {
    world.entra.setOutage(outage);
    expect(await world.find(kid)).toBe("keys_unavailable");
    expect(world.store.describe()[0]?.lastFailure).toEqual(expect.any(String));
  });

  it("never replaces a good set", { tags: "good-keys" }, async () => {
    await world.find(kid);
    world.entra.setOutage(outage);
    world.io.jump(hourMs);
    expect(await world.find(kid)).toBe("found");
    await world.io.advance(limits.keyLeaseMilliseconds);
    expect(world.store.describe()[0]).toMatchObject({ keys: 4, lastFailure: expect.any(String) });
    expect(await world.find(kid)).toBe("found");
  });
});

describe("an outage", () => {
  it("keeps a set usable for exactly 24 hours", async () => {
    await world.findNow(kid);
    world.entra.setOutage({ kind: "down" });
    world.io.jump(24 * hourMs - 1);
    expect(await world.findNow(kid)).toBe("found");
    world.io.jump(1);
    expect(await world.findNow(kid)).toBe("keys_unavailable");
  });

  it("of 23 hours fails no known key and causes a bounded number of attempts", async () => {
    await world.find(kid);
    world.entra.setOutage({ kind: "down" });
    const stepMs = 30_000;
    for (let elapsedMs = 0; elapsedMs < 2 * hourMs; elapsedMs += stepMs) {
      world.io.jump(stepMs);
      expect(world.store.find(source, kid, () => {})).not.toBeInstanceOf(Promise);
      await world.io.advance(1);
    }
    // An hour of failed refreshes, at the longest back-off minus its jitter.
    const shortestMs = limits.keyBackoffMillisecondsMaximum * (1 - limits.keyBackoffJitter);
    const attempts = (1 + limits.keySetRefreshJitter) * (hourMs / shortestMs);
    expect(world.fetches()).toBeGreaterThan(10);
    expect(world.fetches()).toBeLessThan(attempts + 5);
    world.io.jump(21 * hourMs);
    expect(await world.find(kid)).toBe("found");
  });

  it("after 24 hours causes 503 with Retry-After, until one back-off after its end", async () => {
    await world.find(kid);
    world.entra.setOutage({ kind: "down" });
    world.io.jump(24 * hourMs - 1_000);
    expect(await world.find(kid)).toBe("found");
    await world.io.advance(100);
    world.io.jump(1_000);
    const refused = await world.drive(Promise.resolve(world.store.find(source, kid, () => {})));
    expect(refused).toMatchObject({ ok: false, error: { reason: "keys_unavailable" } });
    expect(refused.ok ? 0 : "retryAfterSeconds" in refused.error && refused.error.retryAfterSeconds).toBeGreaterThan(0);
    world.entra.setOutage({ kind: "ok" });
    world.io.jump(limits.keyBackoffMillisecondsMaximum * (1 + limits.keyBackoffJitter));
    expect(await world.find(kid)).toBe("found");
  });

  it("of a cold gate has a time for the next attempt, and ends one back-off after the authority is back", async () => {
    world.io.setRandom(0.5);
    world.entra.setOutage({ kind: "down" });
    const refuse = async () => world.store.find(source, kid, () => {});
    const unavailable = (retryAfterSeconds: number) => ({
      ok: false,
      error: { reason: "keys_unavailable", retryAfterSeconds },
    });
    const backoffMs = limits.keyBackoffMilliseconds;
    expect(await world.findNow(kid)).toBe("keys_unavailable");
    expect(await refuse()).toEqual(unavailable(backoffMs / 1_000));
    world.entra.setOutage({ kind: "ok" });
    world.io.jump(backoffMs - 500);
    expect(await refuse()).toEqual(unavailable(1));
    world.io.jump(500);
    // Within the cooldown of an unknown kid.
    expect(await world.findNow(kid)).toBe("found");
  });

  it("of a cold gate, with 300 requests in a minute, causes at most 3 attempts", async () => {
    world.entra.setOutage({ kind: "down" });
    for (let index = 0; index < 300; index += 1) {
      const answer = world.start(kid);
      await world.io.advance(200);
      expect(await answer).toBe("keys_unavailable");
    }
    expect(world.fetches()).toBeLessThanOrEqual(3);
  });

  it("respects Retry-After up to its bound", async () => {
    world.io.setRandom(0.5);
    world.entra.setOutage({ kind: "throttled", retryAfterSeconds: 120 });
    await world.find(kid);
    expect(world.store.describe()[0]?.nextAttemptSeconds).toBe(120);
    world.io.jump(120_000);
    world.entra.setOutage({ kind: "throttled", retryAfterSeconds: 86_400 });
    await world.find(kid);
    expect(world.store.describe()[0]?.nextAttemptSeconds).toBe(limits.keyRetryAfterMilliseconds / 1_000);
  });

  it("with an unexpected error is handled like any other", async () => {
    const faulty = { ...source, location: undefined as never };
    const found = await world.drive(Promise.resolve(world.store.find(faulty, kid, () => {})));
    expect(found).toMatchObject({ ok: false, error: { reason: "keys_unavailable" } });
    expect(world.io.lines.at(-1)).toMatchObject({ event: "keys_failed", lastFailure: expect.any(String) });
  });

  it("makes a kid that cannot be looked up unavailable, not unknown", async () => {
    await world.find(kid);
    world.entra.setOutage({ kind: "down" });
    expect(await world.find("invented")).toBe("keys_unavailable");
    expect(await world.find(kid)).toBe("found");
  });
});
