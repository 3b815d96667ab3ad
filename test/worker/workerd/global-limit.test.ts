import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HttpAnswer, readHeader } from "../../support/http.ts";
import { type LimitedIsolates, startLimitedIsolates } from "../../support/limited-isolates.ts";

let storage: string;
let isolates: LimitedIsolates;

beforeAll(async () => {
  storage = await mkdtemp(path.join(os.tmpdir(), "entra-gate-limits-"));
  isolates = await startLimitedIsolates(storage, false);
});

afterAll(async () => {
  await isolates.stop();
  await rm(storage, { recursive: true });
});

const withStatus = (answers: readonly HttpAnswer[], status: number) =>
  answers.filter((answer) => answer.status === status);

describe("a global limit of 100", () => {
  it("allows exactly 100 of 1,000 requests at once, over two isolates", async () => {
    const answers = await isolates.askAtOnce("/global", 1_000);
    const [passed, refused] = [withStatus(answers, 200), withStatus(answers, 429)];
    expect([passed.length, refused.length]).toEqual([100, 900]);
    const left = passed.map((answer) => Number(/r=(\d+)/.exec(readHeader(answer, "ratelimit").join())?.[1]));
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    for (const answer of refused) {
      expect(readHeader(answer, "ratelimit-policy")).toEqual(['"default";q=100;w=600']);
      expect(readHeader(answer, "ratelimit").join()).toMatch(/^"default";r=0;t=[1-9]\d{0,2}$/);
      const [seconds = ""] = readHeader(answer, "retry-after");
      expect(Number(seconds)).toBeGreaterThanOrEqual(1);
      expect(Number(seconds)).toBeLessThanOrEqual(600);
      expect(readHeader(answer, "content-type")).toEqual(["application/problem+json"]);
    }
  });

  it("still applies after a restart", async () => {
    await isolates.stop();
    isolates = await startLimitedIsolates(storage, false);
    const answers = await isolates.askAtOnce("/global", 10);
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(429));
  });
});
