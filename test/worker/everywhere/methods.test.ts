// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import { gateRuntime } from "../../support/gate-runtime.ts";
import { expectRefused, type Refusal } from "../../support/refusal.ts";
import { present } from "../../support/rows.ts";

const names = ["gate", "app", "hono", "daloy"] as const;
const entryOf = (name: string) => ({ entry: `test/gates/shapes/${name}.ts`, adapter: true }) as const;
const fleet = await startFleetOf({
  gate: entryOf("gate"),
  app: entryOf("app"),
  hono: entryOf("hono"),
  daloy: entryOf("daloy"),
});
afterAll(() => fleet.stop());

const notSupported: Refusal = {
  status: 501,
  title: "Not Implemented",
  detail: "This method is not supported.",
  log: { reason: "method_not_supported" },
};

describe.each(names)("a method that is not in upper case, sent by a member to the %s", (name) => {
  it.each(["post", "Post", "get", "patch", "options", "x-approve"])(
    "%s is refused with 501",
    { tags: "method-spelling" },
    async (method) => {
      const before = await fleet.ledger();
      const request = { ...(await present(fleet, name, {}, "/admin/approve")), method };
      const answer = await fleet.send(name, request);
      expect(answer.status, answer.body).toBe(501);
      expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
      // workerd's own server refuses it before the gate.
      if (gateRuntime === "workerd") expect(answer.body).not.toContain("urn:uuid:");
      else await expectRefused(fleet, name, answer, notSupported);
    },
  );

  it("in upper case is served as declared", async () => {
    const request = { ...(await present(fleet, name, {}, "/admin/approve")), method: "POST" };
    const { status } = await fleet.send(name, request);
    expect(status).toBe({ gate: 403, app: 200, hono: 403, daloy: 200 }[name]);
  });
});
