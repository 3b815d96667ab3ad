import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import { readHeader } from "../../support/http.ts";
import { meddledMembers } from "../../support/meddling.ts";
import { present } from "../../support/rows.ts";

const fleet = await startFleetOf({
  gate: { entry: "test/gates/meddling-gate.ts" },
  app: { entry: "test/gates/meddling-app.ts" },
});
afterAll(() => fleet.stop());

const ends = ["handler", "origin"] as const;
const withoutScope = { claims: { scp: "orders.read" } };

describe.each(["gate", "app"] as const)("a hook before the guard of the %s", (name) => {
  it.each(meddledMembers)("admits no caller by assigning %s", { tags: "hooks" }, async (member) => {
    const before = await fleet.ledger();
    for (const end of ends) {
      const path = `/${member}/${end}`;
      expect((await fleet.send(name, { path })).status, path).toBe(401);
      expect((await fleet.send(name, await present(fleet, name, withoutScope, path))).status, path).toBe(403);
    }
    expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
  });

  it.each(meddledMembers)("changes no decision and no caller by assigning %s", { tags: "hooks" }, async (member) => {
    for (const end of ends) {
      const answer = await fleet.send(name, await present(fleet, name, {}, `/${member}/${end}`));
      expect(answer.status, answer.body).toBe(200);
      expect(readHeader(answer, "cache-control").join()).toMatch(/no-store|private/);
      if (end === "origin") expect(answer.body).not.toContain('"oid"');
    }
  });
});

describe.each(["gate", "app"] as const)("a hook after the guard of the %s", (name) => {
  it.each(ends)("cannot make the response of the %s public", { tags: "hooks" }, async (end) => {
    const answer = await fleet.send(name, await present(fleet, name, {}, `/forgetting/${end}`));
    expect(answer.status).toBe(200);
    expect(readHeader(answer, "cache-control").join()).not.toMatch(/public|s-maxage/);
    expect(readHeader(answer, "cdn-cache-control")).toEqual([]);
    expect(readHeader(answer, "vary").join()).toContain("Authorization");
  });

  it("gets 500 and a log line for a response that was read before", async () => {
    const answer = await fleet.send(name, await present(fleet, name, {}, "/read"));
    expect(answer.status).toBe(500);
    expect(readHeader(answer, "content-type")).toEqual(["application/problem+json"]);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 500, instance: expect.stringMatching(/^urn:uuid:/) });
  });
});
