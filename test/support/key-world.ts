import { tenants } from "../../entra/directory/directory.ts";
import { createEntra, type Entra } from "../../entra/entra.ts";
import { createAuthority } from "../../src/core/authority/authority.ts";
import { createKeyStore, type KeyStore } from "../../src/core/keys/key-store.ts";
import { createFakeCache } from "./cache.ts";
import { createFakeIo, type FakeIo } from "./io.ts";
import { reuseKeyPairs } from "./key-pairs.ts";

const publicCloud = { cloud: "public", authority: undefined, acceptV1: true } as const;
/** An authority whose configuration names some tenants. */
export const authorityOf = (...named: readonly string[]) =>
  createAuthority({ ...publicCloud, tenants: { decided: "by-list", allowed: new Set(named) } });
export const authority = authorityOf(tenants.contoso.id, tenants.fabrikam.id);
/** An authority for any tenant, about which code decides. */
export const openAuthority = createAuthority({ ...publicCloud, tenants: { decided: "in-code" } });
export const source = authority.keySource(tenants.contoso.id, "2.0");

/** One isolate's key store with a local Entra and the cache of its data center. */
export interface KeyWorld {
  readonly entra: Entra;
  readonly io: FakeIo;
  readonly cache: ReturnType<typeof createFakeCache>;
  readonly store: KeyStore;
  /** Count of requests to the authority so far. */
  fetches(): number;
  /** Looks up a kid, and moves the clock until there is a result: `found`, or the reason of the denial. */
  find(kid: string): Promise<string>;
  /** The same without moving the clock. */
  start(kid: string): Promise<string>;
  /** The same with a frozen clock, for events at an exact millisecond. */
  findNow(kid: string): Promise<string>;
  /** Moves the clock until a promise has settled. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** The kid of the key that signs now. */
  currentKid(): Promise<string>;
  /** Another isolate of the same data center, with the same clock and cache and an empty store. */
  secondIsolate(): KeyWorld;
}

export function createKeyWorld(shared?: Pick<KeyWorld, "entra" | "io" | "cache">): KeyWorld {
  const cache = shared?.cache ?? createFakeCache();
  const io = shared?.io ?? createFakeIo({ cache });
  const entra =
    shared?.entra ??
    createEntra({
      nowSeconds: () => Math.floor(io.now() / 1_000),
      sleepMs: (ms) => new Promise((resolve) => io.after(ms, resolve)),
      makeKeyPair: reuseKeyPairs(),
    });
  if (shared === undefined) io.setFetch((request) => entra.fetch(request));
  const store = createKeyStore(io);

  const world: KeyWorld = {
    entra,
    io,
    cache,
    store,
    fetches: () => io.requests.length,
    async start(kid) {
      const result = await store.find(source, kid, () => {});
      return result.ok ? "found" : result.error.reason;
    },
    find: (kid) => world.drive(world.start(kid)),
    async findNow(kid) {
      const answer = world.start(kid);
      await io.advance(0);
      return answer;
    },
    async drive(work) {
      let settled = false;
      const done = work.finally(() => {
        settled = true;
      });
      while (!settled) await io.advance(5);
      return done;
    },
    async currentKid() {
      const key = (await entra.keys()).find(({ signing }) => signing);
      if (key === undefined) throw new TypeError("the local Entra has no current key");
      return key.kid;
    },
    secondIsolate: () => createKeyWorld(world),
  };
  return world;
}

export const hourMs = 3_600_000;
