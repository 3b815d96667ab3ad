import { beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { checkRevocation, type RevocationCheck } from "../../../src/core/policy/revocation.ts";
import { callerOf } from "../../support/claims.ts";
import { createFakeIo, type FakeIo, frozenNowSeconds } from "../../support/io.ts";

const caller = callerOf("user");
const capable = callerOf("user", { xms_cc: ["cp1"] });
const failed = { reason: "revocation_check_failed" };

let io: FakeIo;

beforeEach(() => {
  io = createFakeIo();
});

/** A result of any type, as JavaScript code may return. */
const answering = (value: unknown) => (() => value) as RevocationCheck;

describe("checkRevocation", () => {
  it.each([
    ["nothing", undefined],
    ["the second in which the token was issued", frozenNowSeconds],
    ["a second before it", frozenNowSeconds - 1],
    ["a fraction of the second before it", frozenNowSeconds - 0.001],
    ["the epoch", 0],
  ])("allows a token if the answer is %s", async (_, answer) => {
    expect(await checkRevocation(io, caller, answering(answer))).toBeUndefined();
    expect(await checkRevocation(io, caller, answering(Promise.resolve(answer)))).toBeUndefined();
  });

  it("refuses a token that was issued before", async () => {
    const revokedAtSeconds = frozenNowSeconds + 1;
    const revoked = { reason: "token_revoked", revokedAtSeconds };
    const check = answering(revokedAtSeconds);
    expect(await checkRevocation(io, caller, check)).toEqual({ ...revoked, challengeable: false });
    expect(await checkRevocation(io, capable, check)).toEqual({ ...revoked, challengeable: true });
  });

  it.each([
    ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ...[null, false, true, "", "0", String(frozenNowSeconds), {}, [], [0], new Date(0), 0n],
  ])("refuses if the answer is %s", async (answer) => {
    expect(await checkRevocation(io, caller, answering(answer))).toEqual(failed);
    expect(await checkRevocation(io, caller, answering(Promise.resolve(answer)))).toEqual(failed);
  });

  it.each([0.001, 0.5, 0.999, 1])("refuses a token that was issued %d seconds before, or less", async (later) => {
    const denial = await checkRevocation(io, caller, answering(frozenNowSeconds + later));
    expect(denial).toEqual({
      reason: "token_revoked",
      revokedAtSeconds: frozenNowSeconds + 1,
      challengeable: false,
    });
  });

  it("refuses a time in milliseconds with a reason of its own", async () => {
    for (const answer of [100_000_000_000, frozenNowSeconds * 1_000, 2 ** 53, 1e300]) {
      expect(await checkRevocation(io, caller, answering(answer))).toEqual({ reason: "revocation_in_milliseconds" });
    }
    expect(await checkRevocation(io, caller, answering(99_999_999_999))).toMatchObject({ reason: "token_revoked" });
  });

  it.each([
    [
      "an exception",
      () => {
        throw new Error("database is down");
      },
    ],
    [
      "an exception that is not an Error",
      () => {
        throw undefined;
      },
    ],
    ["a rejection", () => Promise.reject(new Error("database is down"))],
    ["a rejection without a reason", () => Promise.reject()],
  ])("refuses if the answer is %s", async (_, check) => {
    expect(await checkRevocation(io, caller, check as RevocationCheck)).toEqual(failed);
  });

  it("waits up to its time limit, and no longer", async () => {
    const answerAfter =
      (delayMs: number): RevocationCheck =>
      () =>
        new Promise((resolve) => io.after(delayMs, () => resolve(undefined)));
    const inTime = checkRevocation(io, caller, answerAfter(limits.callbackMilliseconds - 1));
    await io.advance(limits.callbackMilliseconds);
    expect(await inTime).toBeUndefined();
    const late = checkRevocation(io, caller, answerAfter(limits.callbackMilliseconds + 1));
    await io.advance(limits.callbackMilliseconds);
    expect(await late).toEqual(failed);
    const never = checkRevocation(io, caller, () => new Promise(() => {}));
    await io.advance(limits.callbackMilliseconds);
    expect(await never).toEqual(failed);
  });

  it("leaves no timer behind", async () => {
    await checkRevocation(io, caller, async () => undefined);
    expect(io.timers()).toBe(0);
  });

  it("passes the principal", async () => {
    const asked: unknown[] = [];
    await checkRevocation(io, caller, (asking) => {
      asked.push(asking);
      return undefined;
    });
    expect(asked).toEqual([caller.principal]);
  });
});
