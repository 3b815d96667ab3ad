// Runtimes: workerd, deno, node
import { afterAll, describe, expect, it } from "vitest";
import { personas } from "../../../entra/directory/personas.ts";
import { startFleetOf } from "../../support/fleet.ts";
import { readHeader } from "../../support/http.ts";
import { present, type Recipe } from "../../support/rows.ts";

const fleet = await startFleetOf({
  waiting: { entry: "test/gates/waiting.ts", vars: { ENTRA_TENANT_ID: "organizations" } },
  waitingHono: { entry: "test/gates/waiting-hono.ts" },
  waitingHooks: { entry: "test/gates/waiting-hooks.ts" },
  waitingDaloy: { entry: "test/gates/waiting-daloy.ts", adapter: true },
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

describe.concurrent.each([
  // A hook in front of the handler.
  "waitingHooks",
  // A hook in front of `checkAgain`, in DaloyJS.
  "waitingDaloy",
] as const)("for a token that expires while the code of %s waits", (gate) => {
  it.each([
    [2, 401, "nobody"],
    [60, 200, personas.member.oid],
  ])(
    "after %d seconds, the answer is %d, and onSend and onResponse see %s",
    { tags: ["expiry", "refused-callers"] },
    async (seconds, status, oid) => {
      const row = `${gate} ${seconds}`;
      const { headers = [], ...request } = await present(fleet, gate, expiringIn(seconds), "/me");
      const answer = await fleet.send(gate, { ...request, headers: [...headers, ["X-Row", row]] });
      expect([answer.status, readHeader(answer, "x-seen")]).toEqual([status, [oid]]);
      for (const hook of ["onSend", "onResponse"]) {
        const line = await fleet.lineWhere((each) => each.row === row && each.hook === hook);
        expect(line).toMatchObject({ event: "seen", oid });
      }
      if (status === 401) expect((await fleet.lineOf(JSON.parse(answer.body).instance)).reason).toBe("expired");
    },
  );
});
