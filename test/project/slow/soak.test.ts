import { describe, expect, it } from "vitest";
import { kinds } from "../../../lab/soak/kinds.ts";
import { introductionMs, judgePool, judgeUnknown, recoveryMs } from "../../../lab/soak/oracle.ts";
import { soak } from "../../../lab/soak/run.ts";

describe("a short soak test", () => {
  it("sees no wrong response, no unfinished request, and every kind of request and response", async () => {
    const report = await soak({
      seconds: 9,
      tokens: 300,
      seed: 1,
      connections: 24,
      events: [
        { atSeconds: 2, name: "emergency rollover", happen: (supply) => supply.rollOverInEmergency() },
        { atSeconds: 5, name: "authority: down", seconds: 3, happen: (supply) => supply.fail("down", 3_000) },
      ],
    });
    const { counts, wrong, keyFetches } = report;
    expect(wrong).toEqual([]);
    // A slow machine may not reach the rarest kinds.
    const common = Object.entries(kinds).filter(([, { weight }]) => weight >= 2);
    expect([...counts.keys()]).toEqual(expect.arrayContaining(common.map(([name]) => name)));
    expect(keyFetches).toBeGreaterThan(0);
  });
});

describe("the oracle of a soak test", () => {
  const fine = { failingFromMs: 0, failingUntilMs: Number.NEGATIVE_INFINITY };
  const pool = { kid: "kid", tokens: [], publishedAtMs: 1_000_000 };
  const failing = { failingFromMs: 2_000_000, failingUntilMs: 2_025_000 };

  it("allows one outcome for a key that was published long enough", () => {
    expect(judgePool({ ...pool, publishedAtMs: 0 }, failing, 2_010_000)).toEqual(["200"]);
    expect(judgePool(pool, fine, 1_000_000 + introductionMs)).toEqual(["200"]);
    expect(judgePool({ ...pool, removedAtMs: 1_500_000 }, fine, 1_500_000 + introductionMs)).toEqual([
      "401 invalid_token",
    ]);
  });

  it("allows a new key to be unknown, and a removed key to be known for a while", () => {
    expect(judgePool(pool, fine, 1_000_001)).toEqual(["200", "401 invalid_token"]);
    expect(judgePool({ ...pool, removedAtMs: 1_500_000 }, fine, 1_500_001)).toContain("200");
  });

  it("expects 401 for an invented key, and 503 only around an outage", () => {
    expect(judgeUnknown(fine, 1)).toEqual(["401 invalid_token"]);
    expect(judgeUnknown(failing, 2_010_000)).toEqual(["401 invalid_token", "503"]);
    expect(judgeUnknown(failing, 2_025_000 + recoveryMs)).toEqual(["401 invalid_token"]);
  });
});
