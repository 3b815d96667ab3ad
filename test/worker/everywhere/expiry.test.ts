// Runtimes: workerd, deno, node
import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import { present, type Recipe } from "../../support/rows.ts";

const fleet = await startFleetOf({
  waiting: { entry: "test/gates/waiting.ts", vars: { ENTRA_TENANT_ID: "organizations" } },
  waitingHono: { entry: "test/gates/waiting-hono.ts" },
});
afterAll(() => fleet.stop());

/** A token that the gate accepts for some more seconds, with its clock skew. */
const expiringIn =
  (seconds: number): Recipe =>
  ({ issue }) => {
    const now = Math.floor(Date.now() / 1_000);
    return issue({ claims: { iat: now - 3_600, nbf: now - 3_600, exp: now - 60 + seconds } });
  };

describe.concurrent("a token that expires while isTenantAllowed waits", () => {
  it("is refused", { tags: "expiry" }, async () => {
    const { status, body } = await fleet.send("waiting", await present(fleet, "waiting", expiringIn(2)));
    expect([status, (await fleet.lineOf(JSON.parse(body).instance)).reason]).toEqual([401, "expired"]);
  });

  it("is the only difference to one that expires later", async () => {
    const { status } = await fleet.send("waiting", await present(fleet, "waiting", expiringIn(60)));
    expect(status).toBe(200);
  });
});

describe.concurrent("a token that expires while middleware in front of requireAuth waits, in Hono", () => {
  it("is refused", { tags: "expiry" }, async () => {
    const { status, body } = await fleet.send("waitingHono", await present(fleet, "waitingHono", expiringIn(2)));
    expect([status, (await fleet.lineOf(JSON.parse(body).instance)).reason]).toEqual([401, "expired"]);
  });

  it("is the only difference to one that expires later", async () => {
    const { status } = await fleet.send("waitingHono", await present(fleet, "waitingHono", expiringIn(60)));
    expect(status).toBe(200);
  });
});
