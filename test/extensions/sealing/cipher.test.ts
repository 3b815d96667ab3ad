import { CompactEncrypt, decodeProtectedHeader } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import type { Secret } from "../../../src/core/config/variables.ts";
import { createCipher } from "../../../src/extensions/sealing/cipher.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";

const first = `k1:${"A".repeat(43)}`;
const second = `k2:${"B".repeat(43)}`;

const headerOf = (value: string | undefined) => decodeProtectedHeader(value!);
/** A value that is encrypted with the right key, under another header or with other content. */
const encryptUnder = (
  header: { alg: string; enc: string; kid?: string; context?: string },
  content = JSON.stringify(["c", "text"]),
) => new CompactEncrypt(new TextEncoder().encode(content)).setProtectedHeader(header).encrypt(new Uint8Array(32));
const renameKey = (value: string, kid: string) => {
  const [header = "", ...rest] = value.split(".");
  const renamed = JSON.stringify({ ...JSON.parse(atob(header)), kid });
  return [btoa(renamed).replaceAll("=", ""), ...rest].join(".");
};

let io: FakeIo;
let faults: string[];
beforeEach(() => {
  io = createFakeIo();
  faults = [];
});
const cipherOf = (secret: Secret) => createCipher(io, secret, (problem) => faults.push(problem));

describe("a cipher", () => {
  it("returns what it encrypted, shows neither the text nor its context, and never writes the same text twice", async () => {
    const cipher = cipherOf(first);
    const values = [await cipher.encrypt("text", "context"), await cipher.encrypt("text", "context")];
    expect(values[0]).not.toBe(values[1]);
    for (const value of values) {
      expect(headerOf(value)).toEqual({ alg: "dir", enc: "A256GCM", kid: "k1" });
      const shown = (value as string).split(".").map((part) => atob(part.replaceAll("-", "+").replaceAll("_", "/")));
      expect(shown.join()).not.toMatch(/text/);
      expect(await cipher.decrypt(value!, "context")).toBe("text");
    }
  });

  it("encrypts with the newest key and decrypts with all, from a store too", async () => {
    const old = await cipherOf(first).encrypt("old", "c");
    const rotated = cipherOf({ get: async () => `${second}, ${first}` });
    expect(await rotated.decrypt(old!, "c")).toBe("old");
    expect(headerOf(await rotated.encrypt("new", "c")).kid).toBe("k2");
  });

  it("decrypts with all keys of one name", async () => {
    const [older, newer] = [cipherOf(first), cipherOf(`k1:${"B".repeat(43)} ${first}`)];
    expect(await newer.decrypt((await older.encrypt("old", "c"))!, "c")).toBe("old");
    expect(await newer.decrypt((await newer.encrypt("new", "c"))!, "c")).toBe("new");
    expect(await older.decrypt((await newer.encrypt("new", "c"))!, "c")).toBeUndefined();
  });

  it("accepts keys with padding", async () => {
    const value = await cipherOf(`${first}=`).encrypt("text", "c");
    expect(await cipherOf(first).decrypt(value!, "c")).toBe("text");
  });

  it("uses changed keys of a store", async () => {
    let keys = first;
    const cipher = cipherOf({ get: async () => keys });
    expect(headerOf(await cipher.encrypt("text", "c")).kid).toBe("k1");
    keys = second;
    expect(headerOf(await cipher.encrypt("text", "c")).kid).toBe("k2");
  });

  it.each<[string, (value: string) => string, string]>([
    ["for another context", (value) => value, "other"],
    ["with the name of another key", (value) => renameKey(value, "k2"), "c"],
    ["with the name of no key", (value) => renameKey(value, "k9"), "c"],
    ["with a nonce changed", (value) => value.replace(/\.\.[\w-]/, (start) => (start === "..A" ? "..B" : "..A")), "c"],
    ["cut short", (value) => value.slice(0, -4), "c"],
    ["with trailing text", (value) => `${value}AAAA`, "c"],
    ["empty", () => "", "c"],
    ["that is not base64url", () => "k1.!.!", "c"],
    ["in another format than JWE", () => `k1.${"A".repeat(16)}.${"A".repeat(40)}`, "c"],
  ])("does not decrypt a value %s", async (_, change, context) => {
    const cipher = cipherOf(`${first} ${second}`);
    const value = await cipher.encrypt("text", "c");
    expect(await cipher.decrypt(change(value!), context)).toBeUndefined();
  });

  it("decrypts only values with its own algorithms", async () => {
    const cipher = cipherOf(first);
    const header = { alg: "dir", enc: "A256GCM", kid: "k1" };
    expect(await cipher.decrypt(await encryptUnder(header), "c")).toBe("text");
    expect(await cipher.decrypt(await encryptUnder({ ...header, alg: "A256GCMKW" }), "c")).toBeUndefined();
    expect(await cipher.decrypt(await encryptUnder({ ...header, enc: "A128CBC-HS256" }), "c")).toBeUndefined();
    const { kid: _, ...nameless } = header;
    expect(await cipher.decrypt(await encryptUnder(nameless), "c")).toBeUndefined();
  });

  it.each([
    ["the text alone, as version 0.2.0 wrote it under a header with the context", "text"],
    ["JSON of another form", '{"0":"c","1":"text","length":2}'],
    ["a third item", '["c","text","more"]'],
    ["no text", '["c",1]'],
    ["another context", '["c c","text"]'],
  ])("does not decrypt %s", async (_, content) => {
    const header = { alg: "dir", enc: "A256GCM", kid: "k1", context: "c" };
    expect(await cipherOf(first).decrypt(await encryptUnder(header, content), "c")).toBeUndefined();
  });

  it.each<[string, string, Secret]>([
    ["no list of keys", "is not a list of names and 32-byte keys", { get: async () => "a-secret" }],
    ["a short key", "is not a list of names and 32-byte keys", { get: async () => `k1:${"A".repeat(42)}` }],
    ["a store that throws", "cannot be read from its store", { get: () => Promise.reject(new Error("a-secret")) }],
  ])("encrypts nothing with %s, and reports that it %s", async (_, problem, keys) => {
    const cipher = cipherOf(keys);
    expect(await cipher.encrypt("text", "c")).toBeUndefined();
    expect(await cipher.decrypt("k1.a.b", "c")).toBeUndefined();
    expect(faults).toEqual([problem, problem]);
    expect(io.lines).toEqual([]);
  });
});
