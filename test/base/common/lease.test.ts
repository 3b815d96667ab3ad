import { describe, expect, it } from "vitest";
import { isLeased, type Leased, underLease } from "../../../src/base/common/lease.ts";
import { createFakeIo, frozenNowMs } from "../../support/io.ts";

describe("a lease", () => {
  it("is held while the work continues, until its time ends, and is released", async () => {
    const io = createFakeIo();
    const entry: Leased = { lease: undefined };
    expect(isLeased(entry, frozenNowMs)).toBe(false);
    await underLease(io, entry, 1_000, async () => {
      expect(isLeased(entry, frozenNowMs + 999)).toBe(true);
      expect(isLeased(entry, frozenNowMs + 1_000)).toBe(false);
    });
    expect(entry.lease).toBeUndefined();
  });

  it("is released if the work fails", async () => {
    const entry: Leased = { lease: undefined };
    const work = underLease(createFakeIo(), entry, 1_000, async () => {
      throw new Error("no route");
    });
    await expect(work).rejects.toThrow("no route");
    expect(entry.lease).toBeUndefined();
  });

  it("that lapsed is not taken from its next holder", async () => {
    const io = createFakeIo();
    const entry: Leased = { lease: undefined };
    let end = () => {};
    const first = underLease(
      io,
      entry,
      1_000,
      () =>
        new Promise((resolve) => {
          end = () => resolve();
        }),
    );
    const second = { fromMs: frozenNowMs, untilMs: frozenNowMs + 9_000 };
    entry.lease = second;
    end();
    await first;
    expect(entry.lease).toBe(second);
  });
});
