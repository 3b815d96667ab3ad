import { beforeEach, describe, expect, it } from "vitest";
import { createSealedValues } from "../../../src/extensions/downstream/sealed-values.ts";
import { createSharedLists, type ListName } from "../../../src/extensions/groups/shared-lists.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";

const [group, another] = ["96000000-0000-4000-8044-0000000000a1", "96000000-0000-4000-8044-0000000000b2"];
const name: ListName = { key: "https://login.microsoftonline.com all tenant user", named: [group, another] };
const keys = `a:${"A".repeat(42)}E`;

let io: FakeIo;
let values: Map<string, string>;
let isDown: boolean;
const store = {
  get: async (key: string) => {
    if (isDown) throw new TypeError("KV is down");
    return values.get(key) ?? null;
  },
  put: async (key: string, value: string, { expirationTtl }: { expirationTtl: number }) => {
    if (isDown) throw new TypeError("KV is down");
    expect(expirationTtl).toBe(300);
    values.set(key, value);
  },
  delete: async (key: string) => void values.delete(key),
};

beforeEach(() => {
  io = createFakeIo();
  values = new Map();
  isDown = false;
});

describe("a list in TOKEN_CACHE", () => {
  it("is sealed, under a name that shows nothing, and frozen when it is read", async () => {
    const list = { groups: [group], askedAtMs: io.now() };
    await createSharedLists(io, { store, keys }).write(name, list);
    const stored = [...values].flat().join(" ");
    for (const secret of ["tenant", "user", "login", group]) expect(stored).not.toContain(secret);
    const found = await createSharedLists(io, { store, keys }).read({ ...name, named: [another, group] });
    expect(found).toEqual(list);
    expect(found?.groups).toSatisfy(Object.isFrozen);
  });

  it("shares the texts of the named groups, and has no other group", async () => {
    const unnamed = "96000000-0000-4000-8044-0000000000c3";
    const lists = createSharedLists(io, { store, keys });
    await lists.write(name, { groups: [unnamed, another, group], askedAtMs: io.now() });
    expect(await lists.read(name)).toEqual({ groups: name.named, askedAtMs: io.now() });
  });

  it.each<[string, ListName]>([
    ["user", { ...name, key: `${name.key}-2` }],
    ["set of named groups", { ...name, named: [group] }],
  ])("is not that of another %s", { tags: "graph-users" }, async (_, other) => {
    const lists = createSharedLists(io, { store, keys });
    await lists.write(name, { groups: [group], askedAtMs: io.now() });
    expect(await lists.read(other)).toBeUndefined();
    // Somebody who can write to KV copies the value to the name of the other list.
    await lists.write(other, { groups: [], askedAtMs: io.now() });
    const [[, stolen] = [], [place] = []] = [...values];
    values.set(String(place), String(stolen));
    expect(await lists.read(other)).toBeUndefined();
  });

  it.each([
    ["names", { groups: ["Owners"], askedAtMs: 1 }],
    ["something else beside an ID", { groups: [group, 1], askedAtMs: 1 }],
    ["no list", { groups: group, askedAtMs: 1 }],
    ["no time", { groups: [group] }],
    ["null", null],
  ])("counts as none with %s", async (_, value) => {
    const read = () => createSharedLists(io, { store, keys }).read(name);
    const values = createSealedValues(io, { store, keys }, "entra-gate/groups/1");
    const write = (list: unknown) => values.write(`${name.key} ${group} ${another}`, list as object, 300);
    await write({ groups: [group], askedAtMs: 1 });
    expect(await read()).toEqual({ groups: [group], askedAtMs: 1 });
    await write(value);
    expect(await read()).toBeUndefined();
  });

  it("counts as none if the store fails, and the log says so", async () => {
    const lists = createSharedLists(io, { store, keys });
    isDown = true;
    await lists.write(name, { groups: [group], askedAtMs: io.now() });
    expect(await lists.read(name)).toBeUndefined();
    expect(io.lines).toEqual([
      { event: "token_cache_failed", level: "warn", problem: "write: KV is down" },
      { event: "token_cache_failed", level: "warn", problem: "read: KV is down" },
    ]);
  });
});
