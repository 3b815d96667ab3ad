import { beforeEach, describe, expect, it } from "vitest";
import { createKeyWorld, hourMs, type KeyWorld, source } from "../../support/key-world.ts";

let world: KeyWorld;
let kid: string;

beforeEach(async () => {
  world = createKeyWorld();
  world.io.setRandom(0.5);
  kid = await world.currentKid();
});

const digest = expect.stringMatching(/^[0-9a-f]{64}$/);

/** Expects the last log line to equal the result of describe() at that moment. */
function expectState(event: "keys" | "keys_failed", state: object): void {
  expect(world.store.describe()).toEqual([state]);
  expect(world.io.lines.at(-1)).toEqual({ event, level: event === "keys" ? "info" : "warn", ...state });
}

describe("the state of a tenant's keys, in the log and from describe()", () => {
  const good = { source: source.id, established: true, ageSeconds: 0, keys: 4, digest, lastFailure: undefined };

  it("reports a fetched set, and when it is due", async () => {
    await world.find(kid);
    // An hour minus half of the jitter.
    expectState("keys", { ...good, from: "authority", nextAttemptSeconds: 3_240 });
  });

  it("reports a set from another isolate", async () => {
    await world.find(kid);
    const second = world.secondIsolate();
    await second.find(kid);
    expect(second.store.describe()).toEqual([{ ...good, from: "edge", nextAttemptSeconds: 3_240 }]);
    expect(world.io.lines.at(-1)).toMatchObject({ event: "keys", from: "edge" });
  });

  it("reports a failure without a set", async () => {
    world.entra.setOutage({ kind: "down" });
    await world.find(kid);
    const lastFailure = "status 503";
    expectState("keys_failed", { source: source.id, established: true, keys: 0, lastFailure, nextAttemptSeconds: 15 });
  });

  it("reports a failure with a set, each further one, and the recovery", async () => {
    await world.find(kid);
    world.entra.setOutage({ kind: "html" });
    world.io.jump(hourMs);
    await world.find(kid);
    await world.io.advance(0);
    const lastFailure = "key set is not a JSON object with an array of keys";
    const failed = { ...good, from: "authority", lastFailure, ageSeconds: 3_600 };
    expectState("keys_failed", { ...failed, nextAttemptSeconds: 15 });
    world.io.jump(15_000);
    await world.find(kid);
    await world.io.advance(0);
    expectState("keys_failed", { ...failed, ageSeconds: 3_615, nextAttemptSeconds: 30 });
    world.entra.setOutage({ kind: "ok" });
    world.io.jump(30_000);
    await world.find(kid);
    await world.io.advance(0);
    expectState("keys", { ...good, from: "authority", nextAttemptSeconds: 3_240 });
  });

  it("counts no keys of a set that is too old", async () => {
    await world.find(kid);
    world.entra.setOutage({ kind: "down" });
    world.io.jump(24 * hourMs);
    await world.find(kid);
    const failed = { ...good, from: "authority", keys: 0, ageSeconds: 86_400, lastFailure: "status 503" };
    expectState("keys_failed", { ...failed, nextAttemptSeconds: 15 });
  });

  it("lists tenants separately, the most recently used last", async () => {
    await world.find(kid);
    const other = { ...source, id: `${source.id}?other` };
    world.io.jump(1);
    world.store.known(other, kid, world.io.now(), () => {});
    expect(world.store.describe().map((state) => [state.source, state.keys])).toEqual([
      [source.id, 4],
      [other.id, 0],
    ]);
  });
});
