import { beforeEach, describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { authority, authorityOf, createKeyWorld, hourMs, type KeyWorld, source } from "../../support/key-world.ts";

let world: KeyWorld;
let kid: string;

beforeEach(async () => {
  world = createKeyWorld();
  kid = await world.currentKid();
});

describe("a cold isolate", () => {
  it("fetches once for 200 requests at once", async () => {
    const answers = await world.drive(Promise.all(Array.from({ length: 200 }, () => world.start(kid))));
    expect(new Set(answers)).toEqual(new Set(["found"]));
    expect(world.fetches()).toBe(1);
  });

  it("answers without a promise once it has the key", async () => {
    await world.find(kid);
    expect(world.store.find(source, kid, () => {})).not.toBeInstanceOf(Promise);
  });

  it("allows another request to fetch if the first was cut off", async () => {
    // The platform never answers the fetch of a canceled request.
    world.io.setFetch(() => new Promise(() => {}));
    const lost = world.start(kid);
    await world.io.advance(1);
    world.io.setFetch((request) => world.entra.fetch(request));
    world.io.jump(limits.keyLeaseMilliseconds);
    expect(await world.find(kid)).toBe("found");
    expect(world.fetches()).toBe(2);
    expect(await world.drive(lost)).toBe("found");
  });

  it("limits how long requests wait", async () => {
    world.io.setFetch(() => new Promise(() => {}));
    const answers = await world.drive(Promise.all([world.start(kid), world.start(kid), world.start(kid)]));
    expect(answers).toEqual(["keys_unavailable", "keys_unavailable", "keys_unavailable"]);
  });

  it("limits the wait even if one request after the other takes the lease and is cut off", async () => {
    const { after } = world.io;
    const loseRequest = () => {
      world.io.after = () => () => {};
      void world.store.find(source, kid, () => {});
      world.io.after = after;
    };
    world.io.setFetch(() => new Promise(() => {}));
    loseRequest();
    const waiting = world.start(kid);
    const { keyLeaseMilliseconds: leaseMs, keyWaitMilliseconds: waitMs } = limits;
    for (const jumpMs of [leaseMs, leaseMs, waitMs - 2 * leaseMs]) {
      world.io.jump(jumpMs);
      loseRequest();
    }
    await world.io.advance(0);
    expect(await Promise.race([waiting, "still waiting"])).toBe("keys_unavailable");
  });

  it("starts no cooldown after a fetch that was cut off, because the kid is not known to be missing", async () => {
    await world.find(kid);
    const next = await world.entra.rollOver("emergency");
    world.io.setFetch(() => new Promise(() => {}));
    const lost = world.start("invented");
    await world.io.advance(1);
    world.io.setFetch((request) => world.entra.fetch(request));
    world.io.jump(limits.keyLeaseMilliseconds);
    expect(await world.find(next)).toBe("found");
    await world.drive(lost);
  });

  it("uses what another isolate of the data center fetched", async () => {
    await world.find(kid);
    const second = world.secondIsolate();
    expect(await second.find(kid)).toBe("found");
    expect(world.fetches()).toBe(1);
    expect(second.store.describe()[0]).toMatchObject({ from: "edge", keys: 4 });
  });

  it("works with a cache that is missing, throws or never answers", async () => {
    for (const cache of [
      async () => undefined,
      () => Promise.reject(new Error("no cache")),
      () => new Promise<undefined>(() => {}),
    ]) {
      world = createKeyWorld();
      world.io.openCache = cache;
      expect(await world.find(await world.currentKid())).toBe("found");
    }
  });
});

describe("refresh", () => {
  it("happens in the background of a request that has its key, after exactly an hour", async () => {
    world.io.setRandom(0);
    await world.find(kid);
    world.io.jump(hourMs - 1_000);
    await world.find(kid);
    expect(world.fetches()).toBe(1);
    world.io.jump(1_000);
    expect(world.store.find(source, kid, () => {})).not.toBeInstanceOf(Promise);
    await world.io.advance(100);
    expect(world.fetches()).toBe(2);
    expect(world.store.describe()[0]).toMatchObject({ ageSeconds: 0 });
  });

  it("happens once for many requests", async () => {
    await world.find(kid);
    world.io.jump(hourMs);
    await Promise.all(Array.from({ length: 50 }, () => world.start(kid)));
    await world.io.advance(100);
    expect(world.fetches()).toBe(2);
  });

  it("uses the set that another isolate has renewed", async () => {
    await world.find(kid);
    const second = world.secondIsolate();
    await second.find(kid);
    world.io.jump(hourMs);
    await world.find(kid);
    await world.io.advance(100);
    await second.find(kid);
    await world.io.advance(100);
    expect(world.fetches()).toBe(2);
  });

  it("drops a key that has left the set", async () => {
    const [other] = (await world.entra.keys()).filter((key) => key.published && !key.signing);
    await world.find(other!.kid);
    await world.entra.removeKey(other!.kid);
    world.io.jump(hourMs);
    await world.find(kid);
    await world.io.advance(100);
    expect(await world.find(other!.kid)).toBe("key_unknown");
  });

  it("keeps the identity of keys that stay, so tokens that they verified stay known", async () => {
    const before = await world.drive(Promise.resolve(world.store.find(source, kid, () => {})));
    world.io.jump(hourMs);
    await world.find(kid);
    await world.io.advance(100);
    const after = await world.store.find(source, kid, () => {});
    expect(before.ok && after.ok && before.value.set !== after.value.set).toBe(true);
    expect(before.ok && after.ok && before.value.keys[0] === after.value.keys[0]).toBe(true);
  });
});

describe("rollover", () => {
  it("delays no request if the key was published an hour before", async () => {
    world.io.setRandom(0);
    await world.find(kid);
    await world.entra.rollOver("planned");
    world.io.jump(hourMs);
    await world.find(kid);
    await world.io.advance(100);
    const next = await world.entra.switchKey();
    expect(world.store.find(source, next, () => {})).not.toBeInstanceOf(Promise);
    expect(await world.find(kid)).toBe("found");
  });

  it("costs the current requests one fetch if a new key signs at once", async () => {
    await world.find(kid);
    const next = await world.entra.rollOver("emergency");
    const answers = await world.drive(Promise.all(Array.from({ length: 100 }, () => world.start(next))));
    expect(new Set(answers)).toEqual(new Set(["found"]));
    expect(world.fetches()).toBe(2);
  });

  it("works with a clock that stands still, or was set back", async () => {
    for (const jumpMs of [0, -hourMs]) {
      world = createKeyWorld();
      await world.io.advance(1_000);
      expect(await world.findNow(await world.currentKid())).toBe("found");
      world.io.jump(jumpMs);
      expect(await world.findNow(await world.entra.rollOver("emergency"))).toBe("found");
    }
  });
});

describe("keys in memory after the clock was set back", () => {
  it("are renewed", async () => {
    await world.find(kid);
    world.io.jump(-hourMs);
    const renewals: Promise<unknown>[] = [];
    const found = world.store.known(source, kid, world.io.now(), (renewal) => void renewals.push(renewal));
    expect(found?.latency).toBe("stale");
    await world.drive(Promise.all(renewals));
    expect(world.fetches()).toBe(2);
  });

  it("are not renewed for a request whose clock is some milliseconds behind", async () => {
    await world.find(kid);
    world.io.jump(-50);
    const renewals: Promise<unknown>[] = [];
    expect(world.store.known(source, kid, world.io.now(), (renewal) => void renewals.push(renewal))?.latency).toBe(
      "hit",
    );
    expect(renewals).toEqual([]);
  });

  it("are fetched although the back-off after a failure, or what is known of a key ID, would last for longer", async () => {
    world.io.setFetch(async () => new Response("", { status: 503 }));
    expect(await world.find(kid)).toBe("keys_unavailable");
    world.io.setFetch((request) => world.entra.fetch(request));
    world.io.jump(-hourMs);
    expect(await world.find(kid)).toBe("found");
    const next = await world.entra.rollOver("emergency");
    await world.entra.removeKey(next);
    expect(await world.find(next)).toBe("key_unknown");
    const other = await world.entra.switchKey();
    world.io.jump(-hourMs);
    expect(await world.find(other)).toBe("found");
  });

  it("are fetched although a request that never ended has leased them", async () => {
    world.io.setFetch(() => new Promise(() => {}));
    const lost = world.start(kid);
    await world.io.advance(1);
    world.io.setFetch((request) => world.entra.fetch(request));
    world.io.jump(-hourMs);
    expect(await world.findNow(kid)).toBe("found");
    void lost;
  });

  it("do not live longer", async () => {
    await world.find(kid);
    world.io.jump(-2 * limits.keySetLifetimeMilliseconds);
    expect(world.store.known(source, kid, world.io.now(), () => {})).toBeUndefined();
  });
});

describe("tenants and versions", () => {
  it("are separate", async () => {
    await world.find(kid);
    const other = authority.keySource(tenants.fabrikam.id, "2.0");
    const old = authority.keySource(tenants.contoso.id, "1.0");
    for (const apart of [other, old]) {
      expect((await world.drive(Promise.resolve(world.store.find(apart, kid, () => {})))).ok).toBe(true);
    }
    expect(world.fetches()).toBe(3);
    expect(new Set(world.cache.entries.keys()).size).toBe(3);
  });

  it("share imported keys", async () => {
    await world.find(kid);
    const other = authority.keySource(tenants.contoso.id, "1.0");
    await world.drive(Promise.resolve(world.store.find(other, kid, () => {})));
    const [key] = world.store.known(source, kid, world.io.now(), () => {})?.keys ?? [];
    expect(key?.cryptoKey).toBeInstanceOf(CryptoKey);
    expect(world.store.known(other, kid, world.io.now(), () => {})?.keys[0]?.cryptoKey).toBe(key?.cryptoKey);
  });

  it("share the keys of equal documents, so that thousands of tenants cost little memory", async () => {
    await world.find(kid);
    const other = authority.keySource(tenants.fabrikam.id, "2.0");
    await world.drive(Promise.resolve(world.store.find(other, kid, () => {})));
    const [one, two] = [source, other].map((each) => world.store.known(each, kid, world.io.now(), () => {})?.keys);
    expect(one?.length).toBe(1);
    expect(one).toBe(two);
  });

  it("are bounded in number: the least recently used is dropped", async () => {
    world.io.openCache = async () => undefined;
    world.io.setFetch(() => new Response("down", { status: 503 }));
    const ids = Array.from(
      { length: limits.keySets + 1 },
      (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    );
    const naming = authorityOf(...ids);
    const use = (index: number) => {
      world.io.jump(1);
      void world.store.find(naming.keySource(ids[index]!, "2.0"), kid, () => {});
    };
    for (let index = 0; index < limits.keySets; index += 1) use(index);
    use(0);
    use(limits.keySets);
    const sources = world.store.describe().map((state) => state.source);
    expect(sources).toHaveLength(limits.keySets);
    expect(sources[0]).toContain("000000000002/");
    expect(sources.at(-2)).toContain("000000000000/");
    await world.io.advance(100);
  });
});
