// Runtimes: workerd, deno, deno-without-cache
import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import { startFleetOf } from "../../../support/fleet.ts";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import { expectForwarded, present } from "../../../support/rows.ts";

// Two isolates of one data center: two workers with the same code and configuration, each with its own memory, and one
// shared Cache API.
const fleet = await startFleetOf({ first: {}, second: {}, zone: { vars: { ORIGIN_URL: undefined } } });
afterAll(() => fleet.stop());

const source = `https://login.microsoftonline.com/${tenants.contoso.id}/discovery/v2.0/keys`;
const entryUrl = `https://entra-gate.invalid/keys/1/${encodeURIComponent(source)}`;

const fetches = async (gate: string) =>
  (await fleet.ledger()).calls.filter((call) => call.gate === gate && call.to === "authority").length;
const linesAbout = (from: string) => fleet.lines.filter((line) => line.event === "keys" && line.from === from);

describe("a second isolate of the same data center", () => {
  it("starts without a request to the authority", async () => {
    await expectForwarded(fleet, "first", await present(fleet, "first", {}));
    expect(await fetches("first")).toBe(1);
    await fleet.waitForCached("first", entryUrl);
    const document = JSON.parse((await fleet.askAuthority(source)).body) as { keys: { kid: string; issuer: string }[] };
    const kids = document.keys.flatMap(({ kid, issuer }) =>
      issuer.includes("{tenantid}") && !kid.startsWith("Own_") ? kid : [],
    );
    const requests = await Promise.all(
      kids.flatMap((key) => Array.from({ length: 5 }, () => present(fleet, "second", { persona: "guest", key }))),
    );
    expect(kids.length).toBeGreaterThan(1);
    const answers = await Promise.all(requests.map((request) => fleet.send("second", request)));
    expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 200));
    await expectForwarded(fleet, "second", requests[0]!);
    expect(await fetches("second")).toBe(gateRuntime === "deno-without-cache" ? 1 : 0);
  });

  it("logs the source of its keys, after the response", async () => {
    await fleet.lineWhere(
      ({ event, from }) => event === "keys" && (gateRuntime === "deno-without-cache" || from === "edge"),
    );
    const [own] = linesAbout("authority");
    expect(own).toMatchObject({ source, keys: 5 });
    if (gateRuntime === "deno-without-cache") return expect(linesAbout("edge")).toEqual([]);
    expect(linesAbout("edge")).toMatchObject([{ source, digest: own?.digest, keys: 5 }]);
  });
});

describe("a client request for the cache address of the keys", () => {
  it("K25 gets 404, with or without a token", async () => {
    // Only Workers have a zone.
    const gate = gateRuntime === "workerd" ? "zone" : "first";
    const { token } = await fleet.forge(gate);
    const credentials: readonly Record<string, string>[] = [{}, { Authorization: `Bearer ${token}` }];
    for (const headers of credentials) {
      const answer = await fleet.sendToZone(gate, entryUrl, headers);
      expect([answer.status, answer.body]).toEqual([404, expect.stringContaining("The resource was not found.")]);
    }
  });

  it.runIf(gateRuntime === "workerd")("K25 goes to the zone in another spelling, and not to the cache", async () => {
    const { token } = await fleet.forge("zone");
    const url = entryUrl.slice(0, entryUrl.lastIndexOf("/"));
    expect((await fleet.sendToZone("zone", url)).status).toBe(401);
    const answer = await fleet.sendToZone("zone", url, { Authorization: `Bearer ${token}` });
    expect([answer.status, answer.body]).toEqual([599, "closed network"]);
  });
});
