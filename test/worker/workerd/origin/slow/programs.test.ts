import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AssertionRow } from "../../../../support/assertion-rows.ts";
import { sendRequest } from "../../../../support/http.ts";
import { makeIssuerKey } from "../../../../support/issuer-keys.ts";
import { expectDecision, startAssertingGate } from "../../../support/asserting-gate.ts";
import { documentedOrigins, pauseMilliseconds, type RunningOrigin } from "../../../support/documented-origins.ts";

const gate = await startAssertingGate();
const names = (await gate.createRows()).map(({ name }) => name);
const nextKey = await makeIssuerKey("ES256");
afterAll(gate.stop);

describe.each(documentedOrigins)("$name", ({ isInstalled, withoutKeys, start }) => {
  describe.skipIf(!isInstalled)("as the guide says", () => {
    let origin: RunningOrigin;
    let rows: readonly AssertionRow[];
    beforeAll(async () => {
      origin = await start(gate);
      rows = await gate.createRows();
    });
    afterAll(() => origin?.stop());

    const ask = async (row: AssertionRow | undefined) => (await sendRequest(origin.url, row!)).status;
    /** Longer than the time between two fetches. */
    const pause = () => setTimeout(pauseMilliseconds * 1.2);

    it("refuses requests until the gate has published its keys", async () => {
      gate.publish();
      expect(await ask(rows[0])).toBe(withoutKeys);
      gate.publish(gate.key);
      await pause();
      expect(await Promise.all(Array.from({ length: 8 }, () => ask(rows[0])))).toEqual(Array(8).fill(200));
    });

    it.each(names)("decides about %s", (row) => expectDecision(origin.url, rows.find(({ name }) => name === row)!));

    it("checks the upgrade to a WebSocket as a GET", async () => {
      const upgrade = [
        ["Connection", "Upgrade"],
        ["Upgrade", "websocket"],
        ["Sec-WebSocket-Version", "13"],
        ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
      ] as const;
      const good = rows[0]!;
      // No program has a WebSocket: FastAPI answers 403, and the others ignore the headers.
      expect([200, 403]).toContain(await ask({ ...good, headers: [...good.headers, ...upgrade] }));
      expect(await ask({ ...good, headers: upgrade })).toBe(401);
    });

    it("fetches the keys again for an unknown one, but not for each request", async () => {
      const [ofNext] = await gate.createRows(nextKey);
      await pause();
      const [before, startedMs] = [gate.fetches(), performance.now()];
      for (let sent = 0; sent < 20; sent += 1) expect(await ask(ofNext)).toBe(401);
      const pauses = Math.ceil((performance.now() - startedMs) / pauseMilliseconds);
      expect(gate.fetches() - before).toBeGreaterThan(0);
      expect(gate.fetches() - before).toBeLessThanOrEqual(pauses);
      gate.publish(gate.key, nextKey);
      await pause();
      expect(await ask(ofNext)).toBe(200);
    });

    it("keeps the last good keys if the gate does not answer", async () => {
      const [good, unknown] = [rows[0], rows.find(({ name }) => name === "a foreign key")];
      gate.publish();
      await pause();
      const before = gate.fetches();
      expect([await ask(unknown), await ask(good)]).toEqual([401, 200]);
      expect(gate.fetches()).toBeGreaterThan(before);
    });
  });
});
