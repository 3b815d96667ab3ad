// Runtimes: workerd, deno, deno-without-cache
import { afterEach, describe, expect, it } from "vitest";
import { inventKids, type KeyStack, startKeyStack } from "../../../support/key-stack.ts";

let stack: KeyStack;

afterEach(() => stack.stop());

const repeat = (token: string, count: number): readonly string[] => Array.from({ length: count }, () => token);

describe("keys in one isolate", () => {
  it("are fetched once for 200 simultaneous requests to a cold gate", async () => {
    stack = await startKeyStack();
    expect(await stack.askAll(repeat(await stack.issue(), 200))).toEqual({ 200: 200 });
    expect(await stack.fetches()).toEqual({ keys: 1, discovery: 1 });
  });

  it("are imported for 100 simultaneous requests of two keys to a cold gate", async () => {
    stack = await startKeyStack();
    const old = await stack.issue();
    await stack.rollOver("emergency");
    const tokens = [...repeat(old, 50), ...repeat(await stack.issue(), 50)];
    expect(await stack.askAll(tokens)).toEqual({ 200: 100 });
    expect(await stack.fetches()).toEqual({ keys: 1, discovery: 1 });
  });

  it("are fetched once, without waiting for a cache that never answers", async () => {
    stack = await startKeyStack({ gateEntry: "test/gates/hung-cache.ts" });
    const token = await stack.issue();
    expect(await stack.askAll(repeat(token, 50))).toEqual({ 200: 50 });
    expect(await stack.fetches()).toEqual({ keys: 1, discovery: 1 });
  });

  it("reach all other requests if the first one, which fetches, is aborted", async () => {
    stack = await startKeyStack();
    const token = await stack.issue();
    await stack.startOutage({ kind: "slow", delayMs: 2_500, endpoint: "discovery" });
    const controller = new AbortController();
    const first = stack.ask(token, { signal: controller.signal }).catch((error: Error) => error.name);
    await expect.poll(async () => (await stack.fetches()).discovery).toBe(1);
    const others = stack.askAll(repeat(token, 199));
    controller.abort();
    expect(await first).toBe("AbortError");
    expect(await others).toEqual({ 200: 199 });
    expect((await stack.fetches()).keys).toBeLessThanOrEqual(2);
  });

  it("survive an emergency rollover without a failed request", async () => {
    stack = await startKeyStack();
    const old = await stack.issue();
    expect(await stack.askAll([old])).toEqual({ 200: 1 });
    await stack.rollOver("emergency");
    const fresh = await stack.issue();
    expect(await stack.askAll([...repeat(old, 50), ...repeat(fresh, 50)])).toEqual({ 200: 100 });
    expect((await stack.fetches()).keys).toBe(2);
  });

  it("that are invented, 300 at once, cause at most two fetches and refuse no valid token", async () => {
    stack = await startKeyStack();
    const good = await stack.issue();
    // On a busy machine, the first fetch would not end in time beside hundreds of requests.
    expect(await stack.askAll([good])).toEqual({ 200: 1 });
    const tokens = inventKids(good, 300).flatMap((token, index) => (index % 20 === 0 ? [token, good] : [token]));
    expect(await stack.askAll(tokens)).toEqual({ 200: 15, 401: 300 });
    expect((await stack.fetches()).keys).toBeLessThanOrEqual(2);
  });

  it("that are unavailable cause 503 with Retry-After, in one attempt", async () => {
    stack = await startKeyStack();
    const token = await stack.issue();
    await stack.startOutage({ kind: "down" });
    const refused = await stack.ask(token);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.has("www-authenticate")).toBe(false);
    expect(await stack.askAll(repeat(token, 100))).toEqual({ 503: 100 });
    expect(await stack.fetches()).toEqual({ keys: 0, discovery: 1 });
  });
});
