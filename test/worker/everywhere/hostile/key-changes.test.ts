// Runtimes: workerd, deno
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { HttpAnswer } from "../../../support/http.ts";
import type { PublicationName } from "../../../support/publications.ts";
import { badToken, expectRefusal, type Refusal } from "../../../support/refusal.ts";
import { expectForwarded, itRefuses, itSendsNoRequests, present, type Recipe } from "../../../support/rows.ts";
import { countAsked, startKeyFleet } from "../../support/key-fleet.ts";

const fleet = await startKeyFleet((name) => name.includes("-then-") || name === "plain");
afterAll(() => fleet.stop());

const startMs = Date.now();
const hourMs = 3_600_000;
const ownToken: Recipe = ({ own, ownHeader, claims }) => own.sign(ownHeader, claims);

/** Sends a token some hours after the start. */
async function sendLater(gate: PublicationName, recipe: Recipe, hours: number): Promise<HttpAnswer> {
  const { headers = [], ...request } = await present(fleet, gate, recipe);
  return fleet.send(gate, { ...request, headers: [...headers, ["Clock-Ms", String(startMs + hours * hourMs)]] });
}

/** A token that is valid for more than a day. */
const lasting = { claims: { exp: Math.floor(startMs / 1_000) + 20 * 3600 } };

describe("a set that changes", () => {
  it("K10 to an empty set leaves the last valid set in use", { tags: "good-keys" }, async () => {
    const gate = "k10-then-empty";
    const waits = fleet.lineWhere(({ event, source }) => event === "keys_failed" && String(source).includes(gate));
    for (const hours of [0, 1, 2]) expect((await sendLater(gate, lasting, hours)).status).toBe(200);
    expect(await waits).toMatchObject({ lastFailure: "key set has no usable key", keys: 4 });
    expect((await sendLater(gate, lasting, 20)).status).toBe(200);
  });

  it("K21 has its new key accepted at once, after one fetch", async () => {
    const gate = "k21-then-new";
    expect((await sendLater(gate, {}, 0)).status).toBe(200);
    expect((await sendLater(gate, ownToken, 0)).status).toBe(200);
    expect(await countAsked(fleet, gate, "/keys")).toBe(2);
  });

  it("K22 invalidates the removed key's tokens, known ones too", {
    tags: ["known-token-keys", "withdrawn-keys"],
  }, async () => {
    const gate = "k22-then-removed";
    const forge = await fleet.forge(gate);
    const claims = { ...forge.claims, ...lasting.claims };
    const token = forge.own.sign(forge.ownHeader, claims);
    expect((await sendLater(gate, () => token, 0)).status).toBe(200);
    const renewed = fleet.lineWhere(
      ({ event, source, keys }) => event === "keys" && String(source).includes(gate) && keys === 4,
    );
    expect((await sendLater(gate, () => token, 1)).status).toBe(200);
    await renewed;
    expect((await sendLater(gate, () => token, 1)).status).toBe(401);
    expect((await sendLater(gate, lasting, 1)).status).toBe(200);
  });
});

/** Waits until a gate has taken a key set with this number of keys, of a source with `part` in its URL. */
const waitForKeys = (gate: PublicationName, part: string, count: number) =>
  fleet.lineWhere(
    ({ event, source, keys }) =>
      event === "keys" && String(source).includes(gate) && String(source).includes(part) && keys === count,
  );

describe("a known token is refused", () => {
  it("K29 if its key leaves the tenant's v2.0 set, although that of v1.0 keeps it", {
    tags: "known-token-keys",
  }, async () => {
    const gate = "k29-then-not-vouched";
    const forge = await fleet.forge(gate);
    const tokenV1 = forge.own.sign(forge.ownHeader, readClaims(await forge.issue({ version: 1, ...lasting })));
    expect((await sendLater(gate, () => tokenV1, 0)).status).toBe(200);
    expect((await sendLater(gate, () => tokenV1, 0)).status).toBe(200);
    // A token of the other version renews the set.
    expect((await sendLater(gate, lasting, 1)).status).toBe(200);
    await waitForKeys(gate, "/v2.0/", 4);
    expect((await sendLater(gate, () => tokenV1, 1)).status).toBe(401);
    expect((await sendLater(gate, { version: 1, ...lasting }, 1)).status).toBe(200);
  });

  it("K30 if the metadata of its authority names another issuer, although its key stays", {
    tags: "known-token-keys",
  }, async () => {
    const gate = "k30-then-issuer";
    const { own, ownHeader, claims } = await fleet.forge(gate);
    const token = own.sign(ownHeader, { ...claims, ...lasting.claims });
    expect((await sendLater(gate, () => token, 0)).status).toBe(200);
    expect((await sendLater(gate, () => token, 1)).status).toBe(200);
    await waitForKeys(gate, "", 1);
    const answer = await sendLater(gate, () => token, 1);
    expect([answer.status, (await fleet.lineOf(JSON.parse(answer.body).instance)).reason]).toEqual([
      401,
      "issuer_mismatch",
    ]);
    const iss = `https://login.microsoftonline.com/${claims.tid}/v2.0`;
    const renamed = own.sign(ownHeader, { ...claims, ...lasting.claims, iss });
    expect((await sendLater(gate, () => renamed, 1)).status).toBe(200);
  });
});

/** Reads the claims of a token without verification. */
function readClaims(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

const invented = (index: number): Recipe => ({ header: { kid: `invented-${index}` } });

describe("invented kids", () => {
  it("K18 one after the other are refused, with two fetches", async () => {
    const gate = "k18-then-flood";
    for (let index = 0; index < 100; index += 1) {
      expect((await sendLater(gate, invented(index), 0)).status).toBe(401);
    }
    expect((await sendLater(gate, {}, 0)).status).toBe(200);
    expect(await countAsked(fleet, gate, "/keys")).toBeLessThanOrEqual(2);
  });

  const attacker = "https://attacker.example";
  const rows: readonly (readonly [name: string, recipe: Recipe, refusal: Refusal])[] = [
    ["issuer", { claims: { iss: attacker } }, badToken("issuer_mismatch")],
    ["audience", { claims: { aud: attacker } }, badToken("audience_mismatch")],
    ["tenant", { claims: { tid: "another" } }, badToken("tenant_invalid")],
    ["type", { header: { typ: "at+jwt" } }, badToken("type_not_jwt")],
    ["algorithm", { header: { alg: "HS256" } }, badToken("algorithm_not_allowed")],
    ["end", { claims: { exp: 1_000, iat: 0, nbf: 0 } }, badToken("expired")],
  ];
  itRefuses(
    fleet,
    "plain",
    rows.map(([name, recipe, refusal]) => [
      `K20 under a wrong ${name} cause no fetch`,
      typeof recipe === "function" ? recipe : { ...recipe, header: { kid: "invented", ...recipe.header } },
      refusal,
    ]),
  );

  it("K24 no request contains a token's issuer in its URL", async () => {
    const iss = `${attacker}/11111111-2222-3333-4444-555555555555/v2.0`;
    const request = await present(fleet, "plain", { claims: { iss } });
    await expectRefusal(fleet, "plain", request, badToken("issuer_mismatch"));
    expect((await fleet.ledger()).calls.filter(({ to }) => to === "nowhere")).toEqual([]);
  });

  itSendsNoRequests(fleet, "plain");
});

describe("a protected answer", () => {
  it("K27 is from the origin every time, and never from a cache without a token", async () => {
    const request = await present(fleet, "plain", {});
    await expectForwarded(fleet, "plain", request);
    await expectForwarded(fleet, "plain", request);
    expect((await fleet.send("plain", { path: "/orders" })).status).toBe(401);
  });

  it("K27 has no platform cache in front of it, which would respond before the gate", () => {
    const configuration = readFileSync(path.resolve(import.meta.dirname, "../../../../wrangler.toml"), "utf8");
    expect(configuration).toMatch(/^\[cache\]\nenabled = false$/m);
  });
});
