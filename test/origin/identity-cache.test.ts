import { expect, it } from "vitest";
import { createIdentityCache } from "../../src/origin/added-headers.ts";
import { principalOf } from "../support/claims.ts";

it("knows what was written for a principal, and for nobody else", () => {
  const cache = createIdentityCache<string>(100);
  const [one, other] = [principalOf("user"), principalOf("user")];
  cache.set(one, "of one", 10);
  expect([cache.get(one), cache.get(other)]).toEqual(["of one", undefined]);
});

it("holds no more than its bytes: when it is full it begins anew", () => {
  const cache = createIdentityCache<number>(100);
  const principals = Array.from({ length: 5 }, () => principalOf("user"));
  for (const [index, principal] of principals.entries()) cache.set(principal, index, 25);
  expect(principals.map((principal) => cache.get(principal))).toEqual([undefined, undefined, undefined, undefined, 4]);
});
