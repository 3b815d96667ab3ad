import { describe, expect, it } from "vitest";
import { BadRequestError, PayloadTooLargeError, SlowBodyError } from "../../../src/app/errors/errors.ts";
import { isolateBodies, readBody, watchPace } from "../../../src/app/request/read-body.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { readMediaType } from "../../../src/base/http/media-type.ts";
import { createFakeIo, settle } from "../../support/io.ts";
import { createClientBody, requestWithBody } from "../../support/origin-client.ts";

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

/** Begins to read a body. */
function read(announced: number | undefined, limitBytes = limits.bodyBytes) {
  const io = createFakeIo();
  const body = createClientBody();
  const share = { bytes: 0, lastMs: io.now() };
  const length = announced === undefined ? {} : { "content-length": String(announced) };
  const headers = { "content-type": "text/plain", ...length };
  const request = requestWithBody(body, headers);
  const rules = { accepts: ["text/plain"], limitBytes, jsonMaxKeys: 1, jsonMaxDepth: 1 };
  let error: unknown;
  const reading = readBody(request, readMediaType("text/plain"), rules, io, share).catch((cause: unknown) => {
    error = cause;
    return undefined;
  });
  const end = () => isolateBodies.release(share);
  return { io, body, share, request, reading, error: () => error, end };
}

/** The largest body that is read at once. */
const wholeBytes = 15_360;

describe("a body whose announced length is small", () => {
  it("is read whole, and leaves no timer", async () => {
    const { io, body, share, reading, end } = read(5);
    await settle();
    expect([io.timers(), share.bytes]).toEqual([1, 5]);
    await io.advance(14_999);
    body.write(5);
    body.end();
    expect(new TextDecoder().decode(await reading)).toBe("aaaaa");
    expect(io.timers()).toBe(0);
    // Its memory counts from its arrival, not from its beginning.
    expect(share.lastMs).toBe(io.now());
    end();
  });

  it("is too slow if it is not complete after 15 seconds, however fast it comes", async () => {
    const { io, body, error, end } = read(wholeBytes);
    for (let second = 0; second < 14; second += 1) {
      body.write(1_030);
      await io.advance(1_000);
    }
    await io.advance(999);
    expect(error()).toBeUndefined();
    await io.advance(1);
    expect(error()).toBeInstanceOf(SlowBodyError);
    end();
  });

  it("is read piece by piece if it is one byte larger", async () => {
    const { io, body, reading, error, end } = read(wholeBytes + 1);
    for (let second = 0; second < 14; second += 1) {
      body.write(1_030);
      await io.advance(1_000);
    }
    body.write(wholeBytes + 1 - 14 * 1_030);
    await io.advance(1_000);
    expect(error()).toBeUndefined();
    body.end();
    expect((await reading)?.byteLength).toBe(wholeBytes + 1);
    end();
  });

  it("is incomplete if it breaks off", async () => {
    const { io, body, reading, error, end } = read(5);
    body.write(4);
    body.fail("connection lost");
    await reading;
    expect(error()).toBeInstanceOf(BadRequestError);
    expect((error() as BadRequestError).problem.detail).toBe("The body is incomplete.");
    expect(io.timers()).toBe(0);
    end();
  });

  it("is too large if more than the limit arrives", async () => {
    for (const [bytes, refused] of [
      [10, false],
      [11, true],
    ] as const) {
      const { body, reading, error, end } = read(5, 10);
      body.write(bytes);
      body.end();
      await reading;
      expect(error() instanceof PayloadTooLargeError).toBe(refused);
      end();
    }
  });

  it("is refused unread if the isolate holds too many bodies", async () => {
    const others = { bytes: 0, lastMs: createFakeIo().now() };
    isolateBodies.take(others, limits.bufferedBodyBytes - 10);
    const fitting = read(10);
    await settle();
    expect(fitting.error()).toBeUndefined();
    fitting.end();
    const { reading, request, error } = read(11);
    await reading;
    expect(error()).toMatchObject({ status: 503, headers: { "retry-after": "16" } });
    expect(request.bodyUsed).toBe(false);
    isolateBodies.release(others);
  });
});

describe("a body whose length is not announced", () => {
  it("takes memory in steps that double, up to the limit", async () => {
    const { io, body, share, request, reading, end } = read(undefined, 10_000);
    const steps: number[] = [];
    for (const bytes of [1, 4_095, 1, 4_095, 1]) {
      body.write(bytes);
      await settle();
      steps.push(share.bytes);
    }
    expect(steps).toEqual([4_096, 4_096, 8_192, 8_192, 10_000]);
    expect(io.timers()).toBe(1);
    body.end();
    expect((await reading)?.byteLength).toBe(8_193);
    expect([io.timers(), request.body?.locked]).toEqual([0, false]);
    end();
  });

  it("is refused if it stalls, if it exceeds the limit or if the isolate holds too many bodies", async () => {
    const stalled = read(undefined);
    await stalled.io.advance(15_000);
    await stalled.reading;
    expect(stalled.error()).toBeInstanceOf(SlowBodyError);
    expect(stalled.io.timers()).toBe(0);

    const large = read(undefined, 10);
    large.body.write(11);
    await large.reading;
    expect(large.error()).toBeInstanceOf(PayloadTooLargeError);

    const others = { bytes: 0, lastMs: createFakeIo().now() };
    isolateBodies.take(others, limits.bufferedBodyBytes - 4_095);
    const late = read(undefined);
    late.body.write(1);
    await late.reading;
    expect(late.error()).toMatchObject({ status: 503, headers: { "retry-after": "16" } });
    isolateBodies.release(others);
  });

  it("may be as large as the limit, as one whose length is announced", async () => {
    for (const announced of [10, undefined]) {
      const { body, reading, end } = read(announced, 10);
      body.write(10);
      body.end();
      expect((await reading)?.byteLength).toBe(10);
      end();
    }
  });
});
