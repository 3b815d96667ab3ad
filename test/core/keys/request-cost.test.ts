import { beforeEach, describe, expect, it } from "vitest";
import { createKeyWorld, hourMs, type KeyWorld, source } from "../../support/key-world.ts";

let world: KeyWorld;
let kid: string;
/** Work that continues after the response. */
let kept: Promise<unknown>[];

beforeEach(async () => {
  world = createKeyWorld();
  // A set is due after exactly an hour.
  world.io.setRandom(0);
  kid = await world.currentKid();
  kept = [];
});

const keep = (work: Promise<unknown>) => void kept.push(work);

/** The latency of a request that finds its keys. */
async function latency(): Promise<string | undefined> {
  const finding = Promise.resolve(world.store.find(source, kid, keep));
  await world.io.advance(0);
  const found = await finding;
  return found.ok ? found.value.latency : undefined;
}

describe("the cost of keys for a request", () => {
  it("is a wait if the isolate is cold, and nothing if it has the keys", async () => {
    expect(await latency()).toBe("waited");
    expect(await latency()).toBe("hit");
    world.io.jump(hourMs - 1);
    expect(await latency()).toBe("hit");
  });

  it("is nothing if a refresh is due, which is reported", async () => {
    await world.findNow(kid);
    world.io.jump(hourMs);
    expect(world.store.known(source, kid, world.io.now(), keep)?.latency).toBe("stale");
    await world.io.advance(0);
    expect(await latency()).toBe("hit");
  });
});

describe("work after the response", () => {
  it("is the fetch of a cold isolate, because a request that waits for it may be cut off", async () => {
    void world.store.find(source, kid, keep);
    expect(kept).toHaveLength(1);
    await world.drive(Promise.all(kept));
    expect(world.store.known(source, kid, world.io.now(), keep)?.keys).toHaveLength(1);
  });

  it("is a refresh that is due, and nothing before", async () => {
    await world.findNow(kid);
    world.io.jump(hourMs - 1);
    world.store.known(source, kid, world.io.now(), keep);
    expect(kept).toEqual([]);
    world.io.jump(1);
    world.store.known(source, kid, world.io.now(), keep);
    expect(kept).toEqual([expect.any(Promise)]);
    await world.drive(Promise.all(kept));
    expect(world.store.describe()[0]).toMatchObject({ ageSeconds: 0 });
  });
});
