import { describe, expect, it } from "vitest";
import { fail, succeed } from "../../../src/base/common/result.ts";
import { checkTimes } from "../../../src/core/token/claims.ts";
import type { JsonObject } from "../../../src/core/token/decode.ts";

const now = 1_800_000_000;
const hour = 3_600;
const longest = 29 * hour;

const claims = (changes: Record<string, unknown> = {}): JsonObject => ({
  iat: now,
  nbf: now,
  exp: now + hour,
  ...changes,
});
const reason = (changes: Record<string, unknown>, skew = 60, at = now) => {
  const checked = checkTimes(claims(changes), skew, at);
  return checked.ok ? "timely" : checked.error.reason;
};

describe.each([0, 60, 300])("with a skew of %i s", (skew) => {
  const exp = now + hour;

  it("a token expires at exp plus the skew", () => {
    expect(reason({}, skew, exp + skew - 1)).toBe("timely");
    expect(reason({}, skew, exp + skew)).toBe("expired");
    expect(reason({}, skew, exp + skew + 1)).toBe("expired");
  });

  it("a token becomes valid at nbf minus the skew", () => {
    expect(reason({ nbf: now + skew }, skew)).toBe("timely");
    expect(reason({ nbf: now + skew + 1 }, skew)).toBe("not_yet_valid");
  });

  it("a token must not be issued in the future, beyond the skew", () => {
    expect(reason({ iat: now + skew }, skew)).toBe("timely");
    expect(reason({ iat: now + skew + 1 }, skew)).toBe("not_yet_valid");
  });
});

describe("lifetime", () => {
  it.each(["nbf", "iat"])("is at most 29 hours, from %s", (claim) => {
    const since = now + hour - longest;
    expect(reason({ [claim]: since })).toBe("timely");
    expect(reason({ [claim]: since - 1 })).toBe("lifetime_too_long");
  });

  it("accepts a token of continuous access evaluation, of 28 hours", () => {
    expect(reason({ exp: now + 28 * hour })).toBe("timely");
  });

  it("recognizes milliseconds", () => {
    expect(reason({ exp: (now + hour) * 1_000 })).toBe("lifetime_too_long");
  });
});

describe("order", () => {
  it.each(["nbf", "iat"])("has %s before exp", (claim) => {
    expect(reason({ [claim]: now + hour - 1 }, 0, now + hour - 1)).toBe("timely");
    expect(reason({ [claim]: now + hour })).toBe("times_out_of_order");
    expect(reason({ [claim]: now + hour + 1 })).toBe("times_out_of_order");
  });

  it("does not compare iat and nbf, because Entra backdates nbf for clock skew", () => {
    expect(reason({ iat: now - 300, nbf: now })).toBe("timely");
    expect(reason({ iat: now, nbf: now - 300 })).toBe("timely");
  });
});

describe.each(["exp", "nbf", "iat"])("%s", (claim) => {
  it.each([
    ...[undefined, null, "", String(now), "2026-11-25T12:00:00Z", true, {}, [], [now]],
    ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 1e300, 2 ** 53],
    ...[-1, now + 0.5, 1e-7],
  ])("must be whole seconds, not %j", (value) => {
    expect(checkTimes(claims({ [claim]: value }), 60, now)).toEqual(fail({ reason: "time_invalid", claim }));
  });

  it("must not be 1e999", () => {
    expect(checkTimes({ ...claims(), ...JSON.parse(`{"${claim}":1e999}`) }, 60, now)).toEqual(
      fail({ reason: "time_invalid", claim }),
    );
  });
});

it("accepts times at the epoch if the clock is at the epoch", () => {
  expect(checkTimes({ iat: 0, nbf: 0, exp: 1 }, 0, 0)).toEqual(succeed({ fromSeconds: 0, untilSeconds: 1 }));
});

it("returns the times between which the token is valid, with the skew", () => {
  const times = { iat: now - 20, nbf: now - 10, exp: now + hour };
  expect(checkTimes(times, 60, now)).toEqual(succeed({ fromSeconds: now - 70, untilSeconds: now + hour + 60 }));
});
