import { beforeEach, describe, expect, it } from "vitest";
import type { Denial } from "../../../src/base/common/denial.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { fail, type Result, succeed } from "../../../src/base/common/result.ts";
import { createGroupLists, type GroupLists, type ListFailure } from "../../../src/extensions/groups/group-lists.ts";
import type { GroupList } from "../../../src/extensions/groups/shared-lists.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";

let io: FakeIo;
let kept: Map<string, GroupList>;
let lists: GroupLists;
/** Questions to Graph, which the test answers. */
let asked: { readonly key: string; readonly answer: (outcome: Result<GroupList, ListFailure>) => void }[];
/** Reads of the shared tier. A store that reads without end fails its test. */
let reads: number;

const createIsolate = () =>
  createGroupLists(io, {
    async read({ key }) {
      reads += 1;
      if (reads > 2 * limits.groupLists) throw new Error("reads the shared tier again and again");
      return kept.get(key);
    },
    write: async ({ key }, list) => void kept.set(key, list),
  });

beforeEach(() => {
  io = createFakeIo();
  kept = new Map();
  asked = [];
  reads = 0;
  lists = createIsolate();
});

const nameOf = (key: string) => ({ key, named: [] });

async function find(key: string, from = lists): Promise<readonly string[] | Denial["reason"]> {
  const found = await from.find(
    nameOf(key),
    () => new Promise((answer) => asked.push({ key, answer })),
    () => {},
  );
  return found.ok ? found.value : found.error.reason;
}

const recall = (key: string) => lists.recall(nameOf(key));
const listOf = (...groups: readonly string[]) => succeed({ groups, askedAtMs: io.now() });
const down: ListFailure = {
  describe: () => ({ reason: "groups_unavailable", cause: "down", retryAfterSeconds: 1 }),
  keepMs: limits.graphFailureMilliseconds,
};

/** Lets pending steps run. */
const settle = () => io.advance(0);

describe("a list", () => {
  it("is kept for five minutes from the question, in memory and in the shared tier together", async () => {
    const first = find("a");
    await settle();
    asked[0]?.answer(listOf("g"));
    expect(await first).toEqual(["g"]);
    io.jump(limits.groupListMilliseconds - 1);
    expect(recall("a")).toEqual(["g"]);
    expect(await find("a", createIsolate())).toEqual(["g"]);
    io.jump(1);
    expect(recall("a")).toBeUndefined();
    const [again, elsewhere] = [find("a"), find("a", createIsolate())];
    await settle();
    expect(asked).toHaveLength(3);
    for (const { answer } of asked.slice(1)) answer(listOf());
    expect(await Promise.all([again, elsewhere])).toEqual([[], []]);
  });

  it("is asked for once by all waiting requests, which share no promise", async () => {
    const waiting = [find("a"), find("a"), find("a")];
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]?.answer(listOf("g"));
    await io.advance(limits.groupPollMilliseconds);
    expect(await Promise.all(waiting)).toEqual([["g"], ["g"], ["g"]]);
  });

  it("belongs to one key: 2,000 users, interleaved", async () => {
    const keys = Array.from({ length: 2_000 }, (_, index) => `tenant-${index % 2} user-${index >> 1}`);
    const found = keys.map((key) => find(key));
    await settle();
    for (const { key, answer } of [...asked].reverse()) answer(listOf(`group of ${key}`));
    expect(await Promise.all(found)).toEqual(keys.map((key) => [`group of ${key}`]));
    expect(keys.map((key) => recall(key))).toEqual(keys.map((key) => [`group of ${key}`]));
  });

  it("is dropped if there are too many, the longest unasked first", async () => {
    const findAtOnce = (key: string) =>
      lists.find(
        nameOf(key),
        async () => listOf("g"),
        () => {},
      );
    await findAtOnce("user 0");
    io.jump(limits.groupListMilliseconds);
    for (let index = 1; index < limits.groupLists; index += 1) await findAtOnce(`user ${index}`);
    await findAtOnce("user 0");
    expect([recall("user 0"), recall("user 1")]).toEqual([["g"], ["g"]]);
    await findAtOnce("one more");
    expect([recall("user 0"), recall("user 1"), recall("user 2")]).toEqual([["g"], undefined, ["g"]]);
  });

  it("is asked for on, if the client of the request leaves", async () => {
    const background: Promise<unknown>[] = [];
    void lists.find(
      nameOf("a"),
      () => new Promise(() => {}),
      (work) => void background.push(work),
    );
    await settle();
    expect(background).toHaveLength(1);
  });
});

describe("a failure", () => {
  it("is kept for some seconds, and never replaces a current list", async () => {
    const first = find("a");
    await settle();
    asked[0]?.answer(fail(down));
    expect(await first).toBe("groups_unavailable");
    const again = find("a");
    await settle();
    expect(asked).toHaveLength(1);
    expect(await again).toBe("groups_unavailable");
    io.jump(limits.graphFailureMilliseconds);
    const second = find("a");
    await settle();
    asked[1]?.answer(listOf("g"));
    expect(await second).toEqual(["g"]);
  });

  it("of one token is not that of another request", async () => {
    const challenge: Denial = { reason: "downstream_refused", scopes: [], entra: { status: 400 } };
    const [one, other] = [find("a"), find("a")];
    await settle();
    asked[0]?.answer(fail({ describe: () => challenge, keepMs: 0 }));
    expect(await one).toBe("downstream_refused");
    await io.advance(limits.groupPollMilliseconds);
    expect(asked).toHaveLength(2);
    asked[1]?.answer(listOf("g"));
    expect(await other).toEqual(["g"]);
  });

  it("is a time-out if Graph never answers", async () => {
    const waiting = [find("a"), find("a")];
    await settle();
    io.jump(limits.groupWaitMilliseconds);
    await io.advance(limits.groupPollMilliseconds);
    expect(await Promise.race([waiting[1], "waits on"])).toBe("groups_unavailable");
  });
});
