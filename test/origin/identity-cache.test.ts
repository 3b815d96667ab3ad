import { expect, it } from "vitest";
import * as limits from "../../src/common/limits.ts";
import { createIdentityCache, identityHeaders } from "../../src/origin/added-headers.ts";
import { countBytes } from "../../src/origin/request-headers.ts";
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
