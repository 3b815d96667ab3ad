import { beforeAll, beforeEach, expect, it } from "vitest";
import { clients } from "../entra/directory/clients.ts";
import { api, tenants } from "../entra/directory/directory.ts";
import { personas } from "../entra/directory/personas.ts";
import { createEntra, type Entra } from "../entra/entra.ts";
import { downstream } from "../src/extensions/downstream/downstream.ts";
import { mcp } from "../src/extensions/mcp/mcp.ts";
import { revocations } from "../src/extensions/revocations/revocations.ts";
import { App, createGate, requireAuth } from "../src/index.ts";
import { environmentWith, plainLog } from "./support/environment.ts";
import { createFakeIo, type FakeIo } from "./support/io.ts";
import { reuseKeyPairs } from "./support/key-pairs.ts";

const hooks = requireAuth("access_as_user");
const member = `${tenants.contoso.id}/${personas.member.oid}`;
const url = "https://api.contoso.example";

let io: FakeIo;
let entra: Entra;
let token: string;
/** Requests to the origin and for tokens. */
let asked: string[];
let rules: readonly object[];
let ask: (path: string, init?: RequestInit) => Promise<Response>;

beforeAll(async () => {
  entra = createEntra({ nowSeconds: () => Math.floor(io.now() / 1_000), makeKeyPair: reuseKeyPairs() });
  io = createFakeIo();
  await entra.keys();
});

beforeEach(async () => {
  asked = [];
  rules = [];
  io = createFakeIo({
    fetch(request) {
      const { hostname, pathname } = new URL(request.url);
      if (hostname === "origin.contoso.example") {
        asked.push("origin");
        return new Response("{}", { headers: { "content-type": "application/json", "mcp-session-id": "s-1" } });
      }
      if (pathname.endsWith("/token")) asked.push("token");
      return entra.fetch(request);
    },
  });
  token = await entra.issueAccessToken({ persona: "member" });
  const routes = new App()
    .get("/token", { hooks }, async ({ state }) => {
      await state.downstream.onBehalfOf(["https://graph.microsoft.com/User.Read"]);
      return { status: 200 };
    })
    .register(mcp("/mcp", { hooks }));
  const gate = createGate({ routes, downstream: downstream(), revocations: revocations() }, io);
  const env = environmentWith({
    ...plainLog,
    ENTRA_CLIENT_ID: api.clientId,
    ENTRA_CLIENT_SECRET: clients.api.secret,
    ORIGIN_URL: "https://origin.contoso.example",
    GATE_URL: url,
    GATE_SESSION_KEY: `k1:${"A".repeat(43)}`,
    REVOCATIONS: {
      get: async () => new Response(JSON.stringify({ schema: "entra-gate/revocations/1", rules })).body,
    },
  });
  ask = async (path, init = {}) =>
    gate.fetch(
      new Request(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
      env,
    );
});

/** Adds the rule, and lets the list of the gate grow so old that the next request waits for the new one. */
function block(): void {
  rules = [{ user: member, block: true, until: "2099-01-01T00:00:00Z" }];
  io.jump(60_000);
}

it("a rule refuses a caller for whom the gate has a token for another API", async () => {
  expect((await ask("/token")).status).toBe(200);
  expect((await ask("/token")).status).toBe(200);
  expect(asked).toEqual(["token"]);
  block();
  expect((await ask("/token")).status).toBe(403);
  expect(asked).toEqual(["token"]);
});

it("a rule refuses the next message of an MCP session", async () => {
  const post = (method: string, headers: Record<string, string> = {}) =>
    ask("/mcp", {
      method: "POST",
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: {} }),
      headers: { "content-type": "application/json", ...headers },
    });
  const opened = await post("initialize");
  const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  expect([opened.status, (await post("tools/list", session)).status]).toEqual([200, 200]);
  expect(asked).toEqual(["origin", "origin"]);
  block();
  expect((await post("tools/list", session)).status).toBe(403);
  expect(asked).toEqual(["origin", "origin"]);
});
