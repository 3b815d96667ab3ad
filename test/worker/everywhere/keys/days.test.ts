// Runtimes: workerd
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../../../src/base/common/limits.ts";
import { inventKids, type KeyStack, startKeyStack } from "../../../support/key-stack.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

let stack: KeyStack;

beforeEach(async () => {
  stack = await startKeyStack({ gateEntry: "test/gates/driven.ts" });
});
afterEach(() => stack.stop());

const repeat = (token: string, count: number): readonly string[] => Array.from({ length: count }, () => token);

/** Waits for work after the response. */
async function waitForFetches(keys: number): Promise<void> {
  while ((await stack.fetches()).keys < keys) await delay(5);
}

describe("a planned rollover", () => {
  it("causes no failure and no wait if the key is published an hour before it signs", async () => {
    const old = await stack.issueForDays();
    expect(await stack.askAll([old], 0)).toEqual({ 200: 1 });
    await stack.rollOver("planned");
    expect(await stack.askAll(repeat(old, 50), hourMs)).toEqual({ 200: 50 });
    await waitForFetches(2);
    await stack.switchKey();
    const fresh = await stack.issueForDays();
    // A request to the authority would fail now.
    await stack.startOutage({ kind: "down" });
    expect(await stack.askAll([...repeat(old, 50), ...repeat(fresh, 50)])).toEqual({ 200: 100 });
    expect((await stack.fetches()).keys).toBe(2);
  });
});

describe("an outage", () => {
  it("of 23 hours fails no token with a known key; after 24 it causes 503, until one back-off after its end", async () => {
    const token = await stack.issueForDays();
    expect(await stack.askAll([token], 0)).toEqual({ 200: 1 });
    await stack.startOutage({ kind: "down" });
    for (let hours = 1; hours <= 23; hours += 1) {
      expect(await stack.askAll(repeat(token, 20), hours * hourMs)).toEqual({ 200: 20 });
    }
    const refused = await stack.ask(token, { afterMs: 24 * hourMs + minuteMs });
    expect([refused.status, refused.headers.has("retry-after")]).toEqual([503, true]);
    await stack.endOutage();
    const backoffMs = limits.keyBackoffMillisecondsMaximum * (1 + limits.keyBackoffJitter);
    expect(await stack.askAll(repeat(token, 20), 24 * hourMs + minuteMs + backoffMs)).toEqual({ 200: 20 });
  });

  it("of a cold gate, with 300 requests in a minute, causes at most 3 attempts", async () => {
    const token = await stack.issueForDays();
    await stack.startOutage({ kind: "down" });
    for (let batch = 0; batch < 20; batch += 1) {
      expect(await stack.askAll(repeat(token, 15), batch * 3_000)).toEqual({ 503: 15 });
    }
    const { keys, discovery } = await stack.fetches();
    expect(keys).toBe(0);
    expect(discovery).toBeLessThanOrEqual(3);
  });
});

describe("a flood", () => {
  it("of 3,000 invented kids in a minute, 1,000 at once, causes 3 fetches, refuses no valid token, and delays a new key by 30 s", async () => {
    const good = await stack.issueForDays();
    const invented = inventKids(good, 3_000);
    const [first, crowd, rest] = [invented.slice(0, 50), invented.slice(50, 1_050), invented.slice(1_050)];
    // A gate without keys gets them within seconds of real time, which a busy machine needs for a larger crowd.
    expect(await stack.askAll([...repeat(good, 50), ...first], 0)).toEqual({ 200: 50, 401: 50 });
    expect(await stack.askAll([...repeat(good, 50), ...crowd])).toEqual({ 200: 50, 401: 1_000 });
    const batches = 36;
    for (let batch = 0; batch < batches; batch += 1) {
      const tokens = rest.slice((batch * rest.length) / batches, ((batch + 1) * rest.length) / batches);
      const counts = await stack.askAll([good, ...tokens], Math.round((batch * (minuteMs - 1)) / batches));
      expect(counts).toEqual({ 200: 1, 401: tokens.length });
    }
    expect((await stack.fetches()).keys).toBeLessThanOrEqual(3);
    await stack.rollOver("emergency");
    const fresh = await stack.issueForDays();
    expect(await stack.askAll([fresh, good], minuteMs + limits.unknownKidCooldownMilliseconds)).toEqual({ 200: 2 });
    expect((await stack.fetches()).keys).toBeLessThanOrEqual(4);
  });
});
