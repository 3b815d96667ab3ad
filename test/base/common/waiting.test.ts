import { describe, expect, it } from "vitest";
import type { Leased } from "../../../src/base/common/lease.ts";
import { type Waiting, waitForFetch } from "../../../src/base/common/waiting.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";

interface Shared extends Leased {
  value: string | undefined;
}

function createWorld() {
  const io = createFakeIo();
  const shared: Shared = { lease: undefined, value: undefined };
  const background: Promise<unknown>[] = [];
  let fetches = 0;

  /** A request. By default, its fetch takes 100 ms and stores a value. */
  function ask(own: Partial<Waiting<string>> = {}): Promise<string> {
    const waiting: Waiting<string> = {
      holder: shared,
      leaseMs: 1_000,
      pollMs: 50,
      waitMs: 3_000,
      read: () => shared.value,
      fetch: async () => {
        fetches += 1;
        await pass(io, 100);
        shared.value = "fetched";
      },
      giveUp: () => "gave up",
      ...own,
    };
    return waitForFetch(io, waiting, (work) => background.push(Promise.resolve(work)));
  }

  return { io, shared, background, ask, fetches: () => fetches };
}

function pass(io: FakeIo, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    io.after(delayMs, resolve);
  });
}

const never = () => new Promise<void>(() => {});

describe("a request that needs what is fetched", () => {
  it("gets what is there without a fetch", async () => {
    const world = createWorld();
    world.shared.value = "there";
    expect(await world.ask()).toBe("there");
    expect(world.fetches()).toBe(0);
  });

  it("fetches once for all that wait, and keeps the fetch alive in the background", async () => {
    const world = createWorld();
    const asked = [world.ask(), world.ask(), world.ask()];
    await world.io.advance(150);
    expect(await Promise.all(asked)).toEqual(["fetched", "fetched", "fetched"]);
    expect(world.fetches()).toBe(1);
    expect(world.background).toHaveLength(1);
    expect(world.shared.lease).toBeUndefined();
  });

  it("fetches itself after the lease of a request that does not end", async () => {
    const world = createWorld();
    void world.ask({ fetch: never });
    const second = world.ask();
    await world.io.advance(950);
    expect(world.fetches()).toBe(0);
    await world.io.advance(150);
    expect(await second).toBe("fetched");
  });

  it("gives up in time although others go on to lease", async () => {
    const world = createWorld();
    world.shared.lease = { fromMs: world.io.now(), untilMs: world.io.now() + 60_000 };
    let answered: string | undefined;
    void world.ask().then((answer) => {
      answered = answer;
    });
    await world.io.advance(2_950);
    expect(answered).toBeUndefined();
    await world.io.advance(50);
    expect(answered).toBe("gave up");
    expect(world.fetches()).toBe(0);
  });

  it("gives up if the clock is not a number", async () => {
    const world = createWorld();
    world.io.now = () => Number.NaN;
    expect(await world.ask()).toBe("gave up");
    expect(world.fetches()).toBe(0);
  });

  it("waits for the fetch of another before it refrains from one of its own", async () => {
    const world = createWorld();
    const first = world.ask();
    const second = world.ask({ refrain: () => "refrained" });
    await world.io.advance(150);
    expect([await first, await second]).toEqual(["fetched", "fetched"]);
    world.shared.value = undefined;
    expect(await world.ask({ refrain: () => "refrained" })).toBe("refrained");
    expect(world.fetches()).toBe(1);
  });

  it("knows how often it has fetched", async () => {
    const world = createWorld();
    const fetch = async () => {};
    const read = (_: number, fetches: number) => (fetches === 2 ? "fetched twice" : undefined);
    expect(await world.ask({ fetch, read })).toBe("fetched twice");
    expect(world.background).toHaveLength(2);
  });

  it("gets the exception of its own fetch, and another request fetches again", async () => {
    const world = createWorld();
    const first = world.ask({
      fetch: async () => {
        throw new Error("no route");
      },
    });
    const second = world.ask();
    await expect(first).rejects.toThrow("no route");
    await expect(world.background[0]).rejects.toThrow("no route");
    await world.io.advance(150);
    expect(await second).toBe("fetched");
  });
});
