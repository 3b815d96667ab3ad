import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { writeHealth } from "../../../src/core/guard/health.ts";
import type { KeyState } from "../../../src/core/keys/cached-keys.ts";

const fresh: KeyState = {
  source: "https://entra.example/tenant/keys",
  established: true,
  from: "authority",
  ageSeconds: 60,
  keys: 5,
  digest: "digest",
  lastFailure: undefined,
  nextAttemptSeconds: undefined,
};
const stale: KeyState = { ...fresh, ageSeconds: 7_200, lastFailure: "status 503", nextAttemptSeconds: 15 };
const without: KeyState = { ...stale, from: undefined, ageSeconds: undefined, keys: 0, digest: undefined };

const due: KeyState = { ...without, nextAttemptSeconds: 0 };
const fetching: KeyState = { ...without, lastFailure: undefined, nextAttemptSeconds: undefined };

const read = (states: readonly KeyState[], named = false, environment = {}) => readAll([states], named, environment);
const readAll = async (authorities: readonly (readonly KeyState[])[], named = false, environment = {}) => {
  const response = writeHealth(authorities, named, environment);
  return {
    httpStatus: response.status,
    ...(await response.json<{ status: string; keys: object[]; build?: string }>()),
  };
};

describe("writeHealth", () => {
  it.each([
    ["ok before any request", [], "ok", 200],
    ["ok with fresh keys", [fresh], "ok", 200],
    ["degraded where a refresh failed", [stale], "degraded", 200],
    ["degraded where one of several tenants has no keys", [fresh, stale, without], "degraded", 200],
    ["degraded where the next attempt to get keys is due", [without, due], "degraded", 200],
    ["degraded where the first keys of a tenant arrive", [without, fetching], "degraded", 200],
    ["failing where no tenant has keys", [without, without], "failing", 503],
  ] as const)("is %s", async (_, states, status, httpStatus) => {
    expect(await read(states)).toMatchObject({ status, httpStatus, configuration: "ok" });
  });

  it.each([
    ["degraded where another authority has keys", [[fresh], [without]], "degraded", 200],
    ["degraded where nobody asked another authority", [[without], []], "degraded", 200],
    ["failing where no authority has keys", [[without], [without]], "failing", 503],
    [
      "failing also with keys of a tenant that is not established",
      [[without, { ...fresh, established: false }], [without]],
      "failing",
      503,
    ],
  ] as const)("is %s", async (_, authorities, status, httpStatus) => {
    expect(await readAll(authorities)).toMatchObject({ status, httpStatus });
  });

  it("names tenants only if it is guarded", async () => {
    const { source, established: _, ...unnamed } = JSON.parse(JSON.stringify(fresh));
    expect((await read([fresh], false)).keys).toEqual([unnamed]);
    expect((await read([fresh], true)).keys).toEqual([{ source, ...unnamed }]);
  });

  it("counts tenants that are not established without names, and only if it is guarded", async () => {
    const unseen = { ...without, established: false };
    const health = await read([fresh, unseen, unseen], true);
    expect(health).toMatchObject({ status: "ok", httpStatus: 200, unseenTenants: 2 });
    expect(health.keys).toHaveLength(1);
    const open = await read([fresh, unseen], false);
    expect(open).toMatchObject({ status: "ok", httpStatus: 200 });
    expect(open).not.toHaveProperty("unseenTenants");
    expect(open.keys).toHaveLength(1);
  });

  it("lists a limited number of key sets, those with failures first, and considers all", async () => {
    const many = Array.from({ length: limits.healthKeySets }, () => ({ ...fresh }));
    const health = await read([...many, stale, without], true);
    expect(health.status).toBe("degraded");
    expect(health.keys).toHaveLength(limits.healthKeySets);
    expect(health.keys.slice(0, 3)).toMatchObject([{ lastFailure: "status 503", keys: 5 }, { keys: 0 }, { keys: 5 }]);
  });

  it("has the version if the platform provides it, and is never stored", async () => {
    expect(await read([], false, { CF_VERSION_METADATA: { id: "version" } })).toMatchObject({ build: "version" });
    expect(await read([], false, { CF_VERSION_METADATA: "version" })).not.toHaveProperty("build");
    expect(writeHealth([[]], false, {}).headers.get("cache-control")).toBe("no-store");
  });
});
