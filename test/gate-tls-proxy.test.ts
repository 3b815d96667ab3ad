import { Hono } from "hono";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { createEntraPlugin as createDaloyPlugin } from "../src/adapters/daloy.ts";
import { entra as createHonoGuard, type EntraEnv } from "../src/adapters/hono.ts";
import { requestContextOf } from "../src/app/pipeline/context.ts";
import { hashText } from "../src/base/common/digest.ts";
import { issuer } from "../src/extensions/issuer/issuer.ts";
import { readClientAddress } from "../src/extensions/mcp/facade/client-address.ts";
import { mcp } from "../src/extensions/mcp/mcp.ts";
import { App, createEntraPlugin, createGate, origin, rateLimit, requireAuth } from "../src/index.ts";
import { environmentWith } from "./support/environment.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";
import { createFakeIo } from "./support/io.ts";
import { makeIssuerKey } from "./support/issuer-keys.ts";
import { leaveWorkers } from "./support/runtime.ts";

const GATE_URL = "https://api.contoso.example";
const proxied = { GATE_URL, GATE_TLS_PROXY: "true", ORIGIN_URL: "https://origin.contoso.example" };
const { ORIGIN_URL: _, ...inCode } = environmentWith(proxied);
const address = "http://api.contoso.example";
const fromProxy = { host: "api.contoso.example", "x-forwarded-proto": "https" };
const token = await bearer({ scopes: ["access_as_user"] });

describe("on Cloudflare Workers, GATE_TLS_PROXY refuses every request, and the log names it", () => {
  const io = createFakeIo();
  const environment = environmentWith(proxied);
  const honoApp = new Hono<EntraEnv>().use(createHonoGuard(undefined, {}, io)).get("/orders", (c) => c.text("in"));
  const app = new App({}, io).register(createEntraPlugin(undefined, {}, io));
  app.get("/orders", { public: true }, () => ({ status: 200 }));
  const gate = createGate({}, io);

  it.each<[string, (request: Request) => Response | Promise<Response>]>([
    ["a gate", (request) => gate.fetch(request, environment)],
    ["an App", (request) => app.fetch(request, environment)],
    ["a Hono app", (request) => honoApp.fetch(request, environment)],
  ])("%s", async (_name, ask) => {
    io.lines.length = 0;
    const headers = { ...fromProxy, authorization: token };
    expect((await ask(new Request(`${GATE_URL}/orders`, { headers }))).status).toBe(500);
    expect(io.lines).toContainEqual({
      event: "misconfigured",
      level: "error",
      fault:
        "GATE_TLS_PROXY cannot be used on Cloudflare Workers, where callers reach the gate directly. Example: GATE_TLS_PROXY=false",
    });
  });

  it("also if it is in code", () => {
    expect(() => createHonoGuard(inCode)).toThrow("entra: GATE_TLS_PROXY cannot be used on Cloudflare Workers");
    expect(() => createEntraPlugin(environmentWith(proxied))).toThrow(
      "createEntraPlugin: GATE_TLS_PROXY cannot be used",
    );
  });
});

describe("outside Workers, behind a proxy that ends TLS", () => {
  beforeEach(() => leaveWorkers());

  it("DaloyJS has its own option", () => {
    expect(() => createDaloyPlugin(inCode)).toThrow(
      "createEntraPlugin: GATE_TLS_PROXY is not used with DaloyJS, which has its own option. Example: new App({ trustProxy: true })",
    );
  });

  it("Hono and an App take it in code", async () => {
    expect(() => createEntraPlugin(environmentWith(proxied))).not.toThrow();
    const app = new Hono<EntraEnv>().use(createHonoGuard(inCode)).get("/orders", (c) => c.text("in"));
    const statuses = [];
    for (const headers of [fromProxy, { host: fromProxy.host }, { ...fromProxy, host: "evil.example" }])
      statuses.push((await app.fetch(new Request(`http://${headers.host}/orders`, { headers }))).status);
    expect(statuses).toEqual([401, 403, 421]);
  });

  it("the assertion, its documents and X-Forwarded-Proto have the address of GATE_URL", async () => {
    const { pem } = await makeIssuerKey("ES256");
    const keys = { GATE_SIGNING_KEY: pem, ORIGIN_ASSERTION: "jwt" };
    const world = createGateWorld({ issuer: issuer() }, { ...proxied, ...keys });
    const headers = { ...fromProxy, "x-forwarded-host": "evil.example", forwarded: "host=evil.example;proto=http" };
    await world.ask(`${address}/orders?a=b`, { token, headers });
    const sent = world.forwarded[0]?.headers;
    expect([sent?.get("x-forwarded-proto"), sent?.get("x-forwarded-host")]).toEqual(["https", "api.contoso.example"]);
    const claims = decodeJwt(sent?.get("x-entra-assertion") ?? "");
    expect([claims.iss, claims.target]).toEqual([
      `${GATE_URL}/.well-known/entra-gate/origin`,
      await hashText("/orders?a=b"),
    ]);
    const document = await world.ask(`${address}/.well-known/entra-gate/origin/jwks.json`, { headers });
    expect(document.status).toBe(200);
  });

  it("a service gets the address of GATE_URL", async () => {
    const requests: Request[] = [];
    const service = {
      async fetch(request: Request) {
        requests.push(request);
        return new Response("ok");
      },
    };
    const world = createGateWorld({}, { ...proxied, ORIGIN_URL: undefined, ORIGIN: service });
    await world.ask(`${address}/orders?a=b`, { token, headers: fromProxy });
    expect(requests.map(({ url }) => url)).toEqual([`${GATE_URL}/orders?a=b`]);
  });

  it("a page of GATE_URL is the gate's own for an MCP server, and one over plain HTTP is not", async () => {
    const routes = new App().register(mcp("/mcp", { hooks: requireAuth("access_as_user") }));
    const world = createGateWorld({ routes, unlisted: "reject" }, proxied);
    const ask = async (page: string) => {
      const headers = { ...fromProxy, origin: page, "content-type": "application/json" };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
      return (await world.ask(`${address}/mcp`, { method: "POST", token, headers, body })).status;
    };
    expect([await ask(GATE_URL), await ask(address), await ask("https://evil.example")]).toEqual([200, 403, 403]);
  });

  it("a Location of the origin becomes one of GATE_URL", async () => {
    const world = createGateWorld({}, proxied);
    const headers = { location: "https://origin.contoso.example/next" };
    world.answerWith(() => new Response(null, { status: 302, headers }));
    const answer = await world.ask(`${address}/orders`, { token, headers: fromProxy });
    expect(answer.headers.get("location")).toBe(`${GATE_URL}/next`);
  });

  it("a host on loopback needs the header too", async () => {
    const routes = new App().get("/orders", { public: true }, origin());
    const service = { fetch: async () => new Response("ok") };
    const changes = { ...proxied, GATE_URL: "https://localhost", ORIGIN_URL: undefined, ORIGIN: service };
    const world = createGateWorld({ routes }, changes);
    const statuses = [];
    for (const headers of [{ host: "localhost" }, { ...fromProxy, host: "localhost" }])
      statuses.push((await world.ask("http://localhost/orders", { headers })).status);
    expect(statuses).toEqual([403, 200]);
  });

  it("a guarded health page is no probe, and a public one is", async () => {
    const health = "/.well-known/entra-gate/health";
    const ask = async (access: string, headers: Record<string, string>) => {
      const world = createGateWorld({}, { ...proxied, GATE_HEALTH: access });
      return (await world.ask(`http://${headers.host}${health}`, { token, headers })).status;
    };
    const byAddress = { host: "10.0.0.7" };
    const inPlainHttp = { host: fromProxy.host };
    expect([await ask("public", byAddress), await ask("public", inPlainHttp)]).toEqual([200, 200]);
    expect([await ask("guarded", byAddress), await ask("guarded", inPlainHttp)]).toEqual([421, 403]);
    expect([await ask("guarded", fromProxy), await ask("off", byAddress)]).toEqual([200, 421]);
  });

  it("rateLimit and the facade count by the client's address too", async () => {
    const hooks = rateLimit({ windowMs: 60_000, max: 1 });
    const routes = new App().get("/limited", { public: true, hooks }, (context) => ({
      status: 200,
      body: readClientAddress(requestContextOf(context)),
    }));
    const world = createGateWorld({ routes }, proxied);
    const ask = async (client: string) => {
      const headers = {
        ...fromProxy,
        "x-forwarded-for": `198.51.100.7, ${client}`,
        "cf-connecting-ip": "198.51.100.8",
      };
      const response = await world.ask(`${address}/limited`, { headers });
      return response.status === 200 ? response.json() : response.status;
    };
    expect([await ask("192.0.2.1"), await ask("192.0.2.1"), await ask("192.0.2.2")]).toEqual([
      "192.0.2.1",
      429,
      "192.0.2.2",
    ]);
  });

  it("refused tokens count by the client's address, with the hops of the configuration", async () => {
    const counts = new Map<string, number>();
    const RATE_LIMITER = {
      async limit({ key }: { key: string }) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
        return { success: counts.get(key) === 1 };
      },
    };
    const world = createGateWorld({}, { ...proxied, GATE_TLS_PROXY_HOPS: "2", RATE_LIMITER });
    const ask = async (client: string) => {
      const headers = { ...fromProxy, "x-forwarded-for": `198.51.100.7, ${client}, 10.0.0.1` };
      const { status } = await world.ask(`${address}/orders`, { token: "Bearer a.b.c", headers });
      await Promise.all(world.background);
      return status;
    };
    const statuses = [];
    for (const client of ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "unknown", "unknown", "unknown"])
      statuses.push(await ask(client));
    expect(statuses).toEqual([401, 401, 429, 401, 401, 401, 401]);
    expect([...counts.keys()]).toEqual(["failure 192.0.2.1", "failure 192.0.2.2"]);
  });
});
