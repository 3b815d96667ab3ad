// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import type { HeaderField } from "../../../support/http.ts";
import { expectRefusal, expectRefused, plaintext } from "../../../support/refusal.ts";
import { expectForwarded } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "zone");
afterAll(() => fleet.stop());

const { token } = await fleet.forge("delegated");
const authorization: HeaderField = ["Authorization", `Bearer ${token}`];

describe("plain http", () => {
  const hosts = ["api.contoso.example", "127.0.0.1.contoso.example", "localhost.contoso.example", "10.0.0.1", "[::2]"];
  for (const host of hosts) {
    it(`T18 with a valid token, for ${host}`, () =>
      expectRefusal(fleet, "delegated", { headers: [authorization], host }, plaintext));
  }

  for (const host of ["localhost", "127.0.0.1", "[::1]", "gate.localhost:8787"]) {
    it(`T18 is allowed on this machine, as ${host}`, () =>
      expectForwarded(fleet, "delegated", { headers: [authorization], host }));
  }

  it("T18 if a header claims https", () =>
    expectRefusal(
      fleet,
      "delegated",
      {
        host: "api.contoso.example",
        headers: [
          authorization,
          ["X-Forwarded-Proto", "https"],
          ["Forwarded", "proto=https"],
          ["CF-Visitor", '{"scheme":"https"}'],
          ["Front-End-Https", "on"],
        ],
      },
      plaintext,
    ));

  it("T18 without a token", () => expectRefusal(fleet, "delegated", { host: "api.contoso.example" }, plaintext));

  it("T18 under the zone's own name, before the zone's origin", async () => {
    // Only Workers have a zone.
    const gate = gateRuntime === "workerd" ? "zone" : "delegated";
    const before = await fleet.ledger();
    const answer = await fleet.sendToZone(gate, "http://api.contoso.example/orders", {
      Authorization: `Bearer ${token}`,
    });
    await expectRefused(fleet, gate, answer, plaintext);
    expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
  });
});
