import { describe, expect, it } from "vitest";
import { createVerifiedTokens, type VerifiedToken } from "../../src/token/verified-tokens.ts";
import { principalOf } from "../support/claims.ts";

/** Only its identity matters here. */
const tokenOf = (): VerifiedToken => ({ principal: principalOf("user") }) as VerifiedToken;
const many = 1_000_000;

describe("createVerifiedTokens", () => {
  it("knows what was added, by its exact text", () => {
    const tokens = createVerifiedTokens();
    const [first, second] = [tokenOf(), tokenOf()];
    tokens.add("Bearer a.b.c", first);
    tokens.add("Bearer a.b.d", second);
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

  it("holds no more than its entries, of both generations together", () => {
    const tokens = createVerifiedTokens(10, many);
    const names = Array.from({ length: 100 }, (_, index) => `token ${index}`);
    for (const name of names) {
      tokens.add(name, tokenOf());
      expect(tokens.get(name)).toBeDefined();
    }
    const held = names.filter((name) => tokens.get(name) !== undefined);
    expect(held.length).toBeLessThanOrEqual(10);
    expect(held.length).toBeGreaterThanOrEqual(5);
  });

  it("holds no more than its characters, and one token beyond each half", () => {
    const tokens = createVerifiedTokens(many, 1_000);
    const names = Array.from({ length: 100 }, (_, index) => String(index).padStart(100, "x"));
    for (const name of names) tokens.add(name, tokenOf());
    const held = names.filter((name) => tokens.get(name) !== undefined);
    expect(held.length * 100).toBeLessThanOrEqual(1_000);
    expect(held.length * 100).toBeGreaterThanOrEqual(500);
  });

  it("begins a generation where half of its characters are reached, not passed", () => {
    const tokens = createVerifiedTokens(many, 1_000);
    const [first, second, third] = ["a", "b", "c"].map((letter) => letter.repeat(500)) as [string, string, string];
    for (const name of [first, second, third]) tokens.add(name, tokenOf());
    expect([third, second, first].map((name) => tokens.get(name) !== undefined)).toEqual([true, true, false]);
  });

  it("counts a token once, however often it is added", () => {
    const tokens = createVerifiedTokens(many, 1_000);
    tokens.add("quiet", tokenOf());
    for (let index = 0; index < 400; index += 1) tokens.add("burst", tokenOf());
    expect(tokens.get("quiet")).toBeDefined();
  });

  it("forgets what was not used for two generations, and not before", () => {
    const tokens = createVerifiedTokens(4, many);
    for (const name of ["a", "b", "c", "d"]) tokens.add(name, tokenOf());
    // a and b are the old generation, c and d the young.
    tokens.add("e", tokenOf());
    expect(["c", "d", "e"].map((name) => tokens.get(name) !== undefined)).toEqual([true, true, true]);
    expect(tokens.get("a")).toBeUndefined();
    expect(tokens.get("b")).toBeUndefined();
  });

  it("keeps a token in use through a flood of tokens that come once", () => {
    const tokens = createVerifiedTokens(10, many);
    const busy = tokenOf();
    tokens.add("busy", busy);
    for (let index = 0; index < 1_000; index += 1) {
      tokens.add(`once ${index}`, tokenOf());
      expect(tokens.get("busy")).toBe(busy);
    }
  });

  it("keeps a token that is used once in each half of the bound", () => {
    const tokens = createVerifiedTokens(10, many);
    tokens.add("busy", tokenOf());
    for (let round = 0; round < 20; round += 1) {
      for (let index = 0; index < 4; index += 1) tokens.add(`once ${round} ${index}`, tokenOf());
      expect(tokens.get("busy")).toBeDefined();
    }
  });
});
