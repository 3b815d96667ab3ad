import type { RateHit } from "./rate-store.ts";

/** The part of a Durable Object's state that `GlobalLimiter` uses. */
export interface GlobalLimiterState {
  readonly storage: {
    readonly sql: { exec(query: string, ...values: number[]): { toArray(): Record<string, unknown>[] } };
    setAlarm(atMs: number): Promise<void>;
    deleteAll(): Promise<void>;
  };
}

/**
 * A Durable Object that counts one caller for the whole world: what `globalStore` asks. Cloudflare runs one object of a name
 * at a time, and holds its answers back until what it wrote is stored (developers.cloudflare.com, "Durable Objects, in
 * depth: gates"), so that the count is exact and survives a restart. Kept in SQLite: `new_sqlite_classes` in wrangler.toml.
 *
 * It is asked `https://limiter/?windowMs=60000&max=100`, and answers a `RateHit`; 400 where a number is none.
 *
 * @example
 * export { GlobalLimiter } from "./index.ts"; // in src/worker.ts
 */
export class GlobalLimiter {
  readonly #storage: GlobalLimiterState["storage"];

  constructor({ storage }: GlobalLimiterState) {
    this.#storage = storage;
    this.#createTable();
  }

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
    // A window that was made shorter since it began ends accordingly.
    const resetMs = goesOn ? Math.min(window.resetMs, nowMs + windowMs) : nowMs + windowMs;
    // Past the maximum nothing changes any more: a flood costs no writes.
    if (count <= max) this.#storage.sql.exec("INSERT OR REPLACE INTO window VALUES (1, ?, ?)", count, resetMs);
    if (!goesOn) await this.#storage.setAlarm(resetMs);
    return { count, resetMs };
  }

  /** The window has ended: an object that stores nothing costs nothing. */
  async alarm(): Promise<void> {
    const resetMs = this.#readWindow()?.resetMs ?? 0;
    // Another window began while the alarm was on its way.
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
