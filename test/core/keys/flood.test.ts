import { beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { createKeyWorld, hourMs, type KeyWorld, source } from "../../support/key-world.ts";

let world: KeyWorld;
let kid: string;

beforeEach(async () => {
  world = createKeyWorld();
  kid = await world.currentKid();
});

describe("a flood of invented kids", () => {
  it("of 3,000 in a minute, 1,000 of them at once, causes at most 3 fetches and refuses no valid token", {
    tags: "token-flood",
  }, async () => {
    const crowd = Array.from({ length: 1_000 }, (_, index) => world.start(`crowd-${index}`));
    expect(new Set(await world.drive(Promise.all(crowd)))).toEqual(new Set(["key_unknown"]));
    for (let index = 0; index < 2_000; index += 1) {
      const answer = world.start(`single-${index}`);
      await (index % 20 === 0 ? world.io.advance(594) : Promise.resolve());
      if (index % 20 === 0) {
        expect(await answer).toBe("key_unknown");
        expect(await world.find(kid)).toBe("found");
      }
    }
    await world.io.advance(1_000);
    expect(world.fetches()).toBeLessThanOrEqual(3);
  });

  it("delays a new key by exactly 30 s", async () => {
    await world.find(kid);
    await world.findNow("invented");
    const next = await world.entra.rollOver("emergency");
    expect(await world.findNow(next)).toBe("key_unknown");
    world.io.jump(limits.unknownKidCooldownMilliseconds - 1);
    expect(await world.findNow(next)).toBe("key_unknown");
    world.io.jump(1);
    expect(await world.findNow(next)).toBe("found");
  });

  it("does not stop an isolate from finding a new key that another one has fetched", async () => {
    await world.find(kid);
    await world.findNow("invented");
    const next = await world.entra.rollOver("emergency");
    // A set that is fetched at the same moment would not be newer.
    world.io.jump(1);
    await world.secondIsolate().findNow(next);
    const fetches = world.fetches();
    world.io.jump(limits.edgeReadIntervalMilliseconds - 1);
    expect(await world.findNow(next)).toBe("found");
    expect(world.fetches()).toBe(fetches);
  });

  it("causes no fetch within 30 s of one that found a new key", async () => {
    await world.find(kid);
    expect(await world.findNow(await world.entra.rollOver("emergency"))).toBe("found");
    expect(await world.findNow("invented")).toBe("key_unknown");
    expect(world.fetches()).toBe(2);
  });

  it("does not include a refresh: a new key is found right after one", async () => {
    await world.find(kid);
    world.io.jump(hourMs);
    expect(await world.findNow(kid)).toBe("found");
    expect(world.fetches()).toBe(2);
    expect(await world.findNow(await world.entra.rollOver("emergency"))).toBe("found");
  });

  it("starts no cooldown if the data center's cache had the key", async () => {
    await world.find(kid);
    const second = world.secondIsolate();
    await second.find(kid);
    const next = await world.entra.rollOver("emergency");
    await second.find(next);
    const last = await world.entra.rollOver("emergency");
    expect(await world.drive(Promise.all([world.start(next), world.start(last)]))).toEqual(["found", "found"]);
  });

  it("of the same kid causes one look-up, at the authority and in the cache, and no promise", async () => {
    await world.find(kid);
    await world.find("invented");
    const fetches = world.fetches();
    let looks = 0;
    world.io.openCache = async () => {
      looks += 1;
      return undefined;
    };
    for (let index = 0; index < 100; index += 1) {
      world.io.jump(limits.unknownKidCooldownMilliseconds / 200);
      expect(world.store.find(source, "invented", () => {})).toEqual({ ok: false, error: { reason: "key_unknown" } });
    }
    expect([world.fetches(), looks]).toEqual([fetches, 0]);
  });
});
