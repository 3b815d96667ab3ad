import { describe, expect, it } from "vitest";
import type { ObservationConfig } from "../../../src/core/config/observation.ts";
import { createDecisionLog, type Decision } from "../../../src/core/guard/decision-log.ts";
import { callerOf, client, tenant, user } from "../../support/claims.ts";
import { configWith } from "../../support/environment.ts";
import { createFakeIo } from "../../support/io.ts";

const pending: Promise<unknown>[] = [];
const allowed: Decision = {
  event: "allowed",
  id: "one",
  call: {
    background: (work) => void pending.push(work),
    target: { method: "GET", url: "https://api.contoso.example/orders", path: "/orders", fault: undefined },
    route: { name: "GET /orders" },
  },
  denial: undefined,
  caller: callerOf("user"),
};
const refused: Decision = {
  ...allowed,
  event: "refused",
  status: 403,
  denial: { reason: "scope_missing", scopes: ["orders.read"] },
};

function createWorld(changes: Partial<ObservationConfig>) {
  const io = createFakeIo();
  const record = createDecisionLog(io, { ...configWith({}).observation, ...changes }, 60);
  return {
    io,
    async record(decision: Decision) {
      record(decision);
      await Promise.all(pending);
      return io.lines.at(-1);
    },
  };
}

describe("the log of decisions", () => {
  it("records the decision, its reason, the route and the caller of a refusal", async () => {
    const { record } = createWorld({ logKey: "key" });
    expect(await record(refused)).toEqual({
      event: "refused",
      level: "info",
      time: "2026-11-25T12:00:00.000Z",
      id: "one",
      status: 403,
      reason: "scope_missing",
      scopes: ["orders.read"],
      method: "GET",
      route: "GET /orders",
      tenant,
      client,
      subject: expect.stringMatching(/^[0-9a-f]{16}$/),
      issued: "2026-11-25T12:00:00.000Z",
      expires: "2026-11-25T13:04:00.000Z",
      keys: "hit",
    });
  });

  it("logs the configured share of allowed requests, and every refusal", async () => {
    const { io, record } = createWorld({ logAllowedShare: 0.25 });
    for (const random of [0, 0.2499, 0.25, 0.9]) {
      io.setRandom(random);
      await record(allowed);
      await record(refused);
    }
    expect(io.lines.map(({ event }) => event)).toEqual([
      "allowed",
      "refused",
      "allowed",
      "refused",
      "refused",
      "refused",
    ]);
  });

  it("logs every allowed request at 1, and none at 0", async () => {
    const all = createWorld({ logAllowedShare: 1 });
    all.io.setRandom(0.999_999);
    await all.record(allowed);
    const none = createWorld({ logAllowedShare: 0 });
    none.io.setRandom(0);
    await none.record(allowed);
    expect([all.io.lines.length, none.io.lines.length]).toEqual([1, 0]);
  });

  it.each([
    ["plain", user],
    ["none", undefined],
  ] as const)("names the user according to GATE_LOG_SUBJECT=%s", async (logSubject, subject) => {
    expect(await createWorld({ logSubject }).record(refused)).toMatchObject({ subject });
  });

  it("names a user consistently, other users differently, and both differently under another key", async () => {
    const { record } = createWorld({ logKey: "key" });
    const other = { ...refused, caller: callerOf("user", { oid: "99999999-0000-0000-0000-000000000000" }) };
    const names = [await record(refused), await record(refused), await record(other)].map((line) => line?.subject);
    const rekeyed = await createWorld({ logKey: "another" }).record(refused);
    expect(names[0]).toBe(names[1]);
    expect(new Set([names[0], names[2], rekeyed?.subject]).size).toBe(3);
  });

  it("accepts the key from a Secrets Store, and omits the subject if that fails", async () => {
    const text = await createWorld({ logKey: "key" }).record(refused);
    const store = await createWorld({ logKey: { get: async () => "key" } }).record(refused);
    const broken = { get: () => Promise.reject(new Error("secret store is down")) };
    const failed = await createWorld({ logKey: broken }).record(refused);
    expect(store?.subject).toBe(text?.subject);
    expect(failed).toMatchObject({ event: "refused", subject: undefined });
  });

  it.each([
    ["allowed", undefined, "info"],
    ["reported", "scope_missing", "info"],
    ["refused", "expired", "info"],
    ["refused", "signature_invalid", "warn"],
    ["refused", "misconfigured", "error"],
  ] as const)("has the level of the reason: %s %s", async (event, reason, level) => {
    const denial = reason && { reason };
    expect(await createWorld({ logAllowedShare: 1 }).record({ ...allowed, event, denial })).toMatchObject({ level });
  });

  it("writes a line for a token of another provider, whose times are not times", async () => {
    const caller = callerOf("user", { iat: Number.MAX_SAFE_INTEGER, exp: "soon" });
    expect(await createWorld({}).record({ ...refused, caller })).toMatchObject({
      event: "refused",
      issued: undefined,
      expires: undefined,
    });
  });

  it("names no times of a token that was not verified", async () => {
    const line = await createWorld({}).record({ ...refused, caller: undefined });
    expect([line?.issued, line?.expires]).toEqual([undefined, undefined]);
  });

  it("records which agent called, and how it acts", async () => {
    const points: { readonly blobs: readonly string[] }[] = [];
    const { record } = createWorld({ decisions: { writeDataPoint: (point) => points.push(point as never) } });
    const blueprint = "b1e00000-0000-4000-8000-000000000025";
    const agent = callerOf("user", { xms_act_fct: "11", xms_par_app_azp: blueprint });
    expect(await record({ ...refused, caller: agent })).toMatchObject({ agent: { acts: "for-user", blueprint } });
    expect(points[0]?.blobs.slice(-3)).toEqual(["hit", "for-user", blueprint]);
  });

  it("has no method that a caller invents, in the line and in the data point", async () => {
    const points: { readonly blobs: readonly string[] }[] = [];
    const { record } = createWorld({ decisions: { writeDataPoint: (point) => points.push(point as never) } });
    const target = { ...refused.call.target, method: "eyJhbGciOiJSUzI1NiJ9" };
    expect(await record({ ...refused, call: { ...refused.call, target } })).toMatchObject({ method: "other" });
    expect(points[0]?.blobs[3]).toBe("other");
  });

  it("counts every decision, logged or not, and survives a dataset that throws", async () => {
    const points: unknown[] = [];
    const { record } = createWorld({ decisions: { writeDataPoint: (point) => points.push(point) } });
    await record(allowed);
    await record(refused);
    expect(points).toEqual([
      {
        indexes: [tenant],
        blobs: ["allowed", "", "GET /orders", "GET", tenant, client, "hit", "", ""],
        doubles: [1, 0],
      },
      {
        indexes: [tenant],
        blobs: ["refused", "scope_missing", "GET /orders", "GET", tenant, client, "hit", "", ""],
        doubles: [1, 403],
      },
    ]);
    const throwing = createWorld({
      decisions: {
        writeDataPoint() {
          throw new Error("too many");
        },
      },
    });
    expect(await throwing.record(refused)).toMatchObject({ event: "refused" });
  });
});
