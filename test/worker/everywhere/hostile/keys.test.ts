// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import type { PublicationName } from "../../../support/publications.ts";
import { badToken, expectRefusal, type Refusal } from "../../../support/refusal.ts";
import { expectForwarded, present, type Recipe } from "../../../support/rows.ts";
import { countAsked, keysUnavailable, startKeyFleet } from "../../support/key-fleet.ts";

const fleet = await startKeyFleet((name) => !/-then-|^external-/.test(name));
afterAll(() => fleet.stop());

const ownToken: Recipe = ({ own, ownHeader, claims }) => own.sign(ownHeader, claims);
const refuse = async (gate: PublicationName, recipe: Recipe, refusal: Refusal) =>
  expectRefusal(fleet, gate, await present(fleet, gate, recipe), refusal);
const accept = async (gate: PublicationName, recipe: Recipe = {}) =>
  expectForwarded(fleet, gate, await present(fleet, gate, recipe));
/** A published key that the gate must ignore, among valid keys. */
const unusable: readonly (readonly [name: string, gate: PublicationName, refusal: Refusal])[] = [
  ["K01 a key whose issuer is on another host", "k01-host", badToken("key_issuer_mismatch")],
  ["K01 a key whose issuer has another shape", "k01-shape", badToken("key_issuer_mismatch")],
  ["K01 a key whose issuer is another tenant", "k01-tenant", badToken("key_issuer_mismatch")],
  ["K04 a key without issuer in a set of all tenants", "k04-common", badToken("key_unknown")],
  ["K05 a key of another cloud instance", "k05-instance", badToken("key_unknown")],
  ["K06 a key for encryption", "k06-use", badToken("key_unknown")],
  ["K06 a key for other operations", "k06-operations", badToken("key_unknown")],
  ["K06 a key for another algorithm", "k06-algorithm", badToken("key_unknown")],
  ["K06 an elliptic-curve key", "k06-ec", badToken("key_unknown")],
  ["K06 a symmetric key", "k06-oct", badToken("key_unknown")],
  ["K06 an Edwards-curve key", "k06-okp", badToken("key_unknown")],
  ["K06 a private key", "k06-private", badToken("key_unknown")],
  ["K07 a key with an even modulus", "k07-even", badToken("key_unknown")],
];

describe("a key that must not be used", () => {
  for (const [name, gate, refusal] of unusable) {
    it(name, async () => {
      await refuse(gate, ownToken, refusal);
      await accept(gate);
    });
  }

  it("K02 the key of personal accounts, under a tenant's token", async () => {
    await refuse("plain", { key: "msa" }, badToken("key_issuer_mismatch"));
    await accept("plain");
  });

  it("K07 a key of 1024 bits", async () => {
    const weak = await present(fleet, "k07-weak", { key: "weak" });
    await expectRefusal(fleet, "k07-weak", weak, badToken("key_unknown"));
    await accept("k07-weak");
  });

  it("K26 a key of another tenant, and one of another version", async () => {
    await accept("k26-tenant", ownToken);
    const outsider: Recipe = async ({ own, ownHeader, issue }) =>
      own.sign(ownHeader, readClaims(await issue({ persona: "outsider" })));
    await refuse("k26-tenant", outsider, badToken("key_unknown"));
    await accept("k26-tenant", { persona: "outsider" });
    await accept("k26-version", ownToken);
    const older: Recipe = async ({ own, ownHeader, issue }) =>
      own.sign(ownHeader, readClaims(await issue({ version: 1 })));
    await refuse("k26-version", older, badToken("key_unknown"));
    await accept("k26-version", { version: 1 });
  });
});

describe("a key that may be used", () => {
  it("K04 without issuer, in the tenant's own set", () => accept("k04-own-set", ownToken));
  it("K17 in a set of another content type", () => accept("k17-type"));

  it("K28 behind another with the same ID and issuer, but not behind three", async () => {
    const byEntra: Recipe = ({ sign, ownHeader, claims }) => sign(ownHeader, claims);
    await accept("k28-two", ownToken);
    await accept("k28-four", byEntra);
    await refuse("k28-four", ownToken, badToken("signature_invalid"));
  });
});

/** Documents that are not key sets, so that the gate can verify no token. */
const broken: readonly (readonly [name: string, gate: PublicationName])[] = [
  ["K10 an object without keys", "k10-object"],
  ["K10 keys that are not a list", "k10-keys-object"],
  ["K10 a key that is null", "k10-null"],
  ["K10 no keys", "k10-empty"],
  ["K10 an HTML page", "k10-html"],
  ["K10 half of a document", "k10-truncated"],
  ["K10 nothing", "k10-nothing"],
  ["K13 status 500", "k13-500"],
  ["K13 status 503", "k13-503"],
  ["K13 status 429", "k13-429"],
  ["K13 a redirect", "k13-redirect"],
  ["K15 a late response", "k15-slow"],
  ["K15 a response that drips", "k15-drip"],
  ["K15 an endless response", "k15-endless"],
  ["K23 metadata of another issuer", "k23-issuer"],
  ["K23 keys on another host", "k23-host"],
  ["K23 keys over plain http", "k23-http"],
  ["K23 keys on another host, after a user name", "k23-user"],
];

/** Reads the claims of a token without verification. */
function readClaims(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

describe.concurrent("a document that is not a key set", () => {
  for (const [name, gate] of broken) {
    it(name, async () => {
      await refuse(gate, {}, keysUnavailable);
      const request = await present(fleet, gate, {});
      const answers = await Promise.all(Array.from({ length: 20 }, () => fleet.send(gate, request)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(503));
      expect(await countAsked(fleet, gate, "openid-configuration")).toBe(1);
      expect(await countAsked(fleet, gate, "/keys")).toBeLessThanOrEqual(1);
    });
  }
});
