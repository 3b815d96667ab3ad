import { beforeEach, describe, expect, it } from "vitest";
import type { LimiterKey, LimiterUse } from "../src/core/config/rate-limiter.ts";
import { facade, mcp } from "../src/extensions/mcp/mcp.ts";
import { App, globalStore, rateLimit, requireAuth } from "../src/index.ts";
import { bearer, createGateWorld, entra, type GateWorld } from "./support/gate-world.ts";

const address = "203.0.113.7";
const other = "198.51.100.9";
const handler = () => ({ status: 200 });
const window = { windowMs: 60_000, max: 100 };
const form = { "content-type": "application/x-www-form-urlencoded" };
const clientId = "c11e0000-0000-4000-8000-000000000026";

/** How often each key was counted. */
let counts: Map<string, number>;
let world: GateWorld;
let token: string;

/** A binding that allows 20. */
const RATE_LIMITER = {
  async limit({ key }: { key: string }) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { success: (counts.get(key) ?? 0) <= 20 };
  },
};

function createWorld(): GateWorld {
  const routes = new App()
    .register(
      mcp("/mcp", {
        hooks: requireAuth("access_as_user"),
        authorizationServer: facade({
          clientId,
          redirectUris: ["http://localhost/callback"],
          callback: "/signed-in",
        }),
      }),
    )
    .get("/free", { public: true, hooks: rateLimit(window) }, handler)
    .get("/mine", { hooks: [requireAuth("access_as_user"), rateLimit(window)] }, handler)
    .get(
      "/by-key",
      { public: true, hooks: rateLimit({ ...window, key: ({ request }) => request.headers.get("x-api-key") ?? "" }) },
      handler,
    );
  const GATE_URL = "https://api.contoso.example";
  const GATE_SESSION_KEY = `k1:${"A".repeat(43)}`;
  const created = createGateWorld({ routes }, { GATE_URL, GATE_SESSION_KEY, RATE_LIMITER });
  created.io.setFetch((request) =>
    request.method === "GET" ? entra.fetch(request) : Response.json({ error: "invalid_grant" }, { status: 400 }),
  );
  return created;
}

/** @returns the status, when everything is counted */
async function ask(path: string, from: string, init: { token?: string; key?: string; body?: string } = {}) {
  const { token, key, body } = init;
  const headers = {
    "cf-connecting-ip": from,
    ...(key !== undefined && { "x-api-key": key }),
    ...(body !== undefined && form),
  };
  const method = body === undefined ? "GET" : "POST";
  const { status } = await world.ask(path, { method, headers, ...(token && { token }), ...(body && { body }) });
  await Promise.all(world.background);
  return status;
}

/** One request for each use of the binding. The types require a row for each. */
const uses: Record<LimiterUse, (from: string) => Promise<number>> = {
  failure: (from) => ask("/orders", from, { token: "Bearer a.b.c" }),
  facade: (from) => ask("/register", from, { body: "" }),
  "facade-step": (from) => ask("/signed-in?state=a", from),
  "facade-failure": (from) => {
    const refresh = { grant_type: "refresh_token", client_id: clientId, refresh_token: "r" };
    return ask("/token", from, { body: new URLSearchParams(refresh).toString() });
  },
  address: (from) => ask("/free", from),
  principal: (from) => ask("/mine", from, { token }),
  key: (from) => ask("/by-key", from, { key: "anything" }),
};
const names = Object.keys(uses) as LimiterUse[];

beforeEach(async () => {
  token = await bearer();
  counts = new Map();
  world = createWorld();
});

describe("each use of RATE_LIMITER", () => {
  it.each(names)("counts with one key, whose first word is its own: %s", { tags: "limit-keys" }, async (use) => {
    await uses[use](address);
    expect([...counts.keys()].map((key) => key.split(" ")[0])).toEqual([use]);
  });

  it.each(names.filter((use) => use !== "key"))(
    "admits a caller whose key of %s others sent as a custom key",
    { tags: "limit-keys" },
    async (use) => {
      const usual = await uses[use](address);
      const [key = ""] = counts.keys();
      const statuses = [];
      for (let times = 0; times < 25; times += 1) statuses.push(await ask("/by-key", other, { key }));
      expect(statuses).toEqual([...Array(20).fill(200), ...Array(5).fill(429)]);
      expect([await uses[use](address), await uses[use](address)]).toEqual([usual, usual]);
      expect(counts.get(key)).toBe(3);
    },
  );
});

describe("the objects of globalStore", () => {
  /** The name of the object that counts. */
  async function nameOf(store: string, key: LimiterKey): Promise<unknown> {
    const names: string[] = [];
    const fetch = async () => Response.json({ count: 1, resetMs: 5 });
    const GLOBAL_LIMITER = { idFromName: (name: string) => names.push(name), get: () => ({ fetch }) };
    await globalStore(store).hit(key, 60_000, { max: 10, env: { GLOBAL_LIMITER } });
    return names[0];
  }

  it("are others for each pair of name and key", { tags: "limit-keys" }, async () => {
    expect(await nameOf("exports", "key key a")).not.toBe(await nameOf("exports key", "key a"));
    expect(await nameOf("exports", 'key a","b')).not.toBe(await nameOf('exports","key a', "key b"));
  });
});
