import { expect, it } from "vitest";
import { configWith, faultsWith } from "../../support/environment.ts";

it("accepts the binding RATE_LIMITER unchanged, and does not require it", () => {
  const limiter = { limit: async () => ({ success: true }) };
  expect(configWith({ RATE_LIMITER: limiter }).limiter).toBe(limiter);
  expect(configWith({}).limiter).toBeUndefined();
});

it.each(["100", null, {}, { limit: 100 }, 100])("rejects %j, which cannot count", (binding) => {
  expect(faultsWith({ RATE_LIMITER: binding })).toEqual([
    {
      variable: "RATE_LIMITER",
      problem: "is not a rate limiting binding",
      example: '[[ratelimits]] name = "RATE_LIMITER" in wrangler.toml',
    },
  ]);
});
