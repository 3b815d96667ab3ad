import { beforeEach, describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import * as limits from "../../../src/base/common/limits.ts";
import type { FoundKeys } from "../../../src/core/keys/cached-keys.ts";
import { completeKeySet, createSharedKeys, importKeys, readKeySet } from "../../../src/core/keys/key-set.ts";
import { settle } from "../../support/io.ts";
import { authority, createKeyWorld, hourMs, type KeyWorld, openAuthority, source } from "../../support/key-world.ts";

let world: KeyWorld;
let kid: string;
/** The kid of a key that signs nothing now. */
let otherKid: string;
/** Work that continues after the response. */
let kept: Promise<unknown>[];

beforeEach(async () => {
  world = createKeyWorld();
  kid = await world.currentKid();
  otherKid = (await world.entra.keys()).find(({ published, signing }) => published && !signing)!.kid;
  kept = [];
});

const keep = (work: Promise<unknown>) => void kept.push(work);

async function find(wanted: string, of = source): Promise<FoundKeys> {
  const found = await world.store.find(of, wanted, keep);
  if (!found.ok) throw new Error(found.error.reason);
  return found.value;
}

const known = (wanted: string) => world.store.known(source, wanted, world.io.now(), keep);

/**
 * Holds what runs after the response until `release` is called. After `drop`, it never runs, as in a request that was
 * cut off.
 */
function holdRest() {
  const { after } = world.io;
  const held: (() => void)[] = [];
  world.io.after = (delayMs, callback) => {
    if (delayMs > 0) return after(delayMs, callback);
    held.push(callback);
    return () => {};
  };
  const drop = () => {
    world.io.after = after;
  };
  const release = () => {
    drop();
    for (const callback of held) callback();
  };
  return { drop, release };
}

/** Holds imports of keys that start before `stop`, until `release`. */
function holdImports() {
  const { importKey } = crypto.subtle;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = async (...input: Parameters<typeof importKey>) => {
    await released;
    return importKey.apply(crypto.subtle, input);
  };
  crypto.subtle.importKey = held as typeof importKey;
  const stop = () => {
    crypto.subtle.importKey = importKey;
  };
  return { stop, release };
}

/** Lets the cache answer only when the returned function is called, with a document if it has one. */
function hangCache(): (document?: string) => void {
  let answer: (response: Response | undefined) => void = () => {};
  const match = () => new Promise<Response | undefined>((resolve) => (answer = resolve));
  world.io.openCache = async () => ({ match, put: async () => {} }) as unknown as Cache;
  return (document) => answer(document === undefined ? undefined : new Response(document));
}

describe("the first request of a cold isolate", () => {
  it("goes on with its own key; the others and the log line follow", async () => {
    await world.find(kid);
    world = world.secondIsolate();
    world.io.lines.length = 0;
    const { keys, latency } = await find(kid);
    expect([keys.length, latency, world.io.lines]).toEqual([1, "waited", []]);
    expect(world.store.describe()).toMatchObject([{ from: "edge", ageSeconds: 0, keys: 1, digest: undefined }]);
    await Promise.all(kept);
    expect(world.io.lines).toMatchObject([{ event: "keys", from: "edge", keys: 4, digest: expect.any(String) }]);
    expect(world.store.describe()).toMatchObject([{ from: "edge", keys: 4, digest: world.io.lines[0]?.digest }]);
  });

  it.each(["2.0", "1.0"] as const)(
    "keeps its key when the others arrive, so its token stays known: v%s",
    async (version) => {
      // The keys of v1.0 documents name no issuer, so tenants share only what was imported of them.
      await find(kid, authority.keySource(tenants.contoso.id, version === "1.0" ? "2.0" : "1.0"));
      await Promise.all(kept);
      const of = authority.keySource(tenants.contoso.id, version);
      const { keys } = await find(kid, of);
      await Promise.all(kept);
      expect(world.store.describe()).toMatchObject([{ keys: 4 }, { keys: 4 }]);
      expect(world.store.known(of, kid, world.io.now(), keep)?.keys[0]).toBe(keys[0]);
    },
  );

  it("leaves requests that need another key to import it themselves", async () => {
    const { release } = holdRest();
    await find(kid);
    expect(known(otherKid)).toBeUndefined();
    const { keys } = await find(otherKid);
    expect([world.fetches(), world.io.timers()]).toEqual([1, 0]);
    release();
    await Promise.all(kept);
    expect(known(otherKid)?.keys[0]).toBe(keys[0]);
    expect(world.store.describe()).toMatchObject([{ keys: 4 }]);
  });

  it("keeps the key object if two requests import a key at the same time", async () => {
    const { release } = holdRest();
    await find(kid);
    const imports = holdImports();
    const late = find(otherKid);
    await settle();
    imports.stop();
    const { keys } = await find(otherKid);
    imports.release();
    expect((await late).keys[0]).toBe(keys[0]);
    expect(known(otherKid)?.keys[0]).toBe(keys[0]);
    release();
  });

  it("renews its keys if it was cut off before the others were imported", async () => {
    await world.find(kid);
    world = world.secondIsolate();
    const { drop } = holdRest();
    await find(kid);
    expect(known(kid)?.latency).toBe("hit");
    world.io.jump(limits.keyLeaseMilliseconds);
    drop();
    expect(known(kid)?.latency).toBe("stale");
    await settle();
    expect(known(kid)?.latency).toBe("hit");
    expect(world.store.describe()).toMatchObject([{ keys: 4, from: "edge" }]);
    expect(world.fetches()).toBe(1);
  });

  it("keeps a day what it has imported, not longer", async () => {
    holdRest();
    await find(kid);
    world.io.jump(limits.keySetLifetimeMilliseconds);
    expect(known(kid)).toBeUndefined();
  });

  it("does not go on with a key that is not in its document", async () => {
    expect(await world.find("invented")).toBe("key_unknown");
    expect(world.store.describe()).toMatchObject([{ keys: 4 }]);
  });

  it("finds keys with a clock that is not a number unavailable", async () => {
    world.io.now = () => Number.NaN;
    expect(await world.store.find(source, kid, keep)).toEqual({
      ok: false,
      error: { reason: "keys_unavailable", retryAfterSeconds: 1 },
    });
  });
});

describe("keys that are imported one key ID at a time", () => {
  it("are those of the whole set", async () => {
    const [first, second] = (JSON.parse(await readDocument()) as { keys: object[] }).keys;
    const twice = {
      keys: [first, { ...first, issuer: "https://other.example" }, second, first, { ...second, use: "enc" }],
    };
    const weak = { keys: [{ ...first, n: "AQAB" }, { ...second, use: "enc" }, { ...first, kid: 7 }, null] };
    const rule = { instanceName: undefined, tenantSpecific: true };
    const usable: number[] = [];
    for (const text of [await readDocument(), JSON.stringify(twice), JSON.stringify(weak)]) {
      const document = { id: source.id, fetchedAtMs: 0, issuer: undefined, rule, text };
      const shared = createSharedKeys();
      const read = () => {
        const set = readKeySet(document, "edge", undefined, shared);
        if (!set.ok) throw new Error(set.error);
        return set.value;
      };
      const whole = read();
      await completeKeySet(whole);
      for (const id of read().pending.keys()) {
        const arriving = read();
        await importKeys(arriving, id);
        expect([...arriving.keys]).toEqual([...whole.keys].filter(([each]) => each === id));
        expect(arriving.pending.has(id)).toBe(false);
      }
      usable.push([...whole.keys.values()].flat().length);
    }
    expect(usable).toEqual([4, 3, 0]);
  });
});

const readDocument = async () =>
  (
    await world.entra.fetch(new Request(`https://login.microsoftonline.com/${tenants.contoso.id}/discovery/v2.0/keys`))
  ).text();

/** What another isolate put in the cache at this moment. */
async function cachedDocument(): Promise<string> {
  await createKeyWorld(world).find(kid);
  return [...world.cache.entries.values()][0]!;
}

describe("documents of different age", () => {
  it("an older one of the cache never replaces a newer one of which the rest was not imported", async () => {
    const old = await cachedDocument();
    world.cache.entries.clear();
    world.io.jump(1_000);
    const next = await world.entra.rollOver("emergency");
    const put = world.cache.put;
    world.cache.put = async () => {};
    const { drop } = holdRest();
    await find(next);
    drop();
    world.cache.put = put;
    world.cache.entries.set(`https://entra-gate.invalid/keys/1/${encodeURIComponent(source.id)}`, old);
    world.io.jump(limits.keyLeaseMilliseconds);
    expect(known(next)?.latency).toBe("stale");
    await settle();
    expect(known(next)?.latency).toBe("hit");
    expect(world.store.describe()).toMatchObject([{ from: "authority", ageSeconds: 0 }]);
  });

  it("the rest of one that waited too long never replaces a newer one", async () => {
    await cachedDocument();
    world.io.jump(1_000);
    const { release } = holdRest();
    await find(kid);
    const next = await world.entra.rollOver("emergency");
    world.io.jump(limits.keyLeaseMilliseconds);
    expect(await world.find(next)).toBe("found");
    release();
    await Promise.all(kept);
    expect(known(next)?.latency).toBe("hit");
    expect(world.store.describe()).toMatchObject([{ from: "authority", keys: 5 }]);
  });

  it("nor does a key of it that was imported too late", async () => {
    await cachedDocument();
    world.io.jump(1_000);
    const imports = holdImports();
    const late = find(kid);
    await settle();
    imports.stop();
    world.io.jump(limits.keyLeaseMilliseconds);
    await world.entra.rollOver("emergency");
    world.cache.entries.clear();
    expect(await world.find(otherKid)).toBe("found");
    const [state] = world.store.describe();
    expect(state).toMatchObject({ from: "authority", keys: 5 });
    const { release } = holdRest();
    imports.release();
    await late;
    expect(world.store.describe()).toEqual([state]);
    release();
  });
});

describe("a cache that does not answer", () => {
  const { edgeHeadStartMilliseconds: headStartMs, edgeReadMilliseconds: readMs } = limits;

  it("lets a request that waits ask the authority after 30 ms", async () => {
    hangCache();
    const answer = world.start(kid);
    await world.io.advance(headStartMs - 1);
    expect(world.fetches()).toBe(0);
    await world.io.advance(1);
    expect(await answer).toBe("found");
  });

  it("lets many requests ask once", async () => {
    hangCache();
    const answers = Promise.all(Array.from({ length: 50 }, () => world.start(kid)));
    await world.io.advance(headStartMs + limits.keyPollMilliseconds);
    expect(new Set(await answers)).toEqual(new Set(["found"]));
    expect(world.fetches()).toBe(1);
  });

  it("wins if it has the key before the authority answers, whose set then replaces its own", async () => {
    const document = await cachedDocument();
    world = createKeyWorld({ ...world, cache: world.cache });
    const answerCache = hangCache();
    world.entra.setOutage({ kind: "slow", delayMs: 1_000 });
    const answer = world.start(kid);
    await world.io.advance(headStartMs);
    answerCache(document);
    await settle();
    expect(await Promise.race([answer, "waits"])).toBe("found");
    expect(world.store.describe()).toMatchObject([{ from: "edge", keys: 4 }]);
    await world.io.advance(1_000);
    expect(world.store.describe()).toMatchObject([{ from: "authority", keys: 4, ageSeconds: 0 }]);
  });

  it("does not win without the key", async () => {
    const document = await cachedDocument();
    const next = await world.entra.rollOver("emergency");
    world = createKeyWorld(world);
    const answerCache = hangCache();
    world.entra.setOutage({ kind: "slow", delayMs: 100 });
    const answer = world.start(next);
    await world.io.advance(headStartMs);
    answerCache(document);
    await settle();
    expect(await Promise.race([answer, "waits"])).toBe("waits");
    await world.io.advance(100);
    expect(await answer).toBe("found");
  });

  it("is not believed after the authority has answered", async () => {
    const document = await cachedDocument();
    world.io.jump(1_000);
    const next = await world.entra.rollOver("emergency");
    world = createKeyWorld(world);
    const answerCache = hangCache();
    const answer = world.start(next);
    await world.io.advance(headStartMs);
    answerCache(document);
    await settle();
    expect(await answer).toBe("found");
    expect(world.store.describe()).toMatchObject([{ from: "authority", keys: 5 }]);
  });

  it.each([{ kind: "down" }, { kind: "html" }] as const)(
    "is still believed if the authority fails: $kind",
    async (outage) => {
      const document = await cachedDocument();
      world = createKeyWorld(world);
      const answerCache = hangCache();
      world.entra.setOutage(outage);
      const answer = world.start(kid);
      await world.io.advance(readMs - 1);
      answerCache(document);
      await settle();
      expect(await answer).toBe("found");
    },
  );

  describe("delays a request that may not ask the authority", () => {
    it("during a back-off", async () => {
      world.entra.setOutage({ kind: "down" });
      await world.find(kid);
      hangCache();
      world.io.jump(limits.edgeReadIntervalMilliseconds);
      const answer = world.start(kid);
      await world.io.advance(readMs);
      expect([await answer, world.fetches()]).toEqual(["keys_unavailable", 1]);
    });

    it("during the cooldown of unknown key IDs", async () => {
      await world.find(kid);
      await world.find("invented");
      hangCache();
      world.io.jump(limits.edgeReadIntervalMilliseconds);
      const answer = world.start("another");
      await world.io.advance(readMs);
      expect([await answer, world.fetches()]).toEqual(["key_unknown", 2]);
    });

    it("of an unseen tenant without budget, and the cache may still answer", async () => {
      const unseen = openAuthority.keySource(tenants.fabrikam.id, "2.0");
      const id = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
      for (let index = 0; index < limits.unseenTenantFetches; index += 1) {
        void world.store.find(openAuthority.keySource(id(index), "2.0"), kid, keep);
      }
      await world.io.advance(0);
      const fetches = world.fetches();
      const document = JSON.parse(await cachedDocument()) as object;
      const counted = world.fetches() - fetches;
      const answerCache = hangCache();
      const answer = world.store.find(unseen, kid, keep);
      await world.io.advance(headStartMs);
      expect(world.fetches()).toBe(fetches + counted);
      answerCache(JSON.stringify({ ...document, id: unseen.id }));
      await settle();
      expect(await answer).toMatchObject({ ok: true });
    });
  });

  it("is waited for by a renewal in the background", async () => {
    await world.find(kid);
    hangCache();
    world.io.jump(hourMs);
    known(kid);
    await world.io.advance(readMs - 1);
    expect(world.fetches()).toBe(1);
    await world.io.advance(1);
    expect(world.fetches()).toBe(2);
  });
});
