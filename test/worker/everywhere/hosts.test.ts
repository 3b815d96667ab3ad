// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { type Fleet, startFleetOf } from "../../support/fleet.ts";
import { gateRuntime } from "../../support/gate-runtime.ts";
import { expectMisconfigured } from "../../support/misconfigured.ts";
import { expectRefused, type Refusal } from "../../support/refusal.ts";
import { present } from "../../support/rows.ts";

const names = ["gate", "app", "hono", "daloy"] as const;
const entryOf = (name: string) => ({ entry: `test/gates/shapes/${name}.ts`, adapter: true }) as const;
const listed = { GATE_URL: "https://api.contoso.example, http://127.0.0.1", GATE_HEALTH: "public" };
const path = "/admin/approve";

const misdirected: Refusal = {
  status: 421,
  title: "Misdirected Request",
  detail: "This server does not serve the requested host.",
  log: { reason: "host_not_served" },
};

const without = (...variables: readonly string[]) => Object.fromEntries(variables.map((name) => [name, undefined]));
const local = { ENTRA_AUTHORITY: "http://127.0.0.1:8788" };

/** Configurations that are faulty outside Workers, with the faulty variable. */
const faulty = {
  "a gate without GATE_URL": [{ ...entryOf("gate"), vars: without("GATE_URL") }, "GATE_URL"],
  "an App without GATE_URL": [{ ...entryOf("app"), vars: without("GATE_URL") }, "GATE_URL"],
  "a gate without an origin": [{ ...entryOf("gate"), vars: without("ORIGIN_URL") }, "ORIGIN_URL"],
  "a gate without an origin, with a local Entra": [
    { ...entryOf("gate"), vars: { ...local, ...without("ORIGIN_URL") } },
    "ORIGIN_URL",
  ],
  "an App without an origin": [{ ...entryOf("app"), vars: without("ORIGIN_URL") }, "ORIGIN_URL"],
  "a gate that forwards only in report mode": [
    {
      entry: "test/gates/shapes/closed.ts",
      adapter: true,
      vars: { GATE_MODE: "report", ...without("ORIGIN_URL") },
    },
    "ORIGIN_URL",
  ],
} as const;

/** Gates that need neither variable, or only one of them. */
const sound = {
  "a gate that forwards nothing": [
    { entry: "test/gates/shapes/closed.ts", vars: without("ORIGIN_URL") },
    "/admin/approve",
  ],
  "an App that forwards nothing": [{ entry: "test/gates/program-hooks.ts", vars: without("ORIGIN_URL") }, "/me"],
  "a gate with a local Entra": [{ ...entryOf("gate"), vars: { ...local, ...without("GATE_URL") } }, path],
  "a Hono app": [{ ...entryOf("hono"), vars: without("GATE_URL", "ORIGIN_URL") }, path],
  "a DaloyJS app": [{ ...entryOf("daloy"), vars: without("GATE_URL", "ORIGIN_URL") }, path],
} as const;

const fleet: Fleet<string> = await startFleetOf({
  ...Object.fromEntries(names.map((name) => [name, { ...entryOf(name), vars: listed }])),
  ...Object.fromEntries(Object.entries(faulty).map(([name, [definition]]) => [name, definition])),
  ...Object.fromEntries(Object.entries(sound).map(([name, [definition]]) => [name, definition])),
});
afterAll(() => fleet.stop());

const served = { gate: 403, app: 200, hono: 403, daloy: 200 } as const;

describe.each(names)("GATE_URL of the %s", (name) => {
  it("allows a caller that uses one of its addresses", async () => {
    const request = { ...(await present(fleet, name, {}, path)), method: "POST" };
    const { status } = await fleet.send(name, { ...request, host: "127.0.0.1" });
    expect(status).toBe(served[name]);
  });

  it.each(["127.0.0.1:1", "localhost", "gate.localhost"])(
    "refuses %s, before authentication",
    { tags: "gate-url" },
    async (host) => {
      const before = await fleet.ledger();
      await expectRefused(fleet, name, await fleet.send(name, { method: "POST", path, host }), misdirected);
      const request = { ...(await present(fleet, name, {}, path)), method: "POST", host };
      await expectRefused(fleet, name, await fleet.send(name, request), misdirected);
      expect(await fleet.ledger()).toEqual(before);
    },
  );

  it.each(["https://evil.example", "https://api.contoso.example:8443", "https://api.contoso.example."])(
    "refuses %s",
    async (address) => {
      const before = await fleet.ledger();
      await expectRefused(fleet, name, await fleet.sendToZone(name, `${address}${path}`), misdirected);
      expect(await fleet.ledger()).toEqual(before);
    },
  );

  it("does not allow plain http, at any address", async () => {
    const { status } = await fleet.send(name, { path, host: "api.contoso.example" });
    expect(status).toBe(403);
  });
});

describe("GATE_URL", () => {
  it("does not affect probes: the health page answers at any address, and nothing else does", async () => {
    const health = "/.well-known/entra-gate/health";
    const answer = await fleet.sendToZone("gate", `https://192.0.2.1${health}`);
    expect([answer.status, JSON.parse(answer.body).status]).toEqual([200, "ok"]);
    await expectRefused(fleet, "gate", await fleet.sendToZone("gate", `https://192.0.2.1${health}/x`), misdirected);
    await expectRefused(fleet, "app", await fleet.sendToZone("app", `https://192.0.2.1${health}`), misdirected);
  });
});

describe("on platforms where callers choose the host", () => {
  for (const [name, [, variable]] of Object.entries(faulty)) {
    it.runIf(gateRuntime !== "workerd")(`${name} refuses every caller`, { tags: "outside-workers" }, async () => {
      const request = { ...(await present(fleet, name, {}, path)), method: "POST" };
      await expectMisconfigured(fleet, name, request, [variable]);
      expect((await fleet.sendToZone(name, `https://evil.example${path}`)).status).toBe(500);
      expect((await fleet.ledger()).calls.filter(({ gate }) => gate === name)).toEqual([]);
    });
  }

  for (const [name, [, target]] of Object.entries(sound)) {
    it(`${name} serves`, async () => {
      expect((await fleet.send(name, { path: target })).status).toBe(401);
    });
  }
});
