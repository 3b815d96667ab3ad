import { beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { readEdge, writeEdge } from "../../../src/core/keys/edge-tier.ts";
import type { KeyDocument } from "../../../src/core/keys/key-set.ts";
import { createFakeCache } from "../../support/cache.ts";
import { createFakeIo, type FakeIo, frozenNowMs } from "../../support/io.ts";
import { source } from "../../support/key-world.ts";

const document: KeyDocument = {
  id: source.id,
  fetchedAtMs: frozenNowMs,
  issuer: undefined,
  rule: { instanceName: "microsoftonline.com", tenantSpecific: true },
  text: '{"keys":[]}',
};
let cache: ReturnType<typeof createFakeCache>;
let io: FakeIo;

beforeEach(() => {
  cache = createFakeCache();
  io = createFakeIo({ cache });
});

/** Reads an entry whose text was replaced. */
async function readReplaced(text: string): Promise<KeyDocument | undefined> {
  await writeEdge(io, document);
  const [url] = cache.entries.keys();
  cache.entries.set(url!, text);
  return readEdge(io, source.id);
}

describe("an entry of the data center's cache", () => {
  it("has a host that no request can reach, and is read as it was written", async () => {
    await writeEdge(io, document);
    expect([...cache.entries.keys()].map((url) => new URL(url).hostname)).toEqual(["entra-gate.invalid"]);
    expect(await readEdge(io, source.id)).toEqual(document);
    expect(await readEdge(io, `${source.id}x`)).toBeUndefined();
  });

  it.each([
    { issuer: "https://contoso.ciamlogin.com/tenant/v2.0" },
    { rule: { instanceName: undefined, tenantSpecific: true } },
  ])("is read with %j too", async (change) => {
    await writeEdge(io, { ...document, ...change });
    expect(await readEdge(io, source.id)).toEqual({ ...document, ...change });
  });

  it("is written as JSON that may be stored for a day", async () => {
    const put: Response[] = [];
    const offered = createFakeIo({
      cache: { ...cache, put: async (_: unknown, response: Response) => void put.push(response) } as never,
    });
    await writeEdge(offered, document);
    expect(put[0]?.headers.get("content-type")).toBe("application/json");
    expect(put[0]?.headers.get("cache-control")).toBe("max-age=86400");
  });

  it("is read with a short time limit, and then counts as missing", async () => {
    const silent = createFakeIo({ cache: { match: () => new Promise(() => {}) } as never });
    const reading = readEdge(silent, source.id);
    await silent.advance(limits.edgeReadMilliseconds);
    expect(await reading).toBeUndefined();
    expect(silent.timers()).toBe(0);
  });

  it("is not read or written if there is no cache, or it throws", async () => {
    const broken = createFakeIo({ cache: () => Promise.reject(new Error("no cache")) });
    for (const other of [createFakeIo(), broken]) {
      expect(await writeEdge(other, document)).toBeUndefined();
      expect(await readEdge(other, source.id)).toBeUndefined();
    }
  });

  it("is valid for a day at most, and never from the future", async () => {
    const { keySetLifetimeMilliseconds } = limits;
    const aged = (ageMs: number) => readReplaced(JSON.stringify({ ...document, fetchedAtMs: frozenNowMs - ageMs }));
    expect(await aged(keySetLifetimeMilliseconds - 1)).toBeDefined();
    expect(await aged(keySetLifetimeMilliseconds)).toBeUndefined();
    expect(await aged(-1)).toBeUndefined();
  });

  it.each([
    { id: "https://login.microsoftonline.com/other" },
    { id: 1 },
    { fetchedAtMs: "now" },
    { fetchedAtMs: null },
    { fetchedAtMs: String(frozenNowMs) },
    { issuer: 1 },
    { rule: undefined },
    { rule: null },
    { rule: {} },
    { rule: { tenantSpecific: "false" } },
    { rule: { tenantSpecific: true, instanceName: 1 } },
    { text: undefined },
    { text: {} },
    { text: [] },
  ])("is ignored with %j", async (change) => {
    expect(await readReplaced(JSON.stringify({ ...document, ...change }))).toBeUndefined();
  });

  it("is ignored if its text is longer than any set can be", async () => {
    const ofLength = (characters: number) =>
      readReplaced(JSON.stringify({ ...document, text: "x".repeat(characters) }));
    expect(await ofLength(limits.keySetBytes)).toBeDefined();
    expect(await ofLength(limits.keySetBytes + 1)).toBeUndefined();
  });

  it.each(["", "null", "[]", "<html>", '"text"'])("is ignored if it is %j", async (text) => {
    expect(await readReplaced(text)).toBeUndefined();
  });
});
