import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { type VerifiedToken, weighToken } from "../../../src/core/token/verified-tokens.ts";
import { identityOf } from "../../support/claims.ts";

const weightOf = (claims: Record<string, unknown>, credential = "Bearer a.b.c") =>
  weighToken({ ...identityOf("user", claims), credential } as VerifiedToken);
const nothing = weightOf({});

describe("the weight of a token", () => {
  it("includes the text of its header", () => {
    expect(weightOf({}, `Bearer ${"a".repeat(1_000)}`) - nothing).toBeGreaterThanOrEqual(990);
  });

  it.each(["roles", "acrs", "xms_cc"])("includes its list %s, also of texts beyond Latin", (claim) => {
    expect(weightOf({ [claim]: ["x".repeat(1_000)] }) - nothing).toBeGreaterThan(1_000);
    expect(weightOf({ [claim]: ["\u5f20".repeat(1_000)] }) - nothing).toBeGreaterThan(2_000);
    expect(weightOf({ [claim]: Array.from({ length: 1_000 }, () => "") }) - nothing).toBeGreaterThan(1_000 * 20);
  });

  it("includes its scopes", () => {
    expect(weightOf({ scp: `access_as_user ${"x".repeat(1_000)}` }) - nothing).toBeGreaterThan(1_000);
  });

  it.each(["sid", "uti"])("includes its %s", (claim) => {
    expect(weightOf({ [claim]: "x".repeat(1_000) }) - nothing).toBeGreaterThan(900);
  });

  it("does not depend on other claims, which are not kept", () => {
    expect(weightOf({ groups: Array.from({ length: 200 }, () => crypto.randomUUID()) })).toBe(nothing);
  });

  it("allows 10,000 tokens without groups to stay known, and 1,800 with 200 groups", () => {
    const characters = { small: 1_280, large: 11_700 };
    const bytes = limits.verifiedTokenBytes - limits.sharedValueBytes;
    expect(10_000 * weightOf({}, "x".repeat(characters.small))).toBeLessThan(bytes);
    expect(1_800 * weightOf({}, "x".repeat(characters.large))).toBeLessThan(bytes);
  });
});
