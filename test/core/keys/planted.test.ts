import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import { createEntra } from "../../../entra/entra.ts";
import * as limits from "../../../src/base/common/limits.ts";
import { createGate } from "../../../src/gate.ts";
import { environmentWith, plainLog } from "../../support/environment.ts";
import { bearer, entra } from "../../support/gate-world.ts";
import { createFakeIo, type FakeIo, frozenNowMs, frozenNowSeconds } from "../../support/io.ts";

// SECURITY.md, "Whoever writes to the gate's cache": the entry of a cache is believed as the authority's keys are.
const cacheName = "entra-gate-planted";
const keysUrl = `https://login.microsoftonline.com/${tenants.contoso.id}/discovery/v2.0/keys`;
const entryUrl = `https://entra-gate.invalid/keys/1/${encodeURIComponent(keysUrl)}`;
/** Someone with keys of their own, who writes tokens with the issuer of Contoso. */
const attacker = createEntra({ nowSeconds: () => frozenNowSeconds });
const environment = environmentWith({
  GATE_URL: "https://api.contoso.example",
  ORIGIN_URL: "https://origin.contoso.example",
  ...plainLog,
});

let io: FakeIo;
let asked: string[];
let forged: string;

beforeEach(async () => {
  forged = `Bearer ${await attacker.issueAccessToken()}`;
  asked = [];
  io = createFakeIo({
    cache: () => caches.open(cacheName),
    fetch(request) {
      if (!request.url.startsWith("https://login.microsoftonline.com/")) return new Response("origin");
      asked.push(request.url);
      return entra.fetch(request);
    },
  });
});

afterEach(async () => {
  await (await caches.open(cacheName)).delete(entryUrl);
});

/** Writes an entry as another program with access to the same cache can. */
async function plant(changes: object = {}): Promise<void> {
  const text = await (await attacker.fetch(new Request(keysUrl))).text();
  const rule = { instanceName: "microsoftonline.com", tenantSpecific: true };
  const entry = { id: keysUrl, fetchedAtMs: frozenNowMs, rule, text, ...changes };
  const response = Response.json(entry, { headers: { "cache-control": "max-age=86400" } });
  await (await caches.open(cacheName)).put(entryUrl, response);
}

/** A gate in a new isolate. */
function start() {
  const gate = createGate({}, io);
  return async (authorization: string) => {
    const background: Promise<unknown>[] = [];
    const request = new Request("https://api.contoso.example/orders", { headers: { authorization } });
    const { status } = await gate.fetch(request, environment, { waitUntil: (work) => void background.push(work) });
    await Promise.all(background);
    return status;
  };
}

describe("a planted entry of the cache", () => {
  it("lets its author be any caller of the tenant, until the gate asks the authority", async () => {
    await plant();
    const ask = start();
    expect([await ask(forged), asked]).toEqual([200, []]);
    io.jump(limits.keySetRefreshMilliseconds);
    // The first request starts the renewal and does not wait for it.
    await ask(forged);
    expect(asked).toEqual([keysUrl]);
    expect([await ask(forged), await ask(await bearer())]).toEqual([401, 200]);
  });

  it("ends with the first token of a key that is not in it", async () => {
    await plant();
    const ask = start();
    expect([await ask(forged), await ask(await bearer()), await ask(forged)]).toEqual([200, 200, 401]);
  });

  it.each([
    ["for another source", { id: `${keysUrl}x` }],
    ["that is a day old", { fetchedAtMs: frozenNowMs - limits.keySetLifetimeMilliseconds }],
    ["of the future", { fetchedAtMs: frozenNowMs + 1 }],
  ])("does nothing %s", async (_, changes) => {
    await plant(changes);
    expect([await start()(forged), asked]).toEqual([401, [keysUrl]]);
  });

  it("does nothing in an isolate that knows the authority's keys", async () => {
    const ask = start();
    expect(await ask(await bearer())).toBe(200);
    await plant();
    expect(await ask(forged)).toBe(401);
  });
});
