import { beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { createKeyWorld, hourMs, type KeyWorld, source } from "../../support/key-world.ts";

let world: KeyWorld;
let kid: string;

beforeEach(async () => {
  world = createKeyWorld();
  world.io.setRandom(0);
  kid = await world.currentKid();
});

const warm = () => world.drive(world.store.warm(source, () => {}));

describe("keys fetched ahead of need", () => {
  it("are ready for the first request, in this isolate and in the data center", async () => {
    await warm();
    expect(world.store.find(source, kid, () => {})).not.toBeInstanceOf(Promise);
    expect(await world.secondIsolate().find(kid)).toBe("found");
    expect(world.fetches()).toBe(1);
  });

  it("are fetched again when they are due, and not before", async () => {
    await warm();
    let looks = 0;
    world.io.openCache = async () => {
      looks += 1;
      return undefined;
    };
    world.io.jump(hourMs - 1_000);
    await warm();
    expect([world.fetches(), looks]).toEqual([1, 0]);
    world.io.jump(1_000);
    await warm();
    expect(world.fetches()).toBe(2);
  });

  it("are taken from the data center if another isolate has renewed them", async () => {
    await warm();
    const second = world.secondIsolate();
    await world.drive(second.store.warm(source, () => {}));
    expect(world.fetches()).toBe(1);
    expect(second.store.describe()[0]).toMatchObject({ from: "edge" });
  });

  it("are not fetched before the authority allows the next attempt", async () => {
    world.entra.setOutage({ kind: "down" });
    await warm();
    expect(world.store.describe()[0]?.lastFailure).toBe("status 503");
    await warm();
    expect(world.fetches()).toBe(1);
    world.io.jump(limits.keyBackoffMilliseconds);
    await warm();
    expect(world.fetches()).toBe(2);
  });

  it("are left to the request that fetches them", async () => {
    world.io.setFetch(() => new Promise(() => {}));
    void world.start(kid);
    await world.io.advance(1);
    await warm();
    expect(world.fetches()).toBe(1);
  });
});
