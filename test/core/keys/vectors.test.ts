import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { parseKeySet } from "../../../src/core/keys/key-set.ts";
import { createKeyWorld, hourMs, type KeyWorld, source } from "../../support/key-world.ts";

const texts = import.meta.glob<string>("../../vectors/{identitymodel/key-sets,wycheproof/key}.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** A key set, and the kids of its keys that the gate can use: those that are complete and canonical. */
interface KeySet {
  readonly title: string;
  readonly usable: readonly string[];
  readonly keys: object;
}

const read = (name: string): readonly KeySet[] => JSON.parse(texts[`../../vectors/${name}.json`]!);
const ofIdentityModel = read("identitymodel/key-sets");
const ofWycheproof = read("wycheproof/key");
const rule = { instanceName: undefined, tenantSpecific: true };

async function usableKids(keys: object): Promise<readonly string[]> {
  const text = JSON.stringify(keys);
  const parsed = await parseKeySet({ id: source.id, fetchedAtMs: 0, issuer: undefined, rule, text });
  return parsed.ok ? [...parsed.value.keys.keys()] : [];
}

describe.each([
  ["IdentityModel", ofIdentityModel, 9, 3],
  ["Wycheproof", ofWycheproof, 25, 1],
])("the key sets of %s", (_, sets, count, usable) => {
  it("are all here", () => {
    expect([sets.length, sets.flatMap((set) => set.usable).length]).toEqual([count, usable]);
  });

  it.each(sets)("yield only their sound keys: $title", async ({ keys, usable }) => {
    expect(await usableKids(keys)).toEqual(usable);
  });
});

it.each(ofIdentityModel.filter(({ usable }) => usable.length === 0))(
  "a set without a sound key never replaces a good one: $title",
  async ({ keys }) => {
    const world: KeyWorld = createKeyWorld();
    const kid = await world.currentKid();
    await world.find(kid);
    world.io.setFetch(() => Response.json(keys));
    world.io.jump(hourMs);
    await world.find(kid);
    await world.io.advance(limits.keyLeaseMilliseconds);
    expect(await world.find(kid)).toBe("found");
    expect(world.store.describe()[0]?.lastFailure).toBe("key set has no usable key");
  },
);
