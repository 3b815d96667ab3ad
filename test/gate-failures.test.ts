import { describe, expect, it } from "vitest";
import type { GateOptions } from "../src/app/gate-options.ts";
import * as limits from "../src/base/common/limits.ts";
import { bearer, createGateWorld, entra } from "./support/gate-world.ts";

const detail = async (response: Response) => (await response.json<{ detail: string }>()).detail;

describe("callbacks", () => {
  const fail = () => {
    throw new Error("database is down");
  };
  const never = () => new Promise<never>(() => {});

  it.each([
    ["isTenantAllowed throws", { isTenantAllowed: fail }, "tenant_check_failed"],
    ["isTenantAllowed rejects", { isTenantAllowed: async () => fail() }, "tenant_check_failed"],
    ["isTenantAllowed is late", { isTenantAllowed: never }, "tenant_check_failed"],
    ["revokedAtSeconds throws", { revokedAtSeconds: fail }, "revocation_check_failed"],
    ["revokedAtSeconds rejects", { revokedAtSeconds: async () => fail() }, "revocation_check_failed"],
    ["revokedAtSeconds is late", { revokedAtSeconds: never }, "revocation_check_failed"],
    ["revokedAtSeconds is not a number", { revokedAtSeconds: () => null }, "revocation_check_failed"],
    ["revokedAtSeconds is in milliseconds", { revokedAtSeconds: () => Date.now() }, "revocation_in_milliseconds"],
  ])("refuse if %s", async (_, options, reason) => {
    const world = createGateWorld(options as unknown as GateOptions);
    const asked = world.ask("/orders", { token: await bearer() });
    await world.io.advance(limits.callbackMilliseconds);
    const response = await asked;
    expect([response.status, await detail(response)]).toEqual([
      500,
      "An internal error occurred. Contact the operator.",
    ]);
    expect(world.refusals()).toMatchObject([{ reason, status: 500 }]);
    expect(world.forwarded).toEqual([]);
  });

  it("refuse a tenant with the response for an invalid token", async () => {
    const world = createGateWorld({ isTenantAllowed: () => false });
    const response = await world.ask("/orders", { token: await bearer() });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ]);
    expect(world.forwarded).toEqual([]);
  });
});

describe("the origin", () => {
  it("is unreachable: the gate responds", async () => {
    const world = createGateWorld();
    world.io.setFetch((request) => {
      if (request.url.startsWith("https://login.")) return entra.fetch(request);
      throw Object.assign(new TypeError(`cannot fetch ${request.url}`), { code: "ECONNREFUSED" });
    });
    const response = await world.ask("/orders", { token: await bearer() });
    expect([response.status, await detail(response)]).toEqual([
      502,
      "The origin server could not be reached. Retry later.",
    ]);
    expect(world.refusals()).toMatchObject([{ reason: "origin_unreachable", cause: "ECONNREFUSED" }]);
  });

  it("gets no request if the identity cannot be sent", { tags: "identity-fits" }, async () => {
    const world = createGateWorld();
    const roles = Array.from({ length: 40 }, (_, index) => `Orders.ReadWrite.Region${index}`);
    const response = await world.ask("/orders", { token: await bearer({ roles }) });
    expect([response.status, await detail(response)]).toEqual([
      500,
      "An internal error occurred. Contact the operator.",
    ]);
    expect(world.refusals()).toMatchObject([{ reason: "identity_too_large", status: 500 }]);
    expect(world.forwarded).toEqual([]);
  });

  it("is late: the gate responds after the configured time", async () => {
    const world = createGateWorld({ originMilliseconds: 100 });
    world.io.setFetch((request) => {
      if (request.url.startsWith("https://login.")) return entra.fetch(request);
      return new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(new Error("aborted")));
      });
    });
    const asked = world.ask("/orders", { token: await bearer() });
    await world.io.advance(99);
    expect(world.refusals()).toEqual([]);
    await world.io.advance(1);
    expect((await asked).status).toBe(504);
    expect(world.refusals()).toMatchObject([{ reason: "origin_timeout" }]);
  });
});
