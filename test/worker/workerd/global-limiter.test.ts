import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GlobalLimiter } from "../../../src/app/hooks/global-limiter.ts";
import type { RateHit } from "../../../src/app/hooks/rate-store.ts";

/** Storage of a Durable Object, with SQLite. */
class Storage {
  database = new DatabaseSync(":memory:");
  alarmAtMs: number | undefined;
  readonly sql = {
    exec: (query: string, ...values: SQLInputValue[]) => {
      const rows = this.database.prepare(query).all(...values);
      return { toArray: () => rows };
    },
  };
  async setAlarm(atMs: number): Promise<void> {
    this.alarmAtMs = atMs;
  }
  async deleteAll(): Promise<void> {
    this.database = new DatabaseSync(":memory:");
  }
  /** Number of rows written so far. */
  changes(): number {
    return Number(this.database.prepare("SELECT total_changes() AS changes").get()?.changes);
  }
}

const startMs = Date.UTC(2026, 10, 25, 12);
const windowMs = 60_000;
let storage: Storage;
let limiter: GlobalLimiter;

beforeEach(() => {
  vi.useFakeTimers({ now: startMs, toFake: ["Date"] });
  storage = new Storage();
  limiter = new GlobalLimiter({ storage });
});

afterEach(() => {
  vi.useRealTimers();
});

async function hit(max = 2, window = windowMs): Promise<RateHit> {
  const response = await limiter.fetch(new Request(`https://limiter/?windowMs=${window}&max=${max}`));
  expect(response.status).toBe(200);
  return response.json();
}

describe("the limiter in a Durable Object", () => {
  it("counts in a window that begins with its first request", async () => {
    vi.setSystemTime(startMs + 1_234);
    const resetMs = startMs + 1_234 + windowMs;
    expect([await hit(), await hit(), await hit()]).toEqual([1, 2, 3].map((count) => ({ count, resetMs })));
    vi.setSystemTime(resetMs - 1);
    expect(await hit()).toEqual({ count: 3, resetMs });
    vi.setSystemTime(resetMs);
    expect(await hit()).toEqual({ count: 1, resetMs: resetMs + windowMs });
  });

  it("writes nothing for requests past the maximum", async () => {
    await hit();
    await hit();
    const changes = storage.changes();
    for (let flood = 0; flood < 100; flood += 1) expect((await hit()).count).toBe(3);
    expect(storage.changes()).toBe(changes);
  });

  it("ends a window above its maximum earlier if it was shortened, or if the clock was set back", async () => {
    for (let count = 1; count <= 3; count += 1) await hit();
    expect(await hit(2, 1_000)).toEqual({ count: 3, resetMs: startMs + 1_000 });
    vi.setSystemTime(startMs + 1_000);
    expect((await hit(2, 1_000)).count).toBe(1);
    for (let count = 2; count <= 3; count += 1) await hit();
    const earlierMs = startMs - 60 * windowMs;
    vi.setSystemTime(earlierMs);
    expect(await hit()).toEqual({ count: 3, resetMs: earlierMs + windowMs });
    expect(storage.alarmAtMs).toBe(earlierMs + windowMs);
    vi.setSystemTime(earlierMs + windowMs);
    expect((await hit()).count).toBe(1);
  });

  it("continues if a new instance has the same storage", async () => {
    await hit();
    limiter = new GlobalLimiter({ storage });
    expect((await hit()).count).toBe(2);
  });

  it("drops a window that has ended, with an alarm", async () => {
    await hit();
    expect(storage.alarmAtMs).toBe(startMs + windowMs);
    vi.setSystemTime(startMs + windowMs);
    await limiter.alarm();
    expect(storage.database.prepare("SELECT * FROM window").all()).toEqual([]);
    expect((await hit()).count).toBe(1);
  });

  it("keeps a window that began while the alarm of the previous one was pending", async () => {
    await hit();
    vi.setSystemTime(startMs + windowMs + 5);
    await hit();
    await limiter.alarm();
    expect((await hit()).count).toBe(2);
    expect(storage.alarmAtMs).toBe(startMs + 5 + 2 * windowMs);
  });

  it("ends a window sooner if the configured window became shorter", async () => {
    await hit(2, 3_600_000);
    expect((await hit(2, 1_000)).resetMs).toBe(startMs + 1_000);
  });

  it.each(["", "?windowMs=60000", "?max=1", "?windowMs=0&max=1", "?windowMs=1e400&max=1", "?windowMs=60000&max=-1"])(
    "refuses to count with %j",
    async (search) => {
      expect((await limiter.fetch(new Request(`https://limiter/${search}`))).status).toBe(400);
    },
  );
});
