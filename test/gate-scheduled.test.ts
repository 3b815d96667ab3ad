import { describe, expect, it } from "vitest";
import { tenants } from "../entra/directory/directory.ts";
import * as limits from "../src/base/common/limits.ts";
import { createGate } from "../src/gate.ts";
import { environmentWith } from "./support/environment.ts";
import { bearer, entra } from "./support/gate-world.ts";
import { createFakeIo } from "./support/io.ts";

const { contoso, fabrikam } = tenants;

/** Runs the schedule of a gate with an environment. */
async function runSchedule(changes: Record<string, unknown>, options = {}) {
  const io = createFakeIo({ fetch: (request) => entra.fetch(request) });
  const gate = createGate(options, io);
  const environment = environmentWith(changes);
  const background: Promise<unknown>[] = [];
  await gate.scheduled({}, environment, { waitUntil: (work) => void background.push(work) });
  await Promise.all(background);
  return { io, gate, environment, asked: io.requests.map(({ url }) => new URL(url).pathname) };
}

describe("the schedule of a gate", () => {
  it("fetches the keys of every configured tenant and version, so that the first request does not wait", async () => {
    const list = { ENTRA_TENANT_ID: "organizations", ENTRA_ALLOWED_TENANTS: `${contoso.id} ${fabrikam.id}` };
    const { io, gate, environment, asked } = await runSchedule({ ...list, ENTRA_ACCEPT_V1: "true" });
    expect(asked).toEqual(
      [contoso, fabrikam].flatMap(({ id }) => [`/${id}/discovery/v2.0/keys`, `/${id}/discovery/keys`]),
    );
    const request = new Request("https://api.contoso.example/", { headers: { authorization: await bearer() } });
    await gate.fetch(request, environment);
    expect(io.requests.slice(asked.length).map(({ url }) => url)).toEqual(["https://api.contoso.example/"]);
  });

  it("fetches nothing if the tenants are decided in code, or the configuration is faulty", async () => {
    const inCode = { ENTRA_TENANT_ID: "organizations" };
    expect((await runSchedule(inCode, { isTenantAllowed: () => true })).asked).toEqual([]);
    const { asked, io } = await runSchedule({ ENTRA_TENANT_ID: "*" });
    expect([asked, io.lines.map(({ event }) => event)]).toEqual([[], ["misconfigured"]]);
  });

  it("fetches at most as many as one run allows", async () => {
    const guids = Array.from(
      { length: limits.warmedKeySets + 1 },
      (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    );
    const list = { ENTRA_TENANT_ID: "organizations", ENTRA_ALLOWED_TENANTS: guids.join(",") };
    expect((await runSchedule(list)).asked).toHaveLength(limits.warmedKeySets);
  });

  it("throws nothing, with no environment, no context and no network", async () => {
    const io = createFakeIo();
    const gate = createGate({}, io);
    await gate.scheduled(undefined);
    await gate.scheduled({}, environmentWith({}));
    expect(io.lines.at(-1)).toMatchObject({ event: "keys_failed" });
  });
});
