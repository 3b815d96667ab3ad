import type { RateHit } from "./rate-store.ts";

/** The part of a Durable Object's state that `GlobalLimiter` uses. */
export interface GlobalLimiterState {
  /** Storage of the object. */
  readonly storage: {
    /** Its SQLite database. */
    readonly sql: {
      /** Runs a statement. */
      exec(
        query: string,
        ...values: number[]
      ): {
        /** Reads all rows. */
        toArray(): Record<string, unknown>[];
      };
    };
    /** Calls `alarm` at a time in milliseconds since the epoch. */
    setAlarm(atMs: number): Promise<void>;
    /** Deletes the data of the object. */
    deleteAll(): Promise<void>;
  };
}

/**
 * A Durable Object that counts one caller worldwide, for `globalStore`. Cloudflare runs one object of a name at a time
 * and holds its responses until its writes are stored (developers.cloudflare.com, "Durable Objects, in depth: gates").
 * So the count is exact and survives a restart. It needs SQLite storage: `new_sqlite_classes` in wrangler.toml.
 *
 * A request to `https://limiter/?windowMs=60000&max=100` gets a `RateHit`, or 400 if a number is invalid.
 *
 * @example
 * export { GlobalLimiter } from "entra-gate"; // in src/worker.ts
 */
export class GlobalLimiter {
  readonly #storage: GlobalLimiterState["storage"];

  /** Cloudflare creates the object, with its state. */
  constructor({ storage }: GlobalLimiterState) {
    this.#storage = storage;
    this.#createTable();
  }

  /** Counts one request. Responds with a `RateHit` as JSON, or 400 if a number is not whole and above 0. */
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const [windowMs, max] = [Number(searchParams.get("windowMs")), Number(searchParams.get("max"))];
    if (!isCount(windowMs) || !isCount(max)) return new Response("no numbers", { status: 400 });
    return Response.json(await this.#hit(windowMs, max));
  }

  async #hit(windowMs: number, max: number): Promise<RateHit> {
    const nowMs = Date.now();
    const window = this.#readWindow();
    const goesOn = window !== undefined && window.resetMs > nowMs;
    const count = goesOn ? window.count + 1 : 1;
    // If the window was shortened after it began, or the clock was set back, it ends earlier.
    const resetMs = goesOn ? Math.min(window.resetMs, nowMs + windowMs) : nowMs + windowMs;
    const hasNewEnd = resetMs !== window?.resetMs;
    // Above the maximum the count stays the same, so a flood causes no writes.
    if (count <= max || hasNewEnd) {
      this.#storage.sql.exec("INSERT OR REPLACE INTO window VALUES (1, ?, ?)", count, resetMs);
    }
    if (hasNewEnd) await this.#storage.setAlarm(resetMs);
    return { count, resetMs };
  }

  /** The window has ended. An object without stored data costs nothing. */
  async alarm(): Promise<void> {
    const resetMs = this.#readWindow()?.resetMs ?? 0;
    // Another window has begun since the alarm was set.
    if (resetMs > Date.now()) return this.#storage.setAlarm(resetMs);
    await this.#storage.deleteAll();
    this.#createTable();
  }

  #createTable(): void {
    this.#storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS window (id INTEGER PRIMARY KEY, count INTEGER, resetMs INTEGER)",
    );
  }

  #readWindow(): RateHit | undefined {
    const [row] = this.#storage.sql.exec("SELECT count, resetMs FROM window").toArray();
    return row === undefined ? undefined : { count: Number(row.count), resetMs: Number(row.resetMs) };
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
