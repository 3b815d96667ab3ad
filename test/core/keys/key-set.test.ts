import { beforeAll, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import {
  completeKeySet,
  createSharedKeys,
  type KeyDocument,
  type KeySet,
  parseKeySet,
  readKeySet,
} from "../../../src/core/keys/key-set.ts";

const rule = { instanceName: "microsoftonline.com", tenantSpecific: true };
const documentOf = (text: string): KeyDocument => ({
  id: "id",
  fetchedAtMs: 7,
  issuer: "https://issuer.example",
  rule,
  text,
});
const parse = async (value: unknown, previous?: KeySet, from: KeySet["from"] = "authority") => {
  const read = readKeySet(documentOf(JSON.stringify(value)), from, previous?.keys, createSharedKeys());
  return read.ok ? completeKeySet(read.value) : read;
};

/** Moduli of three keys. */
let moduli: readonly string[];
beforeAll(async () => {
  const make = async () => {
    const algorithm = {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
    };
    const { publicKey } = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
    return ((await crypto.subtle.exportKey("jwk", publicKey)) as JsonWebKey).n!;
  };
  moduli = [await make(), await make(), await make()];
});

const jwk = (kid: string, which: 0 | 1 | 2 = 0, issuer?: string) => ({
  kty: "RSA",
  kid,
  n: moduli[which],
  e: "AQAB",
  ...(issuer && { issuer }),
});

async function parseGood(value: unknown, previous?: KeySet): Promise<KeySet> {
  const parsed = await parse(value, previous);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

describe("a key set", () => {
  it("indexes its keys by kid, with its source, time and digest", async () => {
    const document = { keys: [jwk("a"), jwk("b", 1)] };
    const parsed = await parse(document, undefined, "edge");
    const text = new TextEncoder().encode(JSON.stringify(document));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
    expect(parsed).toMatchObject({
      ok: true,
      value: { fetchedAtMs: 7, from: "edge", issuer: "https://issuer.example", digest: hash.toHex() },
    });
    expect(parsed.ok && [...parsed.value.keys.keys()]).toEqual(["a", "b"]);
  });

  it("ignores unusable keys", async () => {
    const unusable = [
      null,
      1,
      "x",
      [],
      {},
      { ...jwk("b"), use: "enc" },
      { ...jwk("c"), kty: "EC" },
      { ...jwk("d"), e: "Aw" },
    ];
    const set = await parseGood({ keys: [...unusable, jwk("a")] });
    expect([...set.keys.keys()]).toEqual(["a"]);
  });

  it("has every key of a kid that was published twice, in order", async () => {
    const set = await parseGood({ keys: [jwk("a", 0, "https://one.example"), jwk("a", 1, "https://two.example")] });
    expect(set.keys.get("a")?.map(({ issuer, modulus }) => [issuer, modulus])).toEqual([
      ["https://one.example", moduli[0]],
      ["https://two.example", moduli[1]],
    ]);
  });

  it("has a key once, even if it was published repeatedly", async () => {
    const set = await parseGood({ keys: [jwk("a"), jwk("a"), jwk("a", 1), jwk("a"), jwk("a", 1)] });
    expect(set.keys.get("a")?.map(({ modulus }) => modulus)).toEqual([moduli[0], moduli[1]]);
  });

  it("keeps the identity of keys that stay, and of no others", async () => {
    const before = await parseGood({ keys: [jwk("a"), jwk("b"), jwk("c", 0, "https://one.example"), jwk("d")] });
    const after = await parseGood(
      { keys: [jwk("a"), jwk("b", 1), jwk("c", 0, "https://two.example"), jwk("e")] },
      before,
    );
    const kept = ["a", "b", "c", "e"].filter((kid) => after.keys.get(kid)?.[0] === before.keys.get(kid)?.[0]);
    expect(kept).toEqual(["a"]);
    expect([...after.keys.keys()]).toEqual(["a", "b", "c", "e"]);
  });

  describe("of an equal document", () => {
    const ofCloud = (key: object, cloud: "com" | "us") => ({ ...key, cloud_instance_name: `microsoftonline.${cloud}` });
    /** Parses a document by the rules of several sources that share keys. */
    async function parseByEach(members: readonly object[], ...clouds: readonly ("com" | "us" | undefined)[]) {
      const shared = createSharedKeys();
      const document = documentOf(JSON.stringify({ keys: members }));
      const sets = [];
      for (const cloud of clouds) {
        const own = { ...rule, instanceName: cloud && `microsoftonline.${cloud}` };
        const read = readKeySet({ ...document, rule: own }, "authority", undefined, shared);
        const parsed = read.ok ? await completeKeySet(read.value) : read;
        if (!parsed.ok) throw new Error(parsed.error);
        sets.push(parsed.value.keys);
      }
      return sets;
    }
    const readModuli = (keys: KeySet["keys"] | undefined) =>
      [...(keys ?? [])]
        .map(([kid, list]) => [kid, ...list.map(({ modulus }) => moduli.indexOf(modulus))] as const)
        .sort(([one], [other]) => one.localeCompare(other));

    it("shares its keys if the rule of each source admits the same ones", async () => {
      const members = [ofCloud(jwk("a"), "com"), ofCloud(jwk("a", 1), "us"), jwk("b", 2)];
      const [first, again] = await parseByEach(members, "com", "com");
      expect(again).toBe(first);
    });

    it.each([
      [
        "another key with the same ID",
        () => [ofCloud(jwk("a"), "com"), ofCloud(jwk("a", 1), "us")],
        [["a", 0]],
        [["a", 1]],
        [["a", 0, 1]],
      ],
      [
        "another second key with the same ID",
        () => [jwk("a", 2), ofCloud(jwk("a"), "com"), ofCloud(jwk("a", 1), "us")],
        [["a", 2, 0]],
        [["a", 2, 1]],
        [["a", 2, 0, 1]],
      ],
      [
        "another ID",
        () => [ofCloud(jwk("a"), "com"), ofCloud(jwk("b", 1), "us")],
        [["a", 0]],
        [["b", 1]],
        [
          ["a", 0],
          ["b", 1],
        ],
      ],
    ])("has keys of its own if a rule admits %s", async (_, members, ofCom, ofUs, ofBoth) => {
      const expected = { com: ofCom, us: ofUs, both: ofBoth };
      for (const one of ["com", "us", undefined] as const)
        for (const other of ["com", "us", undefined] as const)
          expect((await parseByEach(members(), one, other)).map(readModuli), `${one} before ${other}`).toEqual([
            expected[one ?? "both"],
            expected[other ?? "both"],
          ]);
    });

    it("shares its keys while at most a limited number of documents are remembered", async () => {
      const shared = createSharedKeys();
      const parseNumber = async (number: number) => {
        const document = documentOf(JSON.stringify({ keys: [jwk("a")], number }));
        const read = readKeySet(document, "authority", undefined, shared);
        const parsed = read.ok ? await completeKeySet(read.value) : read;
        return parsed.ok && parsed.value.keys;
      };
      const first = await parseNumber(0);
      for (let number = 1; number < limits.sharedKeySets; number += 1) await parseNumber(number);
      expect(shared.byDigest.size).toBe(limits.sharedKeySets);
      expect(await parseNumber(0)).toBe(first);
      await parseNumber(limits.sharedKeySets);
      expect(shared.byDigest.size).toBe(1);
    });
  });

  it.each(["", "{", "null", "[]", "1", "{}", '{"keys":null}', '{"keys":{}}', '{"keys":"x"}'])(
    "is invalid: %j",
    async (text) => {
      const error = "key set is not a JSON object with an array of keys";
      expect(await parseKeySet(documentOf(text))).toEqual({ ok: false, error });
    },
  );

  it("is invalid without a usable key", async () => {
    for (const keys of [[], [null], [{ ...jwk("a"), kty: "oct" }]]) {
      expect(await parse({ keys })).toEqual({ ok: false, error: "key set has no usable key" });
    }
  });

  it("has a limited number of members", async () => {
    const members = (count: number) => ({ keys: [...Array(count - 1).fill(null), jwk("a")] });
    expect(await parse(members(limits.keySetKeys))).toMatchObject({ ok: true });
    expect(await parse(members(limits.keySetKeys + 1))).toEqual({ ok: false, error: "key set has too many keys" });
  });
});
