// Runtimes: workerd, deno
import { afterEach, expect, it } from "vitest";
import { type Fleet, startFleet } from "../../support/fleet.ts";
import type { HeaderField } from "../../support/http.ts";

const requests = 50;

let fleet: Fleet;
afterEach(() => fleet.stop());

const authorize = (token: string): readonly HeaderField[] => [["Authorization", `Bearer ${token}`]];

it("allows fifty requests at once through a cold gate, with one fetch of keys", async () => {
  fleet = await startFleet("delegated");
  const { token } = await fleet.forge("delegated");
  const headers = authorize(token);
  const answers = await Promise.all(Array.from({ length: requests }, () => fleet.send("delegated", { headers })));
  expect(answers.map(({ status }) => status)).toEqual(Array(requests).fill(200));
  expect((await fleet.countsOfEntra()).total).toMatchObject({ discovery: 0, keys: 1 });
  expect((await fleet.ledger()).origin.count).toBe(requests);
});

it("allows fifty tokens at once through a cold gate that discovers its authority, with one fetch of each document", async () => {
  fleet = await startFleet("external");
  const { issue } = await fleet.forge("external");
  const tokens = await Promise.all(Array.from({ length: requests }, () => issue({})));
  expect(new Set(tokens).size).toBe(requests);
  const answers = await Promise.all(tokens.map((token) => fleet.send("external", { headers: authorize(token) })));
  expect(answers.map(({ status }) => status)).toEqual(Array(requests).fill(200));
  expect((await fleet.countsOfEntra()).total).toMatchObject({ discovery: 1, keys: 1 });
  expect((await fleet.ledger()).origin.count).toBe(requests);
});

it("keeps the identities of fifty simultaneous callers apart", { tags: "known-token-caller" }, async () => {
  fleet = await startFleet("both");
  const { issue } = await fleet.forge("both");
  const callers = ["member", "guest", "admin", undefined] as const;
  const answers = await Promise.all(
    Array.from({ length: requests }, async (_, index) => {
      const persona = callers[index % callers.length];
      const token = await issue(persona ? { persona } : { client: "daemon" });
      const { oid } = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
      const answer = await fleet.send("both", { headers: authorize(token) });
      return { oid, seen: JSON.parse(answer.body).headers?.["x-ms-client-principal-id"] };
    }),
  );
  expect(new Set(answers.map(({ oid }) => oid)).size).toBe(callers.length);
  expect(answers.filter(({ oid, seen }) => oid !== seen)).toEqual([]);
});

it("refuses fifty invalid tokens at once at a cold gate while it allows fifty valid ones", async () => {
  fleet = await startFleet("delegated");
  const { token, own, header, claims } = await fleet.forge("delegated");
  const forged = own.sign(header, claims);
  const statuses = await Promise.all(
    Array.from({ length: 2 * requests }, async (_, index) => {
      const { status } = await fleet.send("delegated", { headers: authorize(index % 2 === 0 ? token : forged) });
      return status;
    }),
  );
  expect(statuses.filter((_, index) => index % 2 === 0)).toEqual(Array(requests).fill(200));
  expect(statuses.filter((_, index) => index % 2 === 1)).toEqual(Array(requests).fill(401));
  expect((await fleet.countsOfEntra()).total).toMatchObject({ keys: 1 });
  expect((await fleet.ledger()).origin.count).toBe(requests);
});
