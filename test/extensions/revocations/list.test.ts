import { beforeEach, describe, expect, it } from "vitest";
import type { Background } from "../../../src/base/common/io.ts";
import { schema } from "../../../src/extensions/revocations/document.ts";
import { createRevocationList } from "../../../src/extensions/revocations/list.ts";
import { type RevocationStore, readText } from "../../../src/extensions/revocations/source.ts";
import { identityOf, otherTenant, tenant } from "../../support/claims.ts";
import { createFakeIo, type FakeIo, frozenNowSeconds, settle } from "../../support/io.ts";

const identity = identityOf("user");
const write = (...rules: readonly object[]) => JSON.stringify({ schema, rules });
const empty = write();
const revoking = write({ tenant, before: new Date((frozenNowSeconds + 1) * 1_000).toISOString() });
const other = write({ tenant: otherTenant, before: "2026-11-30T08:00:00Z" });
const unavailable = expect.objectContaining({ reason: "revocations_unavailable" });
const revoked = expect.objectContaining({ reason: "token_revoked" });

let io: FakeIo;
/** Text in the store, `null` for none, or how it fails. */
let stored: string | null | (() => Promise<never>);
let reads: number;
let pending: Promise<unknown>[];
const background: Background = (work) => void pending.push(work);

beforeEach(() => {
  io = createFakeIo();
  stored = empty;
  reads = 0;
  pending = [];
});

const store: RevocationStore = {
  async get() {
    reads += 1;
    if (typeof stored === "function") return stored();
    return stored === null ? null : new Response(stored).body;
  },
};
const createList = () => createRevocationList(io, () => readText(io, { store }), ["default"]);
const never = () => new Promise<never>(() => {});
const down = () => Promise.reject(new Error("KV GET failed: 500"));
const problems = () => io.lines.filter(({ event }) => event === "revocations_failed");

describe("the list of revocations", () => {
  it("is read by the first request, and then answers at once", async () => {
    const list = createList();
    stored = revoking;
    expect(await list.check(identity, background)).toEqual(revoked);
    expect(list.check(identity, background)).toEqual(revoked);
    expect(reads).toBe(1);
    // If its client disconnects, the other requests still get the list.
    expect(pending).toHaveLength(1);
    expect(io.lines).toEqual([{ event: "revocations", level: "info", rules: 1 }]);
  });

  it("applies a rule until its end", async () => {
    const list = createList();
    stored = write({ tenant, block: true, until: new Date((frozenNowSeconds + 20) * 1_000).toISOString() });
    await list.check(identity, background);
    io.jump(19_999);
    expect(list.check(identity, background)).toMatchObject({ reason: "caller_blocked" });
    io.jump(1);
    expect(list.check(identity, background)).toBeUndefined();
  });

  it("is read once for requests that wait at the same time", async () => {
    const list = createList();
    stored = revoking;
    const waiting = Array.from({ length: 50 }, () => list.check(identity, background));
    await io.advance(15);
    expect(await Promise.all(waiting)).toEqual(Array(50).fill(revoked));
    expect(reads).toBe(1);
  });

  it("is used for 30 s, and then read in the background", async () => {
    const list = createList();
    await list.check(identity, background);
    stored = revoking;
    io.jump(29_999);
    expect(list.check(identity, background)).toBeUndefined();
    expect(reads).toBe(1);
    pending = [];
    io.jump(1);
    expect(list.check(identity, background)).toBeUndefined();
    expect(list.check(identity, background)).toBeUndefined();
    expect(reads).toBe(2);
    expect(pending.length).toBe(1);
    await Promise.all(pending);
    expect(list.check(identity, background)).toEqual(revoked);
  });

  it("has an edition that is current until its rules change or it must be read", async () => {
    const list = createList();
    expect([list.edition, list.isCurrent(undefined, io.now())]).toEqual([undefined, false]);
    await list.check(identity, background);
    const { edition } = list;
    expect([list.isCurrent(undefined, io.now()), list.isCurrent(edition, io.now())]).toEqual([false, true]);
    io.jump(30_000);
    expect(list.isCurrent(edition, io.now())).toBe(false);
    pending = [];
    list.check(identity, background);
    await Promise.all(pending);
    expect([list.edition === edition, list.isCurrent(edition, io.now())]).toEqual([true, true]);
    stored = revoking;
    io.jump(60_000);
    await list.check(identity, background);
    expect([list.edition === edition, list.isCurrent(edition, io.now())]).toEqual([false, false]);
    expect(list.isCurrent(list.edition, io.now())).toBe(true);
  });

  it("is awaited from an age of 60 s on, so that an idle isolate does not use an old one", async () => {
    const list = createList();
    await list.check(identity, background);
    stored = revoking;
    io.jump(60_000);
    const checks = [list.check(identity, background), list.check(identity, background)];
    await io.advance(15);
    expect(await Promise.all(checks)).toEqual([revoked, revoked]);
    expect(reads).toBe(2);
  });

  it("counts the time that reading takes as age", async () => {
    const list = createList();
    stored = () => new Promise((resolve) => io.after(1_900, () => resolve(new Response(empty).body as never)));
    const first = list.check(identity, background);
    await io.advance(1_900);
    expect(await first).toBeUndefined();
    io.jump(28_100);
    list.check(identity, background);
    expect(reads).toBe(2);
  });

  it("waits at most 2 s for a store that does not answer, and then uses the last list and says that it is stale", async () => {
    const list = createList();
    stored = revoking;
    await list.check(identity, background);
    stored = never;
    io.jump(3_600_000);
    const check = list.check(identity, background);
    let answer: unknown = "waiting";
    void Promise.resolve(check).then((found) => {
      answer = found;
    });
    await io.advance(1_999);
    expect(answer).toBe("waiting");
    await io.advance(16);
    expect(answer).toEqual(revoked);
    expect(problems()).toEqual([
      {
        event: "revocations_failed",
        level: "error",
        problem: "the document was not read in time",
        ageSeconds: 3_602,
        stale: true,
      },
    ]);
    // For 5 s, no request waits again.
    expect(list.check(identity, background)).toEqual(revoked);
    await io.advance(4_000);
    expect(list.check(identity, background)).toEqual(revoked);
    expect(reads).toBe(2);
    await io.advance(1_000);
    expect(list.check(identity, background)).toBeInstanceOf(Promise);
    expect(reads).toBe(3);
  });

  it("stays as it was while the store is down for ten minutes", { tags: "revocation-list" }, async () => {
    const list = createList();
    stored = revoking;
    await list.check(identity, background);
    stored = down;
    for (let second = 0; second < 600; second += 5) {
      expect(await list.check(identity, background)).toEqual(revoked);
      expect(await list.check(identityOf("user", { tid: otherTenant }), background)).toBeUndefined();
      io.jump(5_000);
    }
    expect(problems().length).toBeGreaterThan(100);
    expect(problems()[0]).toMatchObject({ problem: "the document cannot be read: KV GET failed: 500", stale: false });
    stored = empty;
    await io.advance(5_000);
    expect(await list.check(identity, background)).toBeUndefined();
  });

  it.each([
    [
      "absent",
      null,
      "does not exist. Write an empty one with: npx entra-gate revoke --init --remote, or --local for wrangler dev",
    ],
    ["invalid", "{}", "does not have the schema"],
    ["cut", revoking.slice(0, -2), "is not JSON"],
    ["too large", `${empty}${" ".repeat(1024 * 1024)}`, "is empty, or larger than 1048576 bytes"],
    ["out of reach", down, "cannot be read: KV GET failed"],
  ])(
    "refuses everybody if the first one is %s, and recovers",
    { tags: "revocation-list" },
    async (_, first, problem) => {
      const list = createList();
      stored = first;
      expect(await list.check(identity, background)).toEqual({
        reason: "revocations_unavailable",
        retryAfterSeconds: 5,
      });
      expect(problems()).toHaveLength(1);
      expect(problems()[0]?.problem).toContain(problem);
      // A request within the pause does not read again.
      expect(list.check(identity, background)).toEqual(unavailable);
      expect(reads).toBe(1);
      stored = empty;
      io.jump(5_000);
      expect(await list.check(identity, background)).toBeUndefined();
    },
  );

  it.each([
    ["absent", null],
    ["invalid", '{"schema":"entra-gate/revocations/1","rules":[{}]}'],
    ["too large", `${empty}${" ".repeat(1024 * 1024)}`],
    ["not UTF-8", () => Promise.resolve(new Response(new Uint8Array([0xff, 0xfe])).body as never)],
  ])("keeps the last good one if the next one is %s", { tags: "revocation-list" }, async (_, next) => {
    const list = createList();
    stored = revoking;
    await list.check(identity, background);
    stored = next;
    io.jump(60_000);
    expect(await list.check(identity, background)).toEqual(revoked);
    expect(problems()).toHaveLength(1);
    io.jump(60_000);
    expect(await list.check(identity, background)).toEqual(revoked);
    expect(problems()).toHaveLength(2);
  });

  it("parses a text again only if it changed", async () => {
    const list = createList();
    const parse = JSON.parse;
    let parsed = 0;
    JSON.parse = (...input) => {
      parsed += 1;
      return parse(...input);
    };
    try {
      const inTurn = [revoking, revoking, other, other, "{}", "{}", other, revoking];
      const counts: number[] = [];
      for (const text of inTurn) {
        stored = text;
        io.jump(60_000);
        await list.check(identity, background);
        counts.push(parsed);
      }
      // The list `other` stays in force while the text is invalid.
      expect(counts).toEqual([1, 1, 2, 2, 3, 3, 3, 4]);
    } finally {
      JSON.parse = parse;
    }
    expect(io.lines.filter(({ event }) => event === "revocations")).toHaveLength(3);
  });

  it("is read again after the clock was set back", async () => {
    const list = createList();
    await list.check(identity, background);
    stored = revoking;
    io.jump(-3_600_000);
    expect(await list.check(identity, background)).toEqual(revoked);
  });

  it("does not let a request wait for one that ended while it read", async () => {
    const list = createList();
    await list.check(identity, background);
    io.jump(60_000);
    // As in a canceled request, whose timers and reads never end.
    const after = io.after;
    stored = never;
    Object.assign(io, { after: () => () => {} });
    void list.check(identity, background);
    await settle();
    Object.assign(io, { after });
    stored = revoking;
    const check = list.check(identity, background);
    await io.advance(2_015);
    expect(await check).toBeUndefined();
    await io.advance(600);
    expect(await list.check(identity, background)).toEqual(revoked);
  });

  it("ends a wait if the clock is broken", async () => {
    const list = createList();
    stored = down;
    Object.assign(io, { now: () => Number.NaN });
    expect(await list.check(identity, background)).toEqual({ reason: "revocations_unavailable", retryAfterSeconds: 1 });
  });

  it("leaves no timer behind", async () => {
    const list = createList();
    await list.check(identity, background);
    expect(io.timers()).toBe(0);
  });
});
