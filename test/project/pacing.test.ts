import { afterAll, describe, expect, it } from "vitest";
import { serve } from "../../cli/common/loopback.ts";
import { describePauses, readPause } from "../../lab/pacing/garbage.ts";
import { estimate, poolRounds } from "../../lab/pacing/intervals.ts";
import { startPacer } from "../../lab/pacing/pace.ts";
import { arriveRandomly, createRandom, pickInTurn } from "../../lab/pacing/sequence.ts";

const pacer = startPacer();
afterAll(() => pacer.stop());

describe("the pacer", () => {
  it("measures from the time at which a request is due, even if the worker does not respond", async () => {
    const stallMs = 200;
    let isFirst = true;
    const server = await serve(async (_, response) => {
      if (isFirst) {
        isFirst = false;
        const untilMs = performance.now() + stallMs;
        while (performance.now() < untilMs);
      }
      response.end("{}");
    });
    await pacer.prepare("stalled", "/", ["token"]);
    const { latenciesMs } = await pacer.run({
      port: Number(new URL(server.url).port),
      requests: "stalled",
      sequence: new Uint32Array(10),
      connections: 2,
      arrivalsMs: Float64Array.from({ length: 10 }, (_, index) => index * 10),
    });
    await server.stop();
    for (const [index, latencyMs] of latenciesMs.entries())
      expect(latencyMs).toBeGreaterThan(stallMs - index * 10 - 20);
  });

  it("sends the tokens in the given order, over persistent connections", async () => {
    const seen: unknown[] = [];
    const sockets = new Set<unknown>();
    const server = await serve(({ headers, socket }, response) => {
      seen.push(headers.authorization);
      sockets.add(socket);
      response.end("{}");
    });
    await pacer.prepare("known", "/", ["a", "b"]);
    const plan = { port: Number(new URL(server.url).port), requests: "known", connections: 1 };
    const { requests } = await pacer.run({ ...plan, sequence: pickInTurn(3, 2, 1) });
    await server.stop();
    expect(requests).toBe(3);
    expect(seen).toEqual(["Bearer b", "Bearer a", "Bearer b"]);
    expect(sockets.size).toBe(1);
  });

  it("fails if an answer is not 200", async () => {
    const server = await serve((_, response) => response.writeHead(401, { "content-length": 2 }).end("{}"));
    await pacer.prepare("refused", "/", ["a"]);
    const plan = { port: Number(new URL(server.url).port), requests: "refused", connections: 1 };
    await expect(pacer.run({ ...plan, sequence: new Uint32Array(1) })).rejects.toThrow("refused: answered 401");
    await server.stop();
  });
});

describe("arrivals", () => {
  it("match the rate, and are independent of each other", () => {
    const arrivals = arriveRandomly(20_000, 1_000, createRandom(1));
    expect(arrivals.at(-1)! / 20_000).toBeCloseTo(1, 1);
    const gaps = arrivals.slice(1).map((at, index) => at - arrivals[index]!);
    // In an exponential distribution, a share of 1/e is above the mean.
    expect(gaps.filter((gap) => gap > 1).length / 20_000).toBeCloseTo(Math.exp(-1), 2);
  });
});

describe("statistics of rounds", () => {
  it("are percentiles of all rounds by weight", () => {
    const pool = poolRounds([Float64Array.of(1, 2, 3, 4), Float64Array.of(10, 20, 30, 40)]);
    expect(pool(Uint32Array.of(1, 1), [0.5, 0.99])).toEqual([4, 40]);
    expect(pool(Uint32Array.of(2, 0), [0.5, 0.99])).toEqual([2, 4]);
  });

  it("have a confidence interval for another sample of rounds", () => {
    const values = Array.from({ length: 40 }, (_, index) => index);
    const [figure] = estimate(40, (weights) => [values.reduce((sum, value, at) => sum + value * weights[at]!, 0) / 40]);
    expect(figure?.value).toBeCloseTo(19.5);
    // Two standard errors of 11.5 / √40 on each side.
    expect(figure?.low).toBeGreaterThan(14);
    expect(figure?.low).toBeLessThan(17.5);
    expect(figure?.high).toBeGreaterThan(21.5);
    expect(figure?.high).toBeLessThan(25);
  });
});

describe("pauses for garbage collection", () => {
  const lines = [
    "[26582:0x30373fd34000]   178675 ms: Scavenge 6.1 (9.5) -> 4.7 (9.8) MB, pooled: 1.5 MB, 3.76 / 0.00 ms (average mu = 0.998, current mu = 0.999) allocation failure; ",
    "[26582:0x30373fd34000]   178840 ms: Mark-Compact 6.3 (10.2) -> 0.6 (8.5) MB, pooled: 2.8 MB, 25.10 / 0.00 ms (average mu = 0.996, current mu = 0.974) global allocation limit; GC in old space requested",
    "[26582:0x30373fd34000]   178850 ms: Mark-Compact 6.3 (10.2) -> 0.6 (8.5) MB, pooled: 2.8 MB, 30.90 / 0.00 ms (average mu = 0.996, current mu = 0.974) global allocation limit; GC in old space requested",
    '{"event":"allowed","time":"2026-11-26"}',
  ];
  const pauses = lines.map(readPause).filter((pause) => pause !== undefined);

  it("are read from the lines of V8", () => {
    expect(pauses).toEqual([
      { isMajor: false, ms: 3.76 },
      { isMajor: true, ms: 25.1 },
      { isMajor: true, ms: 30.9 },
    ]);
  });

  it("are counted by kind", () => {
    expect(describePauses("gate", pauses, 1_000)).toBe("| gate | 1, 3.8 ms | 2, 28.0 ms, 31 ms | 59.8 us |");
    expect(describePauses("none", [], 1_000)).toBe("| none | 0, 0.0 ms | 0, 0.0 ms, 0 ms | 0.0 us |");
  });
});
