import { afterAll, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import { readHeader } from "../../support/http.ts";
import { present } from "../../support/rows.ts";

const fleet = await startFleetOf({ on: { vars: { GATE_SERVER_TIMING: "true" } }, off: {} });
afterAll(() => fleet.stop());

const timing =
  /^entra-gate-keys;desc="(waited|hit)", entra-gate-set;desc="(?:authority|edge)";dur=\d+, entra-gate-isolate;desc="([0-9a-f]{8})";dur=\d+$/;

it("says to an admitted caller whether it waited for keys, and in which isolate", async () => {
  const request = await present(fleet, "on", {});
  const answers = [await fleet.send("on", request), await fleet.send("on", request)];
  const found = answers.map((answer) => timing.exec(readHeader(answer, "server-timing").join(", ")));
  expect(found.map((match) => match?.[1])).toEqual(["waited", "hit"]);
  expect(found[0]?.[2]).toBe(found[1]?.[2]);
});

it("says nothing without a token, and nothing if it is off", async () => {
  expect(readHeader(await fleet.send("on", { path: "/orders" }), "server-timing")).toEqual([]);
  const answer = await fleet.send("off", await present(fleet, "off", {}));
  expect([answer.status, readHeader(answer, "server-timing")]).toEqual([200, []]);
});
