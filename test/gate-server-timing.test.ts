import { describe, expect, it } from "vitest";
import { tenants } from "../entra/directory/directory.ts";
import { App } from "../src/app/app.ts";
import { origin } from "../src/app/build/origin.ts";
import { requireAuth } from "../src/app/types/auth.ts";
import { createServerTiming } from "../src/core/guard/server-timing.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";

const createWorld = (vars = { GATE_SERVER_TIMING: "true" }) =>
  createGateWorld(
    {
      routes: new App()
        .get("/public", { public: true }, () => ({ status: 204 }))
        .get("/handled", { hooks: requireAuth("access_as_user") }, () => ({ status: 204 }))
        .get("/strict", { hooks: requireAuth("orders.admin") }, origin()),
    },
    vars,
  );
const timingOf = (response: Response) => response.headers.get("server-timing");

describe("GATE_SERVER_TIMING", () => {
  it.each([{}, { GATE_SERVER_TIMING: "false" }])("is off with %j", async (vars) => {
    const response = await createWorld(vars as never).ask("/orders", { token: await bearer() });
    expect([response.status, timingOf(response)]).toEqual([200, null]);
  });

  it("says whether the caller waited for keys, where they came from, and how old keys and isolate are", async () => {
    const world = createWorld();
    const first = timingOf(await world.ask("/orders", { token: await bearer() }));
    expect(first).toMatch(
      /^entra-gate-keys;desc="waited", entra-gate-set;desc="authority";dur=0, entra-gate-isolate;desc="[0-9a-f]{8}";dur=0$/,
    );
    await world.io.advance(5_000);
    const later = timingOf(await world.ask("/handled", { token: await bearer({ persona: "admin" }) }));
    expect(later).toBe(first?.replace("waited", "hit").replaceAll("dur=0", "dur=5000"));
  });

  it("gives the first request of an isolate the age 0, also if the clock moves meanwhile", () => {
    let nowMs = 0;
    const write = createServerTiming({ now: () => nowMs++ }, () => ({ describe: () => [] }));
    expect(write({ keys: "hit", identity: { tid: tenants.contoso.id } } as never)).toMatch(/;dur=0$/);
  });

  it("follows the timings of the origin", async () => {
    const world = createWorld();
    world.answerWith(() => new Response("ok", { headers: { "server-timing": "db;dur=7" } }));
    expect(timingOf(await world.ask("/orders", { token: await bearer() }))).toMatch(/^db;dur=7, entra-gate-keys;/);
  });

  it("says nothing to callers that are not admitted, and nothing of the tenant or the keys", async () => {
    const world = createWorld();
    const statuses: (number | string | null)[][] = [];
    for (const [path, token] of [
      ["/orders", undefined],
      ["/orders", "Bearer a.b.c"],
      ["/strict", await bearer()],
      ["/public", await bearer()],
      ["/orders/%2f", await bearer()],
    ] as const) {
      const response = await world.ask(path, token === undefined ? {} : { token });
      statuses.push([response.status, timingOf(response)]);
    }
    expect(statuses).toEqual([
      [401, null],
      [401, null],
      [403, null],
      [204, null],
      [404, null],
    ]);
    const said = timingOf(await world.ask("/orders", { token: await bearer() }));
    expect(said).not.toContain(tenants.contoso.id);
  });

  it("is a fault with any other value", async () => {
    const response = await createWorld({ GATE_SERVER_TIMING: "1" }).ask("/orders", { token: await bearer() });
    expect(response.status).toBe(500);
  });
});
