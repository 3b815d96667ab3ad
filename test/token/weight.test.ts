import { describe, expect, it } from "vitest";
import * as limits from "../../src/common/limits.ts";
import { weighToken } from "../../src/token/verified-tokens.ts";
import { principalOf } from "../support/claims.ts";

const weightOf = (claims: Record<string, unknown>, credential = "Bearer a.b.c") =>
  weighToken(credential, principalOf("user", claims));
const nothing = weightOf({ extra: "" });
const groups = Array.from({ length: 200 }, () => crypto.randomUUID());

describe("the weight of a token", () => {
  it("includes the text of its header, and every claim", () => {
    expect(weightOf({ extra: "" }, `Bearer ${"a".repeat(1_000)}`) - nothing).toBeGreaterThanOrEqual(990);
    expect(weightOf({ extra: "x".repeat(1_000) }) - nothing).toBe(1_000);
    expect(weightOf({ extra: "\u5f20".repeat(1_000) }) - nothing).toBe(2_000);
    expect(weightOf({ extra: { deeper: ["x".repeat(1_000)] } }) - nothing).toBeGreaterThan(1_000);
    expect(weightOf({ groups }) - nothing).toBeGreaterThan(200 * 52);
  });

  it("counts empty values too, because they are objects", () => {
    const lists = Array.from({ length: 1_000 }, () => [[]]);
    expect(weightOf({ lists }) - nothing).toBeGreaterThan(1_000 * 48);
    const members = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`c${index}`, null]));
    expect(weightOf(members) - nothing).toBeGreaterThan(1_000 * 25);
  });

  it("counts a list as a list, and a number as a number", () => {
    const numbers = Array.from({ length: 1_000 }, (_, index) => index);
    expect(weightOf({ numbers }) - nothing).toBeLessThan(1_000 * 25);
    const members = Object.fromEntries(numbers.map((index) => [`c${index}`, index]));
    expect(weightOf(members) - weightOf({ numbers })).toBeGreaterThan(1_000 * 5);
  });

  it("allows 10,000 tokens without groups to stay known, and 900 with 200 groups", () => {
    const characters = { small: 1_280, large: 11_700 };
    expect(10_000 * weightOf({}, "x".repeat(characters.small))).toBeLessThan(limits.verifiedTokenBytes);
    expect(900 * weightOf({ groups }, "x".repeat(characters.large))).toBeLessThan(limits.verifiedTokenBytes);
  });
});
