import { beforeAll, describe, expect, it } from "vitest";
import { mcp } from "../src/extensions/mcp/mcp.ts";
import { App, origin, requireAuth } from "../src/index.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";

const hooks = requireAuth("access_as_user");
const urls = {
  GATE_URL: "https://api.contoso.example",
  ORIGIN_URL: "https://origin.contoso.example",
  ORIGIN_BILLING_URL: "https://billing.contoso.example",
  ORIGIN_ORDERS_URL: "https://orders.contoso.example",
};
const routes = new App()
  .get("/own", { hooks }, origin())
  .get("/zone", { hooks }, origin({ to: "zone" }))
  .get("/billing/public", { public: true }, origin({ to: "billing" }))
  .get("/billing/expiring", { hooks }, origin({ to: "billing", closeWebSocketAtExpiry: true }))
  .get("/billing/*", { hooks }, origin({ to: "billing" }))
  .group("/orders", { origin: "orders", hooks }, (orders) => void orders.get("/*", {}, origin()))
  .register(mcp("/mcp", { hooks }, origin({ to: "billing" })));
const cookie = "orders-session=1; theme=dark";
const set = ["billing-session=2; Path=/", "fixed=3"];
const both = [cookie, set];
const none = [null, []];

let token: string;
beforeAll(async () => {
  token = await bearer();
});

function withCookies(response: Response): Response {
  for (const each of set) response.headers.append("set-cookie", each);
  return response;
}

function openSocket(): Response {
  const { 0: webSocket, 1: end } = new WebSocketPair();
  end.accept();
  const headers = new Headers();
  for (const each of set) headers.append("set-cookie", each);
  return new Response(null, { status: 101, webSocket, headers });
}

function createWorld(changes: Record<string, unknown> = {}, options: object = {}) {
  const world = createGateWorld({ routes, ...options }, { ...urls, ...changes });
  world.answerWith(({ method, headers }) => {
    if (headers.get("upgrade") === "websocket") return openSocket();
    const message = { jsonrpc: "2.0", id: 1, result: {} };
    return withCookies(method === "POST" ? Response.json(message) : new Response("ok"));
  });
  /** The cookies that reached the origin, and those that reached the caller. */
  async function exchange(path: string, init: object = {}, more = {}) {
    world.forwarded.length = 0;
    const response = await world.ask(path, { token, headers: { cookie, ...more }, ...init });
    return [world.forwarded.at(-1)?.headers.get("cookie"), response.headers.getSetCookie()];
  }
  const dropped = () => world.io.lines.filter(({ event }) => event === "cookie_dropped");
  return { exchange, dropped };
}

const socket = { upgrade: "websocket" };
const post = { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }) };
const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };

describe("cookies", () => {
  it.each([
    ["/own", {}, both],
    ["/without-a-route", {}, both],
    ["/zone", {}, both],
    ["/zone", { ORIGIN_URL: undefined }, both],
    ["/own", { ORIGIN_COOKIES: "strip" }, none],
    ["/without-a-route", { ORIGIN_COOKIES: "strip" }, none],
    ["/zone", { ORIGIN_COOKIES: "strip" }, none],
    ["/zone", { ORIGIN_COOKIES: "strip", ORIGIN_URL: undefined }, none],
    ["/billing/1", {}, none],
    ["/billing/public", {}, none],
    ["/billing/1", { ORIGIN_COOKIES: "forward" }, none],
    ["/billing/1", { ORIGIN_ORDERS_COOKIES: "forward" }, none],
    ["/billing/1", { ORIGIN_BILLING_COOKIES: "strip" }, none],
    ["/billing/1", { ORIGIN_BILLING_COOKIES: "forward", ORIGIN_COOKIES: "strip" }, both],
    ["/billing/public", { ORIGIN_BILLING_COOKIES: "forward" }, both],
    ["/orders/1", {}, none],
    ["/orders/1", { ORIGIN_ORDERS_COOKIES: "forward" }, both],
  ])("of %s with %j", { tags: "origin-cookies" }, async (path, changes, expected) => {
    expect(await createWorld(changes).exchange(path)).toEqual(expected);
  });

  it.each(["/billing/1", "/billing/expiring"])("of the WebSocket at %s", async (path) => {
    expect(await createWorld().exchange(path, {}, socket)).toEqual(none);
    expect(await createWorld({ ORIGIN_BILLING_COOKIES: "forward" }).exchange(path, {}, socket)).toEqual(both);
  });

  it("of the WebSocket of the origin without a name", async () => {
    expect(await createWorld().exchange("/own", {}, socket)).toEqual(both);
    expect(await createWorld({ ORIGIN_COOKIES: "strip" }).exchange("/own", {}, socket)).toEqual(none);
  });

  it("of an MCP server behind a named origin", async () => {
    expect((await createWorld().exchange("/mcp", post, json))[0]).toBeNull();
    expect((await createWorld({ ORIGIN_BILLING_COOKIES: "forward" }).exchange("/mcp", post, json))[0]).toBe(cookie);
  });

  it("of the worker that answers in place of the origin without a name", async () => {
    const seen: (string | null)[] = [];
    const worker = {
      fetch({ headers }: Request) {
        seen.push(headers.get("cookie"));
        return withCookies(new Response("ok"));
      },
    };
    const inner = { ORIGIN_URL: undefined };
    const [, given] = await createWorld(inner, { worker }).exchange("/own");
    const [, kept] = await createWorld({ ...inner, ORIGIN_COOKIES: "strip" }, { worker }).exchange("/own");
    expect([seen, given, kept]).toEqual([[cookie, null], set, []]);
  });
});

describe("the first dropped cookie of each origin", () => {
  it("is logged, without name or value, and later ones are not", async () => {
    const { exchange, dropped } = createWorld({ ORIGIN_COOKIES: "strip" });
    for (const path of ["/billing/1", "/orders/1", "/own", "/billing/2", "/zone", "/orders/2"]) await exchange(path);
    const line = { event: "cookie_dropped", level: "info", sender: "caller" };
    expect(dropped()).toEqual([
      { ...line, origin: "billing", variable: "ORIGIN_BILLING_COOKIES" },
      { ...line, origin: "orders", variable: "ORIGIN_ORDERS_COOKIES" },
      { ...line, origin: undefined, variable: "ORIGIN_COOKIES" },
      { ...line, origin: "zone", variable: "ORIGIN_COOKIES" },
    ]);
  });

  it("can be one of the origin, also with a WebSocket", async () => {
    for (const more of [{}, socket]) {
      const { exchange, dropped } = createWorld();
      await exchange("/billing/1", { headers: more });
      expect(dropped()).toMatchObject([{ origin: "billing", sender: "origin" }]);
    }
  });

  it("is not one that is forwarded", async () => {
    const { exchange, dropped } = createWorld({ ORIGIN_BILLING_COOKIES: "forward" });
    for (const path of ["/billing/1", "/own", "/zone"]) await exchange(path);
    expect(dropped()).toEqual([]);
  });
});
