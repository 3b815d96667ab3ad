import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import { startFleetOf } from "../../support/fleet.ts";
import { expectForwarded, present } from "../../support/rows.ts";

const { contoso, fabrikam } = tenants;
const list = { ENTRA_TENANT_ID: "organizations", ENTRA_ALLOWED_TENANTS: `${contoso.id} ${fabrikam.id}` };
const fleet = await startFleetOf({
  warmed: { vars: list },
  neighbour: { vars: list },
  misconfigured: { vars: { ENTRA_TENANT_ID: "*" } },
});
afterAll(() => fleet.stop());

const askedBy = async (gate: string) =>
  (await fleet.ledger()).calls.filter((call) => call.gate === gate && call.to === "authority");

describe("a cron trigger", () => {
  it("fetches the keys of every configured tenant", async () => {
    expect(await fleet.runSchedule("warmed")).toBe("ok");
    expect((await askedBy("warmed")).map(({ url }) => url)).toEqual(
      [contoso, fabrikam].map(({ id }) => `https://login.microsoftonline.com/${id}/discovery/v2.0/keys`),
    );
  });

  it("fetches the keys for the first requests of its data center", async () => {
    for (const gate of ["warmed", "neighbour"] as const) {
      await expectForwarded(fleet, gate, await present(fleet, gate, {}));
      await expectForwarded(fleet, gate, await present(fleet, gate, { persona: "outsider" }));
    }
    expect([await askedBy("warmed"), await askedBy("neighbour")].map(({ length }) => length)).toEqual([2, 0]);
  });

  it("sends no request while the keys are new", async () => {
    expect(await fleet.runSchedule("warmed")).toBe("ok");
    expect(await askedBy("warmed")).toHaveLength(2);
  });

  it("only logs the fault if the configuration is faulty", async () => {
    expect(await fleet.runSchedule("misconfigured")).toBe("ok");
    expect(await fleet.lineWhere(({ event }) => event === "misconfigured")).toMatchObject({
      fault: expect.stringContaining("ENTRA_TENANT_ID"),
    });
    expect(await askedBy("misconfigured")).toEqual([]);
  });
});
