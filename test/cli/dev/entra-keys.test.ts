import { decodeProtectedHeader } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { createEntra, type Entra } from "../../../entra/entra.ts";
import { reuseKeyPairs } from "../../support/key-pairs.ts";

let entra: Entra;

beforeEach(() => {
  entra = createEntra({ makeKeyPair: reuseKeyPairs() });
});

async function listPublished(): Promise<readonly string[]> {
  const response = await entra.fetch(new Request("https://login.microsoftonline.com/contoso/discovery/v2.0/keys"));
  const { keys } = (await response.json()) as { keys: readonly { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

async function readKid(options = {}): Promise<string> {
  return decodeProtectedHeader(await entra.issueAccessToken(options)).kid!;
}

describe("planned roll-over", () => {
  it("publishes the next key while the current one signs", async () => {
    const before = await readKid();
    const kid = await entra.rollOver("planned");
    expect(await listPublished()).toContain(kid);
    expect(await readKid()).toBe(before);
  });

  it("signs with the next key once switched", async () => {
    const before = await readKid();
    const kid = await entra.rollOver("planned");
    expect(await entra.switchKey()).toBe(kid);
    expect(await readKid()).toBe(kid);
    expect(await listPublished()).toEqual(expect.arrayContaining([before, kid]));
  });

  it("can be predicted by a test: the next key signs before it is published", async () => {
    const kid = await readKid({ key: "next" });
    expect(await listPublished()).not.toContain(kid);
    expect(await entra.rollOver("planned")).toBe(kid);
    expect(await listPublished()).toContain(kid);
  });
});

describe("emergency roll-over", () => {
  it("publishes a new key and signs with it at once", async () => {
    const before = await readKid();
    const kid = await entra.rollOver("emergency");
    expect(kid).not.toBe(before);
    expect(await readKid()).toBe(kid);
    expect(await listPublished()).toEqual(expect.arrayContaining([before, kid]));
  });
});

describe("removed key", () => {
  it("leaves the set, and can still sign", async () => {
    const kid = await readKid();
    expect(await entra.removeKey(kid)).toBe(true);
    expect(await listPublished()).not.toContain(kid);
    expect(await readKid({ key: kid })).toBe(kid);
    expect(await entra.removeKey(kid)).toBe(false);
  });
});

describe("keys", () => {
  it("lists which one signs and which are published", async () => {
    const current = await readKid();
    await readKid({ key: "next" });
    const keys = await entra.keys();
    expect(keys.filter(({ signing }) => signing).map(({ kid }) => kid)).toEqual([current]);
    expect(keys.map(({ kind, published }) => [kind, published])).toEqual([
      ["ordinary", true],
      ["ordinary", true],
      ["ordinary", true],
      ["msa", true],
      ["ordinary", false],
    ]);
  });

  it("has a published key of 1024 bits for a test that asks for one", async () => {
    const kid = await readKid({ key: "weak", header: {} });
    const weak = (await entra.keys()).find(({ kind }) => kind === "weak");
    expect(weak?.published).toBe(true);
    expect(Buffer.from(weak?.publicJwk.n ?? "", "base64url")).toHaveLength(128);
    expect(kid).toBe(weak?.kid);
  });

  it("differ in another Entra", async () => {
    const kids = (await createEntra().keys()).map(({ kid }) => kid);
    expect(await listPublished()).not.toEqual(expect.arrayContaining(kids.slice(0, 1)));
  });
});
