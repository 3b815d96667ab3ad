import { beforeAll, describe, expect, it } from "vitest";
import { parseKeySet } from "../../src/keys/key-set.ts";
import * as limits from "../../src/limits.ts";
import { createKeyWorld, hourMs, type KeyWorld, source } from "../support/key-world.ts";

const files = import.meta.glob<string>("../../../shared/vectors/identitymodel-jwks/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});
const wycheproof = import.meta.glob<string>("../../../shared/vectors/wycheproof/json_web_key_test.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

const rule = { instanceName: undefined, tenantSpecific: true };

async function usableKids(text: string): Promise<readonly string[]> {
  const parsed = await parseKeySet({ id: source.id, fetchedAtMs: 0, issuer: undefined, rule, text }, "authority");
  return parsed.ok ? [...parsed.value.keys.keys()] : [];
}

/** Kids of keys whose members are complete and canonical. Microsoft's test sets pad their moduli, which RFC 7518 does not allow. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "PingLabsJWKS.json": ["20am7", "20am3", "20alz"],
};

describe("IdentityModel's key sets", () => {
  it("exist", () => {
    expect(Object.keys(files)).toHaveLength(22);
  });

  it.each(Object.entries(files))("%s yields only its sound keys", async (path, text) => {
    expect(await usableKids(text)).toEqual(expected[path.slice(path.lastIndexOf("/") + 1)] ?? []);
  });

  it.each(Object.entries(files).filter(([path]) => path.includes("/JsonWebKeySet")))(
    "%s never replaces a good set",
    async (_path, text) => {
      const world: KeyWorld = createKeyWorld();
      const kid = await world.currentKid();
      await world.find(kid);
      world.io.setFetch(() => new Response(text));
      world.io.jump(hourMs);
      await world.find(kid);
      await world.io.advance(limits.keyLeaseMilliseconds);
      expect(await world.find(kid)).toBe("found");
      expect(world.store.describe()[0]?.lastFailure).toBe("key set has no usable key");
    },
  );
});

describe("Wycheproof's JSON Web Key file", () => {
  interface Group {
    readonly comment: string;
    readonly private: object;
    readonly public?: object;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly result: "valid" | "invalid";
    }[];
  }
  let groups: readonly Group[];
  beforeAll(() => {
    groups = JSON.parse(Object.values(wycheproof)[0] ?? "{}").testGroups;
  });

  it("has one set that the gate can use: RS256 with a sound key", async () => {
    const usable: string[] = [];
    for (const group of groups) {
      const kids = await usableKids(JSON.stringify(group.public ?? group.private));
      if (kids.length > 0) usable.push(`${group.comment}: ${kids}`);
    }
    expect(groups.flatMap(({ tests }) => tests)).toHaveLength(26);
    expect(usable).toEqual(["rs256: kid-rsa-sign"]);
  });
});
