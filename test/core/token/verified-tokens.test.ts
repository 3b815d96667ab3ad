import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import {
  createVerifiedTokens,
  type VerifiedToken,
  type VerifiedTokens,
} from "../../../src/core/token/verified-tokens.ts";
import { identityOf } from "../../support/claims.ts";
import { tries } from "../../support/property.ts";

/** Its other members do not matter here. */
const tokenOf = (credential: string, changes = {}): VerifiedToken =>
  ({ ...identityOf("user", changes), credential }) as VerifiedToken;
const add = (tokens: VerifiedTokens, token: VerifiedToken) => tokens.add(token, token);
const many = 1_000_000;

/** Weighs a token by its text alone. */
const createTokens = (entries: number, characters: number) =>
  createVerifiedTokens(entries, characters, ({ credential }) => credential.length);

describe("createVerifiedTokens", () => {
  it("recognizes a token by its exact text", () => {
    const tokens = createVerifiedTokens();
    const first = add(tokens, tokenOf("Bearer a.b.c"));
    const second = add(tokens, tokenOf("Bearer a.b.d"));
    expect(tokens.get("Bearer a.b.c")).toBe(first);
    expect(tokens.get("Bearer a.b.d")).toBe(second);
    for (const other of [
      "Bearer a.b.C",
      "bearer a.b.c",
      "Bearer  a.b.c",
      "Bearer a.b.c ",
      "Bearer a.b",
      "",
      "__proto__",
    ]) {
      expect(tokens.get(other)).toBeUndefined();
    }
  });

  it("knows no other token whose signature has the same end", () => {
    const tokens = createTokens(2, many);
    const end = "a".repeat(300);
    const kept = add(tokens, tokenOf(`Bearer a.b.c${end}`));
    expect([tokens.get(`Bearer a.b.d${end}`), tokens.get(`Bearer a.b.c${end}`)]).toEqual([undefined, kept]);
    // Only who has the keys of Entra can make two. Requests that wait hold what was kept for the first one.
    const later = add(tokens, tokenOf(`Bearer a.b.d${end}`));
    expect([tokens.get(`Bearer a.b.c${end}`), tokens.get(`Bearer a.b.d${end}`)]).toEqual([undefined, later]);
    expect(kept.credential).toBe(`Bearer a.b.c${end}`);
    for (const name of ["one", "two"]) add(tokens, tokenOf(name));
    expect(["one", "two", `Bearer a.b.d${end}`].map((name) => tokens.get(name)?.credential)).toEqual([
      undefined,
      "two",
      later.credential,
    ]);
  });

  it("holds exactly its number of entries", () => {
    const tokens = createTokens(10, many);
    const names = Array.from({ length: 100 }, (_, index) => `token ${index}`);
    for (const name of names) add(tokens, tokenOf(name));
    expect(names.filter((name) => tokens.get(name) !== undefined)).toEqual(names.slice(-10));
  });

  it("holds exactly its number of characters", () => {
    const tokens = createTokens(many, 1_000);
    const names = Array.from({ length: 100 }, (_, index) => String(index).padStart(100, "x"));
    for (const name of names) add(tokens, tokenOf(name));
    expect(names.filter((name) => tokens.get(name) !== undefined)).toEqual(names.slice(-10));
  });

  it("takes, together with the shared values, no more than the memory for known tokens", {
    tags: "known-token-memory",
  }, () => {
    const half = (limits.verifiedTokenBytes - limits.sharedValueBytes) / 2;
    const countKept = (bytes: number) => {
      const tokens = createVerifiedTokens(many, undefined, () => bytes);
      for (const name of ["one", "other"]) add(tokens, tokenOf(name));
      return ["one", "other"].filter((name) => tokens.get(name) !== undefined).length;
    };
    expect([countKept(half), countKept(half + 1)]).toEqual([2, 1]);
  });

  it("weighs a token once", () => {
    const bytes = vi.fn(({ roles }: VerifiedToken) => (roles.length > 0 ? 900 : 100));
    const tokens = createVerifiedTokens(many, 1_000, bytes);
    const heavy = tokenOf("heavy", { roles: ["a"] });
    add(tokens, heavy);
    add(tokens, heavy);
    add(tokens, tokenOf("light"));
    add(tokens, tokenOf("one more"));
    expect(["heavy", "light", "one more"].map((name) => tokens.get(name) !== undefined)).toEqual([false, true, true]);
    expect(bytes).toHaveBeenCalledTimes(3);
  });

  it("weighs a token again whose groups were read again", () => {
    const tokens = createVerifiedTokens(many, 1_000, ({ groups }) => 100 + groups.length);
    const groups = Array.from({ length: 800 }, () => "a");
    const first = add(tokens, { ...tokenOf("grown"), namedGroups: 0 });
    const grown = add(tokens, { ...tokenOf("grown"), namedGroups: 1, groups });
    // What is kept for the first one, such as its headers for the origin, lacks the group.
    expect(grown).not.toBe(first);
    expect(tokens.get("grown")).toBe(grown);
    add(tokens, tokenOf("light"));
    expect(["grown", "light"].map((name) => tokens.get(name) !== undefined)).toEqual([true, true]);
    add(tokens, tokenOf("one more"));
    expect(["grown", "light", "one more"].map((name) => tokens.get(name) !== undefined)).toEqual([false, true, true]);
  });

  it("drops first what it kept of a token before its groups were read again", () => {
    const tokens = createTokens(many, 20);
    add(tokens, { ...tokenOf("grown"), namedGroups: 0 });
    expect(tokens.get("grown")).toBeDefined();
    for (const token of [{ ...tokenOf("grown"), namedGroups: 1 }, tokenOf("other"), tokenOf("third")])
      add(tokens, token);
    add(tokens, tokenOf("fifth"));
    expect(["grown", "other", "third", "fifth"].filter((name) => tokens.get(name) === undefined)).toEqual([]);
  });

  it("drops as many tokens as a long one needs", () => {
    const tokens = createTokens(many, 1_000);
    const names = Array.from({ length: 10 }, (_, index) => String(index).padStart(100, "x"));
    for (const name of [...names, "y".repeat(250)]) add(tokens, tokenOf(name));
    expect(names.filter((name) => tokens.get(name) !== undefined)).toEqual(names.slice(3));
  });

  it("holds one at a time if each exceeds the limit", () => {
    const tokens = createTokens(10, 100);
    const names = ["a", "b", "c"].map((letter) => letter.repeat(101));
    for (const name of names) add(tokens, tokenOf(name));
    expect(names.filter((name) => tokens.get(name) !== undefined)).toEqual(names.slice(-1));
  });

  it("counts a token once, even if it is added repeatedly", () => {
    const tokens = createTokens(many, 1_000);
    add(tokens, tokenOf("quiet"));
    for (let index = 0; index < 400; index += 1) add(tokens, tokenOf("burst"));
    expect(tokens.get("quiet")).toBeDefined();
  });

  it("drops unused tokens first, starting with the oldest", () => {
    const tokens = createTokens(4, many);
    for (const name of ["a", "b", "c", "d"]) add(tokens, tokenOf(name));
    tokens.get("a");
    tokens.get("c");
    for (const name of ["e", "f"]) add(tokens, tokenOf(name));
    expect(["a", "b", "c", "d", "e", "f"].filter((name) => tokens.get(name) !== undefined)).toEqual([
      "a",
      "c",
      "e",
      "f",
    ]);
  });

  it("drops the oldest if all were used", () => {
    const tokens = createTokens(4, many);
    for (const name of ["a", "b", "c", "d", "e"]) {
      add(tokens, tokenOf(name));
      tokens.get(name);
    }
    expect(["a", "b", "c", "d", "e"].filter((name) => tokens.get(name) !== undefined)).toEqual(["b", "c", "d", "e"]);
  });

  it("drops tokens that are no longer used", () => {
    const tokens = createTokens(10, many);
    add(tokens, tokenOf("once busy"));
    tokens.get("once busy");
    for (let index = 0; index < 20; index += 1) add(tokens, tokenOf(`once ${index}`));
    expect(tokens.get("once busy")).toBeUndefined();
  });

  it("keeps a token in use during a flood of tokens that are used once", () => {
    const tokens = createTokens(10, many);
    const busy = add(tokens, tokenOf("busy"));
    for (let index = 0; index < 1_000; index += 1) {
      add(tokens, tokenOf(`once ${index}`));
      expect(tokens.get("busy")).toBe(busy);
    }
  });

  it("keeps as many tokens in use as it has entries, in any order", () => {
    const tokens = createTokens(10, many);
    const names = Array.from({ length: 10 }, (_, index) => `token ${index}`);
    for (const name of names) add(tokens, tokenOf(name));
    for (let round = 0; round < 20; round += 1) {
      for (const name of round % 2 ? names : names.toReversed()) expect(tokens.get(name)).toBeDefined();
    }
  });

  it("keeps a token that is used once in each pass of the queue", () => {
    const tokens = createTokens(10, many);
    add(tokens, tokenOf("busy"));
    for (let round = 0; round < 20; round += 1) {
      for (let index = 0; index < 9; index += 1) add(tokens, tokenOf(`once ${round} ${index}`));
      expect(tokens.get("busy")).toBeDefined();
    }
  });

  it("stays within its bounds and is correct about its content, for any sequence of calls", () => {
    const name = fc.integer({ min: 1, max: 30 }).map((length) => "x".repeat(length));
    const step = fc.record({ name, isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const tokens = createTokens(8, 100);
        const added = new Map<string, VerifiedToken>();
        for (const each of steps) {
          if (each.isAdded) added.set(each.name, add(tokens, tokenOf(each.name)));
          expect([undefined, added.get(each.name)]).toContain(tokens.get(each.name));
        }
        const held = [...added.keys()].filter((text) => tokens.get(text) !== undefined);
        expect(held.length).toBeLessThanOrEqual(8);
        expect(held.join("").length).toBeLessThanOrEqual(100);
      }),
      tries(500),
    );
  });
});
