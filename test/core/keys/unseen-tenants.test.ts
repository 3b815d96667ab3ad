import { beforeEach, describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import * as limits from "../../../src/base/common/limits.ts";
import type { KeySource } from "../../../src/core/authority/authority.ts";
import { authorityOf, createKeyWorld, hourMs, type KeyWorld, openAuthority, source } from "../../support/key-world.ts";

let world: KeyWorld;
let kid: string;

beforeEach(async () => {
  world = createKeyWorld();
  kid = await world.currentKid();
});

const inventedId = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
const invented = (index: number) => openAuthority.keySource(inventedId(index), "2.0");
const unseen = openAuthority.keySource(tenants.fabrikam.id, "2.0");
const { unseenTenantFetches: size, unseenTenantFetchMilliseconds: intervalMs } = limits;

async function ask(of: KeySource, wanted = kid): Promise<string> {
  const result = await world.store.find(of, wanted, () => {});
  return result.ok ? "found" : result.error.reason;
}

/** The same as `ask`, and how long to wait. */
async function askWhen(of: KeySource): Promise<unknown> {
  const result = await world.store.find(of, kid, () => {});
  return result.ok ? "found" : result.error;
}

async function flood(count: number, from = 0): Promise<readonly string[]> {
  const asking = Promise.all(Array.from({ length: count }, (_, index) => ask(invented(from + index))));
  await world.io.advance(0);
  return asking;
}

const countOf = (answers: readonly string[], answer: string) => answers.filter((one) => one === answer).length;

describe("unseen tenants", () => {
  it("share one budget of fetches; above it they get `keys_unavailable` with Retry-After", async () => {
    const answers = await flood(400);
    expect(countOf(answers, "tenant_unknown")).toBe(size);
    expect(countOf(answers, "keys_unavailable")).toBe(400 - size);
    expect(world.fetches()).toBe(size);
    const late = askWhen(unseen);
    await world.io.advance(0);
    expect(await late).toEqual({ reason: "keys_unavailable", retryAfterSeconds: 1 });
    world.io.jump(intervalMs);
    const later = ask(unseen);
    await world.io.advance(0);
    expect(await later).toBe("found");
  });

  it("do not affect tenants of the configuration, cold or warm, or their refreshes", async () => {
    await flood(size + 1);
    expect(await world.findNow(kid)).toBe("found");
    world.io.jump(hourMs);
    await flood(size + 1, 1_000);
    const fetches = world.fetches();
    expect(await world.findNow(kid)).toBe("found");
    await world.io.advance(0);
    expect(world.fetches()).toBe(fetches + 1);
  });

  it("do not use the budget after one of their tokens was verified", async () => {
    const asking = ask(unseen);
    await world.io.advance(0);
    expect(await asking).toBe("found");
    world.store.establish(unseen);
    await flood(size);
    world.io.jump(hourMs);
    await flood(size, 1_000);
    const fetches = world.fetches();
    expect(await ask(unseen)).toBe("found");
    await world.io.advance(0);
    expect(world.fetches()).toBe(fetches + 1);
  });

  it("are listed once, and never displaced, after one of their tokens was verified", async () => {
    world.io.openCache = async () => undefined;
    const asking = ask(unseen);
    await world.io.advance(0);
    expect(await asking).toBe("found");
    world.store.establish(unseen);
    expect(world.store.describe()).toMatchObject([{ source: unseen.id, established: true, keys: 4 }]);
    await flood(size + limits.unseenTenants);
    expect(world.store.describe()[0]).toMatchObject({ source: unseen.id, established: true, keys: 4 });
  });

  it("are marked as seen only if they have an entry, and configured tenants are never marked", async () => {
    await world.findNow(kid);
    const states = world.store.describe();
    world.store.establish(source);
    world.store.establish(unseen);
    expect(world.store.describe()).toEqual(states);
  });

  it("wait longer after each failure, even if the budget was empty in between", async () => {
    world.io.setRandom(0.5);
    world.entra.setOutage({ kind: "down" });
    const fail = async () => {
      const asking = askWhen(unseen);
      await world.io.advance(0);
      return asking;
    };
    const { keyBackoffMilliseconds: backoffMs } = limits;
    const failure = (waitMs: number) => ({ reason: "keys_unavailable", retryAfterSeconds: waitMs / 1_000 });
    expect(await fail()).toEqual(failure(backoffMs));
    world.io.jump(backoffMs);
    expect(await fail()).toEqual(failure(2 * backoffMs));
    world.io.jump(2 * backoffMs);
    await flood(size);
    expect(await fail()).toEqual(failure(intervalMs));
    const state = world.store.describe().find(({ source }) => source === unseen.id);
    expect(state).toMatchObject({ lastFailure: "fetch limit for unseen tenants reached", nextAttemptSeconds: 1 });
    world.io.jump(intervalMs);
    expect(await fail()).toEqual(failure(4 * backoffMs));
  });

  it("use the budget for refreshes too until one of their tokens was verified, and keep their keys", async () => {
    const asking = ask(unseen);
    await world.io.advance(0);
    expect(await asking).toBe("found");
    world.io.jump(hourMs);
    await flood(size);
    const fetches = world.fetches();
    expect(await ask(unseen)).toBe("found");
    await world.io.advance(0);
    expect(world.fetches()).toBe(fetches);
    expect(await ask(unseen)).toBe("found");
  });

  it("cause no fetch if the data center's cache has their keys", async () => {
    const other = world.secondIsolate();
    const asking = other.store.find(unseen, kid, () => {});
    await world.io.advance(0);
    expect(await asking).toMatchObject({ ok: true });
    await flood(size);
    const again = ask(unseen);
    await world.io.advance(0);
    expect(await again).toBe("found");
    expect(world.fetches()).toBe(size + 1);
  });

  it("never displace a good set, and are bounded in number", { tags: "invented-tenants" }, async () => {
    world.io.openCache = async () => undefined;
    await world.findNow(kid);
    world.io.jump(1);
    await flood(limits.keySets + 1);
    const states = world.store.describe();
    expect(states.filter(({ established }) => established).map((state) => state.source)).toEqual([source.id]);
    expect(states).toHaveLength(limits.unseenTenants + 1);
    // The first ones were fetched and do not exist. The last ones remain.
    const last = Array.from({ length: limits.unseenTenants }, (_, index) => invented(limits.keySets - index).id);
    expect(new Set(states.map((state) => state.source))).toEqual(new Set([source.id, ...last]));
    const fetches = world.fetches();
    expect(await world.findNow(kid)).toBe("found");
    expect(world.fetches()).toBe(fetches);
  });

  it("differ from tenants that the configuration names", () => {
    expect(openAuthority.keySource(tenants.contoso.id, "2.0").named).toBe(false);
    const authority = authorityOf(tenants.contoso.id);
    expect(authority.keySource(tenants.contoso.id, "1.0").named).toBe(true);
    expect(authority.keySource(tenants.fabrikam.id, "2.0").named).toBe(false);
  });
});

describe("a tenant that one configuration of an isolate names, and another does not", () => {
  const { id } = tenants.fabrikam;
  const named = authorityOf(id).keySource(id, "2.0");
  const answer = async (of: KeySource) => {
    const asking = ask(of);
    await world.io.advance(0);
    return asking;
  };

  it("does not use the budget of unseen tenants, even if the other configuration asked first", async () => {
    world.io.openCache = async () => undefined;
    await flood(size);
    expect(await answer(unseen)).toBe("keys_unavailable");
    expect(await answer(named)).toBe("found");
    expect(await answer(unseen)).toBe("found");
    expect(world.store.describe().filter(({ source }) => source === unseen.id)).toMatchObject([{ established: true }]);
  });

  it("is not displaced by unseen tenants", async () => {
    world.io.openCache = async () => undefined;
    expect(await answer(unseen)).toBe("found");
    expect(await answer(named)).toBe("found");
    await flood(limits.unseenTenants + size);
    const fetches = world.fetches();
    expect(await answer(named)).toBe("found");
    expect(world.fetches()).toBe(fetches);
  });

  it("does not wait after a failure that an unseen tenant caused", async () => {
    world.entra.setOutage({ kind: "down" });
    expect(await answer(unseen)).toBe("keys_unavailable");
    world.entra.setOutage({ kind: "ok" });
    expect(await answer(named)).toBe("found");
  });

  it("is not unknown because an unseen tenant was", async () => {
    const tenant = inventedId(1);
    expect(await answer(invented(1))).toBe("tenant_unknown");
    world.io.setFetch((request) => world.entra.fetch(new Request(request.url.replace(tenant, id))));
    expect(await answer(authorityOf(tenant).keySource(tenant, "2.0"))).toBe("found");
  });
});

describe("an unknown tenant", () => {
  it("is cached: it causes one fetch in five minutes", async () => {
    expect(await flood(1)).toEqual(["tenant_unknown"]);
    expect(world.store.describe()).toEqual([]);
    world.io.jump(limits.unknownTenantMilliseconds - 1);
    expect(world.store.find(invented(0), kid, () => {})).toEqual({ ok: false, error: { reason: "tenant_unknown" } });
    expect(world.fetches()).toBe(1);
    world.io.jump(1);
    expect(await flood(1)).toEqual(["tenant_unknown"]);
    expect(world.fetches()).toBe(2);
  });

  it("is recognized only by the authority's error; other failures do not prove it", async () => {
    for (const kind of ["down", "error", "not-found", "html", "empty"] as const) {
      world.entra.setOutage({ kind });
      const asking = ask(unseen);
      await world.io.advance(0);
      expect(await asking).toBe("keys_unavailable");
      world.io.jump(hourMs);
    }
  });

  it("keeps its good set if the tenant was known before, and is requested again if it is configured", async () => {
    const named = authorityOf(inventedId(1)).keySource(inventedId(1), "2.0");
    const asking = ask(named);
    await world.io.advance(0);
    expect(await asking).toBe("tenant_unknown");
    expect(world.store.describe()).toMatchObject([{ established: true, keys: 0, lastFailure: "status 400" }]);
    world.io.jump(2 * limits.keyBackoffMilliseconds);
    const again = ask(named);
    await world.io.advance(0);
    expect(await again).toBe("tenant_unknown");
    expect(world.fetches()).toBe(2);

    await world.findNow(kid);
    world.io.setFetch(() => Response.json({ error: "invalid_tenant" }, { status: 400 }));
    world.io.jump(hourMs);
    expect(await world.findNow(kid)).toBe("found");
    await world.io.advance(0);
    expect(await world.findNow(kid)).toBe("found");
  });

  it("keeps its live set if the look-up of another key ID gets this answer", async () => {
    const answer = async (wanted?: string) => {
      const asking = ask(unseen, wanted);
      await world.io.advance(0);
      return asking;
    };
    expect(await answer()).toBe("found");
    world.io.setFetch(() => Response.json({ error: "invalid_tenant" }, { status: 400 }));
    expect(await answer("another")).toBe("keys_unavailable");
    expect(await answer()).toBe("found");
  });
});
