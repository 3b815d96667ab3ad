import { describe, expect, it } from "vitest";
import * as limits from "../../src/base/common/limits.ts";
import type { Principal } from "../../src/core/token/principal.ts";
import { createIdentityCache, identityHeaders } from "../../src/forwarding/added-headers.ts";
import { countBytes } from "../../src/forwarding/request-headers.ts";
import { callerOf, identityOf } from "../support/claims.ts";

it("returns the headers of a known token, and of no other", () => {
  const cache = createIdentityCache<string>(100);
  const [one, other] = [identityOf("user"), identityOf("user")];
  cache.set(one, "of one", 10);
  expect([cache.get(one), cache.get(other)]).toEqual(["of one", undefined]);
});

it("holds at most its number of bytes, and starts again when it is full", () => {
  const cache = createIdentityCache<number>(100);
  const identities = Array.from({ length: 5 }, () => identityOf("user"));
  const known = () => identities.map((identity) => cache.get(identity));
  for (const [index, identity] of identities.slice(0, 4).entries()) cache.set(identity, index, 25);
  expect(known()).toEqual([0, 1, 2, 3, undefined]);
  cache.set(identities[4]!, 4, 25);
  expect(known()).toEqual([undefined, undefined, undefined, undefined, 4]);
  cache.set(identities[0]!, 0, 75);
  expect(known()).toEqual([0, undefined, undefined, undefined, 4]);
});

it("is shared by all callers, and counts the size of their headers", () => {
  const write = () => {
    const caller = callerOf("user");
    return { caller, headers: identityHeaders(caller, limits.addedHeaderBytesMinimum)! };
  };
  const entryBytes = 512 + countBytes(write().headers);
  const most = Math.floor(limits.identityCacheBytes / entryBytes);
  /** Counts the callers that are added before the cache starts again. */
  const fill = () => {
    const { caller, headers } = write();
    for (let others = 0; others <= most; others += 1) {
      if (identityHeaders(caller, limits.addedHeaderBytesMinimum) !== headers) return others;
      write();
    }
    throw new Error("holds too much");
  };
  fill();
  expect(fill()).toBeGreaterThan(most - 5);
});

describe("the headers of one caller", () => {
  const groups = Array.from({ length: 20 }, (_, index) => `96000000-0000-4000-8001-${String(index).padStart(12, "0")}`);

  /** Writes headers of one caller, and counts how often they are written: each time needs the principal. */
  function createWriter(claims: Record<string, unknown>) {
    const caller = callerOf("user", claims);
    let written = 0;
    const counted = {
      ...caller,
      get principal(): Principal {
        written += 1;
        return caller.principal;
      },
    };
    return {
      write: (room: number) => identityHeaders(counted, room),
      countWritten: () => written,
    };
  }
  const omittedOf = (headers: ReturnType<typeof identityHeaders>) =>
    headers?.find(([name]) => name === "x-entra-omitted")?.[1];

  it("are written once if they are whole, for each room that suffices", () => {
    const { write, countWritten } = createWriter({});
    const whole = write(limits.addedHeaderBytesMaximum);
    const bytes = countBytes(whole!);
    for (const room of [limits.addedHeaderBytesMaximum, bytes + 1, bytes]) expect(write(room)).toBe(whole);
    expect(countWritten()).toBe(1);
    expect(countBytes(write(bytes - 1)!)).toBeLessThan(bytes);
    expect(countWritten()).toBe(2);
  });

  it("are written for each room if claims are omitted, and are whole as soon as the room suffices", () => {
    const { write, countWritten } = createWriter({ groups });
    const short = write(limits.addedHeaderBytesMinimum);
    expect(omittedOf(short)).toBe("groups");
    expect(write(limits.addedHeaderBytesMinimum)).toBe(short);
    expect(countWritten()).toBe(1);
    expect(omittedOf(write(limits.addedHeaderBytesMaximum))).toBeUndefined();
    expect(omittedOf(write(limits.addedHeaderBytesMinimum))).toBe("groups");
    expect(countWritten()).toBe(3);
  });

  it("are not written again for the same room if they do not fit", () => {
    const { write, countWritten } = createWriter({ roles: groups.map((group) => group.repeat(4)) });
    for (let count = 0; count < 2; count += 1) expect(write(limits.addedHeaderBytesMinimum)).toBeUndefined();
    expect(countWritten()).toBe(1);
  });

  it("are written for each verified token, also for an equal one", () => {
    const write = () => identityHeaders(callerOf("user"), limits.addedHeaderBytesMaximum);
    expect(write()).toEqual(write());
    expect(write()).not.toBe(write());
  });
});
