import { beforeEach, describe, expect, it } from "vitest";
import { createEntra, type Entra } from "../../../entra/entra.ts";
import { reuseKeyPairs } from "../../support/key-pairs.ts";

const origin = "https://login.microsoftonline.com";
const keysPath = "/contoso/discovery/v2.0/keys";
const metadataPath = "/contoso/v2.0/.well-known/openid-configuration";

let entra: Entra;
let sleeps: number[];

beforeEach(() => {
  sleeps = [];
  entra = createEntra({
    makeKeyPair: reuseKeyPairs(),
    sleepMs: async (delayMs) => {
      sleeps.push(delayMs);
    },
  });
});

function get(path: string): Promise<Response> {
  return entra.fetch(new Request(origin + path));
}

describe.each([keysPath, metadataPath])("an outage of %s", (path) => {
  it.each([
    ["down", 503],
    ["error", 500],
    ["not-found", 404],
    ["throttled", 429],
  ] as const)("%s is %i", async (kind, status) => {
    entra.setOutage({ kind });
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get("Retry-After")).toBe(kind === "throttled" ? "30" : null);
  });

  it("slow answers correctly after a wait", async () => {
    entra.setOutage({ kind: "slow", delayMs: 4000 });
    expect(await (await get(path)).json()).toBeTypeOf("object");
    expect(sleeps).toEqual([4000]);
  });

  it("drip never ends", async () => {
    entra.setOutage({ kind: "drip" });
    const reader = (await get(path)).body!.getReader();
    for (let count = 0; count < 20; count += 1) expect((await reader.read()).value).toHaveLength(1);
    await reader.cancel();
    expect(sleeps.length).toBeGreaterThanOrEqual(20);
  });

  it("html is not JSON with status 200", async () => {
    entra.setOutage({ kind: "html" });
    const response = await get(path);
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "text/html; charset=utf-8"]);
  });

  it("truncated is half of a document", async () => {
    const whole = await (await get(path)).text();
    entra.setOutage({ kind: "truncated" });
    expect(await (await get(path)).text()).toBe(whole.slice(0, Math.floor(whole.length / 2)));
  });

  it("oversize is the valid document, larger than 512 KiB", async () => {
    const good = (await (await get(path)).json()) as object;
    entra.setOutage({ kind: "oversize" });
    const text = await (await get(path)).text();
    expect(text.length).toBeGreaterThan(512 * 1024);
    expect(JSON.parse(text)).toMatchObject(good);
  });

  it("redirect leads to a valid copy, and counts clients that follow it", async () => {
    entra.setOutage({ kind: "redirect" });
    const response = await get(path);
    expect(response.status).toBe(302);
    const followed = await entra.fetch(new Request(response.headers.get("Location")!));
    expect(followed.status).toBe(200);
    expect(entra.counts().total.moved).toBe(1);
  });

  it("lasts for a number of requests", async () => {
    entra.setOutage({ kind: "down", requests: 2 });
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await get(path)).status);
    expect(statuses).toEqual([503, 503, 200, 200]);
  });
});

describe("an outage of the keys alone", () => {
  it("too-many-keys has more than 1,000 keys, the valid ones included, in less than 512 KiB", async () => {
    const good = (await (await get(keysPath)).json()) as { keys: readonly unknown[] };
    entra.setOutage({ kind: "too-many-keys" });
    const text = await (await get(keysPath)).text();
    const { keys } = JSON.parse(text);
    expect(keys.length).toBeGreaterThan(1000);
    expect(keys.slice(-good.keys.length)).toEqual(good.keys);
    expect(text.length).toBeLessThan(512 * 1024);
  });

  it("empty is a set without keys", async () => {
    entra.setOutage({ kind: "empty" });
    expect(await (await get(keysPath)).json()).toEqual({ keys: [] });
  });

  it("does not affect discovery", async () => {
    entra.setOutage({ kind: "down", endpoint: "keys" });
    expect([(await get(metadataPath)).status, (await get(keysPath)).status]).toEqual([200, 503]);
    entra.setOutage({ kind: "ok" });
    expect((await get(keysPath)).status).toBe(200);
  });

  it("counts the affected requests", async () => {
    entra.setOutage({ kind: "down" });
    await get(keysPath);
    expect(entra.counts().total.keys).toBe(1);
  });

  it("refuses an unknown kind", () => {
    expect(() => entra.setOutage({ kind: "hail" as "ok" })).toThrow(RangeError);
  });
});
