import { beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { createSharedTier } from "../../../src/extensions/downstream/shared-tier.ts";
import type { TokenNamespace } from "../../../src/extensions/downstream/token-cache.ts";
import { createFakeIo, type FakeIo, frozenNowSeconds } from "../../support/io.ts";

const keys = `k1:${"A".repeat(43)}`;
const key = '["tenant","client","user"]';
const { downstreamRenewalSeconds: renewalSeconds, tokenCacheSecondsMinimum: secondsMinimum } = limits;
const tokenOf = (secondsLeft: number) => ({
  accessToken: "eyJ.secret.token",
  expiresAtSeconds: frozenNowSeconds + secondsLeft,
});

let io: FakeIo;
let entries: Map<string, { value: string; expirationTtl: number }>;
let store: TokenNamespace;
beforeEach(() => {
  io = createFakeIo();
  entries = new Map();
  store = {
    get: async (name) => entries.get(name)?.value ?? null,
    put: async (name, value, { expirationTtl }) => void entries.set(name, { value, expirationTtl }),
    delete: async (name) => void entries.delete(name),
  };
});

const createTier = (parts: Partial<TokenNamespace> = {}) =>
  createSharedTier(io, { store: { ...store, ...parts }, keys });

describe("the shared tier", () => {
  it("stores an encrypted token until five minutes before it expires, under an opaque name", async () => {
    await createTier().write(key, tokenOf(3_600));
    const [[name, entry] = []] = entries;
    expect(name).toMatch(/^entra-gate\/tokens\/2\/[\w-]{43}$/);
    expect(entry?.expirationTtl).toBe(3_600 - renewalSeconds);
    expect(JSON.stringify([...entries])).not.toContain("secret");
    expect(await createTier().read(key)).toEqual(tokenOf(3_600));
    await createTier().remove(key);
    expect(await createTier().read(key)).toBeUndefined();
  });

  it("does not store a token that expires within the shortest lifetime of KV", async () => {
    await createTier().write(key, tokenOf(renewalSeconds + secondsMinimum - 1));
    expect(entries.size).toBe(0);
    await createTier().write(key, tokenOf(renewalSeconds + secondsMinimum));
    expect(entries.size).toBe(1);
  });

  it("does not return a token that a store kept too long", async () => {
    await createTier().write(key, tokenOf(3_600));
    await io.advance((3_600 - renewalSeconds) * 1_000 - 1_000);
    expect(await createTier().read(key)).toBeDefined();
    await io.advance(1_000);
    expect(await createTier().read(key)).toBeUndefined();
  });

  it("does not return a token that was moved to another request's name", async () => {
    await createTier().write(key, tokenOf(3_600));
    await createTier().write("other", tokenOf(3_600));
    const [first, second] = entries.keys();
    entries.set(second!, entries.get(first!)!);
    expect(await createTier().read("other")).toBeUndefined();
  });

  it.each<[string, Partial<TokenNamespace>]>([
    ["throws", { get: () => Promise.reject(new Error("no KV")), put: () => Promise.reject(new Error("no KV")) }],
    ["is late", { get: () => new Promise(() => {}), put: () => new Promise(() => {}) }],
    ["returns another value", { get: async () => "k1.AAAA.AAAA" }],
  ])("behaves as if it were absent if the store %s", async (_, parts) => {
    const tier = createTier(parts);
    const read = tier.read(key);
    const written = tier.write(key, tokenOf(3_600));
    await io.advance(limits.tokenCacheReadMilliseconds);
    expect(await read).toBeUndefined();
    await written;
  });

  it("logs that the store throws", async () => {
    await createTier({ get: () => Promise.reject(new Error("no KV")) }).read(key);
    expect(io.lines).toEqual([{ event: "token_cache_failed", level: "warn", problem: "read: no KV" }]);
  });

  it("logs that its keys are malformed, under the name of their variable", async () => {
    const tier = createSharedTier(io, { store, keys: { get: async () => "a-secret" } });
    await tier.write(key, tokenOf(3_600));
    const problem = "TOKEN_CACHE_KEY is not a list of names and 32-byte keys";
    expect(io.lines).toEqual([{ event: "token_cache_failed", level: "warn", problem }]);
    expect(entries.size).toBe(0);
  });

  it("stores nothing if it is not configured", async () => {
    const tier = createSharedTier(io, undefined);
    await tier.write(key, tokenOf(3_600));
    await tier.remove(key);
    expect(await tier.read(key)).toBeUndefined();
  });
});
