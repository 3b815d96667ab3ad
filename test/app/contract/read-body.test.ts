import { describe, expect, it } from "vitest";
import { watchPace } from "../../../src/app/contract/read-body.ts";
import { createFakeIo } from "../../support/io.ts";

function watch() {
  const io = createFakeIo();
  let slow = 0;
  const pace = watchPace(io, () => {
    slow += 1;
  });
  return { io, pace, isSlow: () => slow === 1 };
}

describe("the pace of a body", () => {
  it("is too slow 15 seconds after its start or its last byte", async () => {
    const silent = watch();
    await silent.io.advance(14_999);
    expect(silent.isSlow()).toBe(false);
    await silent.io.advance(1);
    expect(silent.isSlow()).toBe(true);

    const stalled = watch();
    await stalled.io.advance(10_000);
    stalled.pace.note(1_000_000);
    await stalled.io.advance(14_999);
    expect(stalled.isSlow()).toBe(false);
    await stalled.io.advance(1);
    expect(stalled.isSlow()).toBe(true);
    await stalled.io.advance(60_000);
    expect(stalled.isSlow()).toBe(true);
  });

  it.each([
    [1_024, true],
    [1_025, false],
  ])("is too slow after that, at %d bytes a second: %s", async (bytes, expected) => {
    const { io, pace, isSlow } = watch();
    for (let second = 0; second < 16; second += 1) {
      pace.note(bytes);
      await io.advance(1_000);
      if (second === 13) expect(isSlow()).toBe(false);
    }
    expect(isSlow()).toBe(expected);
  });

  it("is never too slow after the end, and one timer serves all chunks", async () => {
    const { io, pace, isSlow } = watch();
    for (let chunk = 0; chunk < 100; chunk += 1) pace.note(1);
    expect(io.timers()).toBe(1);
    pace.end();
    expect(io.timers()).toBe(0);
    await io.advance(60_000);
    expect(isSlow()).toBe(false);
  });
});
