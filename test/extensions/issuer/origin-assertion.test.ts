import { decodeJwt, generateKeyPair } from "jose";
import { expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { succeed } from "../../../src/base/common/result.ts";
import type { AssertedRequest } from "../../../src/core/guard/issuer.ts";
import type { Identity } from "../../../src/core/token/identity.ts";
import { createOriginAsserter } from "../../../src/extensions/issuer/origin-assertion.ts";

const startSeconds = 1_800_000_000;
const { privateKey } = await generateKeyPair("ES256");
const keys = {
  find: () => succeed({ variable: "GATE_SIGNING_KEY", kid: "k", alg: "ES256", key: privateKey, keySet: "{}" }),
};

/** Signs for one token that is valid for five seconds. */
function createAsserter() {
  let nowSeconds = startSeconds;
  const assert = createOriginAsserter({ now: () => nowSeconds * 1_000 }, keys, {
    issuer: "i",
    namesAuthority: true,
    audienceOf: (to) => (to === "unknown" ? undefined : `audience of ${to}`),
  });
  const identity = {
    kind: "user",
    authority: "customers",
    scopes: [],
    roles: [],
    untilSeconds: startSeconds + 5,
  } as unknown as Identity;
  const request: AssertedRequest = {
    to: undefined,
    method: "GET",
    url: "https://origin.example/orders",
    route: "/orders",
    identity,
    reported: undefined,
    background: () => {},
  };
  return async (changes: Partial<AssertedRequest>, afterSeconds = 0) => {
    nowSeconds = startSeconds + afterSeconds;
    const asserted = await assert({ ...request, ...changes });
    if (!asserted.ok) throw new Error(asserted.error.reason);
    return asserted.value;
  };
}

it("reuses an assertion only for the same reason of a report, so that no origin misses one", async () => {
  const assert = createAsserter();
  const plain = await assert({});
  const reported = await assert({ reported: "scope_missing" });
  expect([plain, reported].map((assertion) => decodeJwt(assertion).reported)).toEqual([undefined, "scope_missing"]);
  expect(await assert({})).toBe(plain);
});

it("does not reuse an assertion for another route", async () => {
  const assert = createAsserter();
  const first = await assert({});
  expect(await assert({ route: "/:resource" })).not.toBe(first);
  expect(await assert({})).toBe(first);
});

it("never reuses an assertion for another origin, whose audience it does not have", {
  tags: "named-origins",
}, async () => {
  const assert = createAsserter();
  const first = await assert({});
  const other = await assert({ to: "billing" });
  expect([first, other].map((assertion) => decodeJwt(assertion).aud)).toEqual([
    "audience of undefined",
    "audience of billing",
  ]);
  expect(await assert({})).toBe(first);
  expect(await assert({ to: "billing" })).toBe(other);
  await expect(assert({ to: "unknown" })).rejects.toThrow("misconfigured");
});

it("does not reuse an assertion that has expired with its token", async () => {
  expect(limits.originAssertionReuseSeconds).toBeGreaterThan(5);
  const assert = createAsserter();
  const first = await assert({});
  expect(await assert({}, 4)).toBe(first);
  expect(await assert({}, 5)).not.toBe(first);
});

it("names the authority of the caller", async () => {
  expect(decodeJwt(await createAsserter()({})).authority).toBe("customers");
});
