import { beforeEach, describe, expect, it } from "vitest";
import { createCipher } from "../../src/downstream/cipher.ts";
import { createFakeIo, type FakeIo } from "../support/io.ts";

const first = `k1:${"A".repeat(43)}`;
const second = `k2:${"B".repeat(43)}`;

let io: FakeIo;
beforeEach(() => {
  io = createFakeIo();
});

describe("a cipher", () => {
  it("gives back what it was given, and never writes the same twice", async () => {
    const cipher = createCipher(io, first);
    const values = [await cipher.encrypt("text", "context"), await cipher.encrypt("text", "context")];
    expect(values[0]).not.toBe(values[1]);
    for (const value of values) {
      expect(value).toMatch(/^k1\.[\w-]{16}\.[\w-]+$/);
      expect(value).not.toContain(btoa("text").replace(/=+$/, ""));
      expect(await cipher.decrypt(value!, "context")).toBe("text");
    }
  });

  it("writes with the newest key and reads with all, out of a store too", async () => {
    const old = await createCipher(io, first).encrypt("old", "c");
    const rotated = createCipher(io, { get: async () => `${second}, ${first}` });
    expect(await rotated.decrypt(old!, "c")).toBe("old");
    expect(await rotated.encrypt("new", "c")).toMatch(/^k2\./);
  });

  it("takes keys with padding", async () => {
    const value = await createCipher(io, `${first}=`).encrypt("text", "c");
    expect(await createCipher(io, first).decrypt(value!, "c")).toBe("text");
  });

  it("sees the keys of a store that changed", async () => {
    let keys = first;
    const cipher = createCipher(io, { get: async () => keys });
    expect(await cipher.encrypt("text", "c")).toMatch(/^k1\./);
    keys = second;
    expect(await cipher.encrypt("text", "c")).toMatch(/^k2\./);
  });

  it.each<[string, (value: string) => string, string]>([
    ["in another context", (value) => value, "other"],
    ["under another key's name", (value) => value.replace("k1.", "k2."), "c"],
    ["under no key's name", (value) => value.replace("k1.", "k9."), "c"],
    ["with a nonce changed", (value) => value.replace(/\.[\w-]/, (start) => (start === ".A" ? ".B" : ".A")), "c"],
    ["cut short", (value) => value.slice(0, -4), "c"],
    ["with something after it", (value) => `${value}AAAA`, "c"],
    ["empty", () => "", "c"],
    ["that is none", () => "k1.!.!", "c"],
  ])("reads nothing of a value %s", async (_, change, context) => {
    const cipher = createCipher(io, `${first} ${second}`);
    const value = await cipher.encrypt("text", "c");
    expect(await cipher.decrypt(change(value!), context)).toBeUndefined();
  });

  it.each<[string, string | { get(): Promise<string> }]>([
    ["no list of keys", { get: async () => "a-secret" }],
    ["a key that is too short", { get: async () => `k1:${"A".repeat(42)}` }],
    ["a store that throws", { get: () => Promise.reject(new Error("a-secret")) }],
  ])("writes nothing with %s, and says so without repeating it", async (_, keys) => {
    const cipher = createCipher(io, keys);
    expect(await cipher.encrypt("text", "c")).toBeUndefined();
    expect(await cipher.decrypt("k1.a.b", "c")).toBeUndefined();
    expect(io.lines[0]).toMatchObject({ event: "token_cache_failed" });
    expect(JSON.stringify(io.lines)).not.toContain("a-secret");
  });
});
