import { describe, expect, it } from "vitest";
import { type RateLimitOptions, rateLimit } from "../../../src/app/hooks/rate-limit.ts";
import { createMemoryStore } from "../../../src/app/hooks/rate-store.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { findClientAddress } from "../../../src/base/http/client-address.ts";
import { caller, createAppWorld } from "../../support/app-world.ts";
import { createFakeIo, settle } from "../../support/io.ts";

const ok = () => ({ status: 200 });
const from = (address: string, headers = {}) => ({ headers: { "cf-connecting-ip": address, ...headers } });
const limited = (options: Partial<RateLimitOptions> = {}) =>
  createAppWorld((app) => {
    app.use(rateLimit({ windowMs: 10_000, max: 2, ...options }));
    app.get("/a", { middleware: [requireAuth("a")] }, ok);
  });

describe("rateLimit", () => {
  it("refuses the request after its maximum, until the window has passed", async () => {
    const world = limited();
    const init = from("192.0.2.1", caller("a").headers);
    const first = await world.ask("/a", init);
    expect([first.headers.get("ratelimit-policy"), first.headers.get("ratelimit")]).toEqual([
      '"default";q=2;w=10',
      '"default";r=1;t=10',
    ]);
    expect((await world.ask("/a", init)).status).toBe(200);
    await world.io.advance(4_500);
    const refused = await world.ask("/a", init);
    expect(refused.status).toBe(429);
    expect([refused.headers.get("retry-after"), refused.headers.get("ratelimit")]).toEqual(["6", '"default";r=0;t=6']);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(world.refusals()).toMatchObject([{ reason: "too_many_requests_error", status: 429 }]);
    await world.io.advance(5_500);
    expect((await world.ask("/a", init)).status).toBe(200);
  });

  it("counts by address before authentication, refused callers and missing paths included", async () => {
    const world = limited();
    expect((await world.ask("/a", from("192.0.2.1"))).status).toBe(401);
    expect((await world.ask("/else", from("192.0.2.1"))).status).toBe(404);
    expect((await world.ask("/a", from("192.0.2.1", caller("a").headers))).status).toBe(429);
    expect((await world.ask("/a", from("192.0.2.2", caller("a").headers))).status).toBe(200);
  });

  it("counts by principal after authentication, from any address", async () => {
    const world = createAppWorld((app) =>
      app.get("/a", { middleware: [requireAuth("a"), rateLimit({ windowMs: 10_000, max: 1 })] }, ok),
    );
    const statuses = [];
    for (const address of ["192.0.2.1", "192.0.2.2"]) {
      statuses.push((await world.ask("/a", from(address))).status);
      statuses.push((await world.ask("/a", from(address, caller("a").headers))).status);
    }
    expect(statuses).toEqual([401, 200, 401, 429]);
  });

  it("counts all unknown callers together", async () => {
    const world = limited();
    const statuses = [];
    for (let times = 0; times < 3; times += 1) statuses.push((await world.ask("/else")).status);
    expect(statuses).toEqual([404, 404, 429]);
  });

  it("counts by a key from the application's code, and fails without one", async () => {
    const keys: unknown[] = ["a", "a", "b", "a", "", undefined, 7];
    const world = limited({ key: () => keys.shift() as string });
    const statuses = [];
    while (keys.length > 0) statuses.push((await world.ask("/else")).status);
    expect(statuses).toEqual([404, 404, 404, 429, 500, 500, 500]);
  });

  it("counts with the binding if there is one, and logs that once", async () => {
    const asked: string[] = [];
    const answers: unknown[] = [{ success: true }, { success: false }, {}, undefined, { success: "yes" }];
    const env = {
      RATE_LIMITER: {
        async limit({ key }: { key: string }) {
          asked.push(key);
          return answers.shift();
        },
      },
    };
    const world = limited();
    const statuses = [];
    while (answers.length > 0) statuses.push((await world.ask("/else", { ...from("192.0.2.1"), env })).status);
    expect(statuses).toEqual([404, 429, 429, 429, 429]);
    expect(asked[0]).toBe("address 192.0.2.1");
    const said = world.io.lines.filter(({ event }) => event === "rate_limit");
    expect(said).toEqual([{ event: "rate_limit", level: "info", counter: "binding", windowMs: 10_000, max: 2 }]);
  });

  it.each([
    ["undefined", { RATE_LIMITER: undefined }],
    ["undefined in its prototype", Object.create({ RATE_LIMITER: undefined })],
    ["something else", { RATE_LIMITER: {} }],
    ["null", { RATE_LIMITER: null }],
  ])("refuses if the binding is present but %s", async (_, env) => {
    expect((await limited().ask("/else", { env })).status).toBe(500);
  });

  it("logs once that it counts in memory, or elsewhere", async () => {
    for (const [store, counter] of [
      [undefined, "memory"],
      [{ hit: () => ({ count: 1, resetMs: 0 }) }, "store"],
    ] as const) {
      const world = limited({ ...(store && { store }) });
      await world.ask("/else", { env: store && { RATE_LIMITER: { limit: () => expect.unreachable() } } });
      await world.ask("/else");
      expect(world.io.lines.filter(({ event }) => event === "rate_limit")).toMatchObject([{ counter }]);
    }
  });

  it("never admits a caller without counting", async () => {
    const fail = () => {
      throw new Error("at the store");
    };
    for (const hit of [fail, async () => fail(), () => ({}), () => ({ count: Number.NaN, resetMs: 0 })]) {
      const world = limited({ store: { hit: hit as never } });
      const { status, headers } = await world.ask("/else");
      expect(status).toBeGreaterThanOrEqual(429);
      if (status === 429) expect(headers.get("retry-after")).toBe("1");
    }
    const world = limited({ store: { hit: () => new Promise<never>(() => {}) } });
    const waiting = world.ask("/else");
    await settle();
    await world.io.advance(limits.callbackMilliseconds);
    expect((await waiting).status).toBe(500);
  });

  it.each([
    [{ windowMs: 999 }, "rateLimit: windowMs must be whole milliseconds from 1000 to 3600000"],
    [{ windowMs: 3_600_001 }, "rateLimit: windowMs must be"],
    [{ windowMs: 1_000.5 }, "rateLimit: windowMs must be"],
    [{ max: 0 }, "rateLimit: max must be a whole number above 0"],
    [{ max: Number.POSITIVE_INFINITY }, "rateLimit: max must be a whole number above 0"],
    [{ key: "address" }, "rateLimit: key must be a function"],
    [{ store: {} }, "rateLimit: store must have a method hit"],
    [{ keyGenerator: () => "a" }, 'rateLimit: unknown option "keyGenerator". Use one of windowMs, max, key, store'],
    [{ max: undefined }, "max is undefined"],
  ])("refuses %j", (options, problem) => {
    expect(() => rateLimit({ windowMs: 1_000, max: 1, ...options } as RateLimitOptions)).toThrow(problem);
  });
});

describe("the memory of an isolate", () => {
  it("is bounded: callers beyond the bound share one allowance, and no count is dropped early", () => {
    const io = createFakeIo();
    const store = createMemoryStore(io);
    const hit = (key: string) => (store.hit(key, 1_000, { max: 1, env: undefined }) as { count: number }).count;
    for (let index = 0; index < limits.rateLimitCallers; index += 1) expect(hit(`caller ${index}`)).toBe(1);
    expect([hit("one more"), hit("another"), hit("caller 0")]).toEqual([1, 2, 2]);
    io.jump(1_000);
    expect([hit("one more"), hit("another"), hit("caller 0")]).toEqual([1, 1, 1]);
  });

  it("ends all windows if the clock was set back, but not for a request whose clock is some milliseconds behind", () => {
    const io = createFakeIo();
    const store = createMemoryStore(io);
    const hit = (key: string) => store.hit(key, 1_000).count;
    for (let index = 0; index < limits.rateLimitCallers; index += 1) hit(`caller ${index}`);
    io.jump(-50);
    expect([hit("caller 0"), hit("one more"), hit("another")]).toEqual([2, 1, 2]);
    io.jump(-3_600_000);
    expect([hit("caller 0"), hit("one more"), hit("another")]).toEqual([1, 1, 1]);
  });
});

describe("the client's address", () => {
  const find = (init: RequestInit, env?: unknown) =>
    findClientAddress({ request: new Request("https://a.example", init), env, platform: undefined }, undefined);
  const address = (value: string) => find(from(value));

  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:DB8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::1", "2001:db8:1:2"],
    ["2001:0db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["2001:db8:1::", "2001:db8:1:0"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
  ])("%s counts as %s", (value, expected) => {
    expect(address(value)).toBe(expected);
  });

  it("comes from the platform", () => {
    const init = { headers: { "x-forwarded-for": "192.0.2.9" } };
    expect(find(init, { remoteAddr: { hostname: "192.0.2.1" } })).toBeUndefined();
  });
});
