import { describe, expect, it } from "vitest";
import { Deadline } from "../../src/base/common/io.ts";
import { createFakeIo, settle } from "../support/io.ts";
import { forward, limitMs, reasonOf, requestWith } from "../support/origin.ts";
import { createClientBody, requestWithBody } from "../support/origin-client.ts";

/** More bytes than the gate reads under the deadline. */
const manyBytes = 1024 * 1024;

const never = () => new Promise<never>(() => {});

/** Whether a promise has settled, and its value. */
function watch<T>(promise: Promise<T>): { readonly value: () => T | undefined } {
  let value: T | undefined;
  promise.then((settled) => {
    value = settled;
  });
  return { value: () => value };
}

describe("a deadline", () => {
  it("restarts at each start, does not count during a pause, and never passes after its end", async () => {
    const io = createFakeIo();
    let passed = 0;
    const deadline = new Deadline(io, limitMs, () => {
      passed += 1;
    });
    await io.advance(10 * limitMs);
    deadline.start();
    await io.advance(limitMs - 1);
    deadline.start();
    await io.advance(limitMs - 1);
    deadline.pause();
    await io.advance(10 * limitMs);
    expect(deadline.hasPassed).toBe(false);
    deadline.start();
    await io.advance(limitMs / 2);
    deadline.pause();
    deadline.start();
    await io.advance(limitMs - 1);
    expect(deadline.hasPassed).toBe(false);
    deadline.end();
    deadline.start();
    await io.advance(10 * limitMs);
    expect(deadline.hasPassed).toBe(false);
    expect(passed).toBe(0);
    expect(io.timers()).toBe(0);
  });

  it("reports when it has passed", async () => {
    const io = createFakeIo();
    let passed = 0;
    const deadline = new Deadline(io, limitMs, () => {
      passed += 1;
    });
    deadline.start();
    await io.advance(limitMs);
    expect(deadline.hasPassed).toBe(true);
    expect(passed).toBe(1);
  });
});

describe("the time limit of a request without a body", () => {
  it("passes with its last millisecond, and not before", async () => {
    const io = createFakeIo({ fetch: never });
    const result = watch(forward(requestWith({}), { io }));
    await io.advance(limitMs - 1);
    expect(result.value()).toBeUndefined();
    await io.advance(1);
    expect(reasonOf(result.value()!)).toBe("origin_timeout");
    expect(io.timers()).toBe(0);
  });

  it("cancels a response that comes too late", async () => {
    const late = createClientBody();
    let answer = (_response: Response) => {};
    const io = createFakeIo({
      fetch: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const result = watch(forward(requestWith({}), { io }));
    await io.advance(limitMs);
    expect(reasonOf(result.value()!)).toBe("origin_timeout");
    answer(new Response(late.stream));
    await settle();
    expect(late.cancelled()).toBeDefined();
  });

  it("does not limit the body of the response", async () => {
    const slow = createClientBody();
    const io = createFakeIo({ fetch: () => new Response(slow.stream) });
    const result = await forward(requestWith({}), { io });
    expect(io.timers()).toBe(0);
    await io.advance(100 * limitMs);
    expect(io.requests[0]?.signal.aborted).toBe(false);
    slow.write(3);
    slow.end();
    expect(result.ok && (await result.value.text())).toBe("aaa");
  });
});

describe("the time limit of a request with a body", () => {
  it("aborts the origin's request", async () => {
    const io = createFakeIo({
      fetch: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const body = createClientBody();
    body.write(10);
    const result = watch(forward(requestWithBody(body), { io }));
    await io.advance(limitMs);
    expect(reasonOf(result.value()!)).toBe("origin_timeout");
    expect(io.requests[0]?.signal.aborted).toBe(true);
  });

  it("waits for a slow client, and then counts in full", async () => {
    const io = createFakeIo({ fetch: (request) => request.text().then(never) });
    const body = createClientBody();
    const result = watch(forward(requestWithBody(body), { io }));
    for (let chunk = 0; chunk < 5; chunk += 1) {
      await io.advance(10 * limitMs);
      body.write(10);
    }
    await io.advance(10 * limitMs);
    expect(result.value()).toBeUndefined();
    body.end();
    await io.advance(limitMs - 1);
    expect(result.value()).toBeUndefined();
    await io.advance(1);
    expect(reasonOf(result.value()!)).toBe("origin_timeout");
  });

  it("counts if the origin does not even read the first bytes", async () => {
    const io = createFakeIo({ fetch: never });
    const body = createClientBody();
    const result = watch(forward(requestWithBody(body), { io }));
    await io.advance(10 * limitMs);
    body.write(10);
    await io.advance(limitMs - 1);
    expect(result.value()).toBeUndefined();
    await io.advance(1);
    expect(reasonOf(result.value()!)).toBe("origin_timeout");
    await settle();
    expect(body.cancelled()).toBeDefined();
    expect(io.timers()).toBe(0);
  });

  it("restarts for every first chunk", async () => {
    let take = async () => {};
    const io = createFakeIo({
      fetch: (request) => {
        const reader = request.body!.getReader();
        take = async () => void (await reader.read());
        return never();
      },
    });
    const body = createClientBody();
    const result = watch(forward(requestWithBody(body), { io }));
    body.write(10);
    body.write(10);
    for (let chunk = 0; chunk < 2; chunk += 1) {
      await io.advance(limitMs - 1);
      expect(result.value()).toBeUndefined();
      await take();
    }
    await io.advance(10 * limitMs);
    expect(result.value()).toBeUndefined();
  });

  it("does not count while a long body is sent", async () => {
    let rest = async () => 0;
    const io = createFakeIo({
      fetch: (request) => {
        const reader = request.body!.getReader();
        rest = async () => {
          let bytes = 0;
          for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
            bytes += chunk.value.byteLength;
          return bytes;
        };
        return rest().then(never);
      },
    });
    const body = createClientBody();
    const result = watch(forward(requestWithBody(body), { io }));
    body.write(manyBytes);
    await io.advance(10 * limitMs);
    body.write(manyBytes);
    await io.advance(10 * limitMs);
    expect(io.timers()).toBe(0);
    expect(result.value()).toBeUndefined();
    body.end();
    await io.advance(limitMs - 1);
    expect(result.value()).toBeUndefined();
    await io.advance(1);
    expect(reasonOf(result.value()!)).toBe("origin_timeout");
  });

  it("does not restart after the origin has answered, while the body continues", async () => {
    let received: Promise<string> | undefined;
    const io = createFakeIo({
      fetch: (request) => {
        received = request.text();
        return new Response("early");
      },
    });
    const body = createClientBody();
    body.write(10);
    const result = await forward(requestWithBody(body), { io });
    expect(result.ok).toBe(true);
    body.write(10);
    await io.advance(10 * limitMs);
    body.write(manyBytes);
    body.end();
    expect((await received)?.length).toBe(20 + manyBytes);
    await settle();
    expect(io.timers()).toBe(0);
    expect(io.requests[0]?.signal.aborted).toBe(false);
  });
});
