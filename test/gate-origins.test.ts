import { decodeJwt } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { clients } from "../entra/directory/clients.ts";
import { api, downstreamApi } from "../entra/directory/directory.ts";
import { downstream } from "../src/extensions/downstream/downstream.ts";
import { issuer } from "../src/extensions/issuer/issuer.ts";
import { mcp } from "../src/extensions/mcp/mcp.ts";
import { App, createEntraPlugin, createGate, type OriginFetch, origin, requireAuth } from "../src/index.ts";
import { environmentWith, plainLog, validEnvironment } from "./support/environment.ts";
import { bearer, createGateWorld, entra } from "./support/gate-world.ts";
import { createFakeIo } from "./support/io.ts";
import { makeIssuerKey } from "./support/issuer-keys.ts";

const hooks = requireAuth("access_as_user");
const { pem } = await makeIssuerKey("ES256");
const urls = {
  GATE_URL: "https://api.contoso.example",
  ORIGIN_URL: "https://origin.contoso.example/own",
  ORIGIN_BILLING_URL: "https://billing.contoso.example/base",
  ORIGIN_ORDERS_URL: "https://orders.contoso.example",
};
const asserting = { GATE_SIGNING_KEY: pem, ORIGIN_ASSERTION: "jwt" };

const createRoutes = () =>
  new App()
    .get("/own", { hooks }, origin())
    .get("/billing", { hooks }, origin({ to: "billing" }))
    .get("/zone", { hooks }, origin({ to: "zone" }))
    .group("/orders", { origin: "orders", hooks }, (orders) => {
      orders.get("/:id", {}, origin());
      orders.get("/billing", {}, origin({ to: "billing" }));
      orders.group("/inner", {}, (inner) => void inner.get("/a", {}, origin()));
    })
    .register(mcp("/mcp", { hooks }, origin({ to: "billing" })));

let token: string;
beforeAll(async () => {
  token = await bearer();
});

/** Where a request went, and what it had. */
const read = ({ url, headers }: Request) => {
  const assertion = headers.get("x-entra-assertion");
  return {
    url,
    token: headers.get("authorization"),
    aud: assertion === null ? undefined : decodeJwt(assertion).aud,
    oid: headers.has("x-ms-client-principal-id"),
  };
};

const scopesOf = (authorization: string | null) => decodeJwt(authorization?.slice("Bearer ".length) ?? "").scp;

describe("routes with named origins", () => {
  it("forward to their own origin, with its token and its audience", { tags: "named-origins" }, async () => {
    const world = createGateWorld(
      { routes: createRoutes(), issuer: issuer() },
      {
        ...{ ...urls, ...asserting },
        ORIGIN_AUTHORIZATION: "strip",
        ORIGIN_ORDERS_AUTHORIZATION: "strip",
        ORIGIN_ORDERS_AUDIENCE: "orders",
        ORIGIN_ZONE_AUDIENCE: "zone",
      },
    );
    const rows: Readonly<Record<string, object>> = {
      "/own": { url: "https://origin.contoso.example/own/own", token: null, aud: "https://origin.contoso.example" },
      "/nowhere?a=b": {
        ...{ url: "https://origin.contoso.example/own/nowhere?a=b", token: null },
        aud: "https://origin.contoso.example",
      },
      "/billing": {
        ...{ url: "https://billing.contoso.example/base/billing", token },
        aud: "https://billing.contoso.example",
      },
      "/orders/1": { url: "https://orders.contoso.example/orders/1", token: null, aud: "orders" },
      "/orders/inner/a": { url: "https://orders.contoso.example/orders/inner/a", token: null, aud: "orders" },
      "/orders/billing": {
        ...{ url: "https://billing.contoso.example/base/orders/billing", token },
        aud: "https://billing.contoso.example",
      },
      "/zone": { url: "https://api.contoso.example/zone", token, aud: "zone" },
    };
    for (const path of [...Object.keys(rows), ...Object.keys(rows)]) {
      world.forwarded.length = 0;
      expect((await world.ask(path, { token })).status, path).toBe(200);
      expect(world.forwarded.map(read), path).toEqual([{ oid: true, ...rows[path] }]);
    }
  });

  it("exchange the token for the scopes of their own origin alone", { tags: "named-origins" }, async () => {
    const world = createGateWorld(
      { routes: createRoutes(), downstream: downstream() },
      {
        ...urls,
        ENTRA_CLIENT_ID: api.clientId,
        ENTRA_CLIENT_SECRET: clients.api.secret,
        ORIGIN_AUTHORIZATION: "on-behalf-of",
        ORIGIN_SCOPE: `${downstreamApi.appIdUri}/inventory.read`,
        ORIGIN_BILLING_AUTHORIZATION: "on-behalf-of",
        ORIGIN_BILLING_SCOPE: "https://graph.microsoft.com/User.Read",
      },
    );
    const found: unknown[] = [];
    for (const path of ["/own", "/billing", "/orders/1", "/own", "/billing"]) {
      world.forwarded.length = 0;
      expect([(await world.ask(path, { token })).status, world.refusals()], path).toEqual([200, []]);
      found.push(world.forwarded.map(({ headers }) => scopesOf(headers.get("authorization"))));
    }
    expect(found).toEqual([["inventory.read"], ["User.Read"], [scopesOf(token)], ["inventory.read"], ["User.Read"]]);
  });

  it("move only a Location of their own origin", async () => {
    const world = createGateWorld({ routes: createRoutes() }, urls);
    world.answerWith(({ url }) => {
      const location = new URL(url).searchParams.get("to") ?? "";
      return new Response(null, { status: 302, headers: { location } });
    });
    const locate = async (path: string, to: string) =>
      (await world.ask(`${path}?to=${encodeURIComponent(to)}`, { token })).headers.get("location");
    expect(await locate("/billing", "https://billing.contoso.example/base/a")).toBe("https://api.contoso.example/a");
    expect(await locate("/billing", "https://orders.contoso.example/a")).toBe("https://orders.contoso.example/a");
    expect(await locate("/orders/1", "https://orders.contoso.example/a")).toBe("https://api.contoso.example/a");
    expect(await locate("/zone", "https://origin.contoso.example/own/a")).toBe("https://origin.contoso.example/own/a");
  });

  it("include those of MCP servers", async () => {
    const world = createGateWorld({ routes: createRoutes() }, urls);
    world.answerWith(() => Response.json({ jsonrpc: "2.0", id: 1, result: {} }));
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    await world.ask("/mcp", { method: "POST", token, headers, body });
    expect(world.forwarded.map(({ url }) => url)).toEqual(["https://billing.contoso.example/base/mcp"]);
  });

  it.each([
    [{ ORIGIN_BILLING_URL: undefined }, "ORIGIN_BILLING_URL or the binding ORIGIN_BILLING is required"],
    [
      { ORIGIN_STOCK_URL: "https://stock.example" },
      "ORIGIN_STOCK_URL is not a variable of entra-gate or of a route's origin",
    ],
  ])("refuse every request with the configuration %j", async (changes, fault) => {
    const world = createGateWorld({ routes: createRoutes() }, { ...urls, ...changes });
    expect((await world.ask("/own", { token })).status).toBe(500);
    expect(world.forwarded).toEqual([]);
    expect(world.io.lines).toContainEqual(
      expect.objectContaining({ event: "misconfigured", fault: expect.stringContaining(fault) }),
    );
  });

  it("go to their origin beside a worker in the same script, which gets the other requests", async () => {
    const worker = { fetch: () => new Response("inside") };
    const world = createGateWorld({ routes: createRoutes(), worker }, { ...urls, ORIGIN_URL: undefined });
    expect(await (await world.ask("/own", { token })).text()).toBe("inside");
    expect(await (await world.ask("/billing", { token })).text()).toContain(
      "https://billing.contoso.example/base/billing",
    );
  });
});

it("forwards to named origins alone, with assertions, from an app with its configuration in code", async () => {
  const forwarded: Request[] = [];
  const io = createFakeIo({
    fetch(request) {
      if (request.url.startsWith("https://login.")) return entra.fetch(request);
      forwarded.push(request);
      return new Response("origin");
    },
  });
  const { GATE_URL, ORIGIN_BILLING_URL } = urls;
  const config = { ...validEnvironment, ...plainLog, ...asserting, GATE_URL, ORIGIN_BILLING_URL };
  const app = new App().register(createEntraPlugin(config, { issuer: issuer() }, io));
  app.get("/billing", { hooks }, origin({ to: "billing" }));
  const answer = await app.request(`${GATE_URL}/billing`, { headers: { authorization: token } });
  expect([answer.status, io.lines.filter(({ event }) => event === "misconfigured")]).toEqual([200, []]);
  expect(forwarded.map((request) => read(request).aud)).toEqual(["https://billing.contoso.example"]);
});

describe("a binding beside a URL", () => {
  const bound = (fetch: (request: Request) => Promise<Response>) =>
    createGateWorld({ routes: createRoutes() }, { ...urls, ORIGIN_BILLING: { fetch } });

  it("carries the request, and the URL gives scheme, host and base path", async () => {
    const carried: Request[] = [];
    const world = bound(async (request) => {
      carried.push(request);
      return new Response(null, { status: 302, headers: { location: "https://billing.contoso.example/base/next" } });
    });
    const answer = await world.ask("/billing?a=b", { token });
    expect(carried.map(({ url }) => url)).toEqual(["https://billing.contoso.example/base/billing?a=b"]);
    expect(answer.headers.get("location")).toBe("https://api.contoso.example/next");
    expect(world.forwarded).toEqual([]);
  });

  it.each<[string, (request: Request) => unknown]>([
    [
      "throws",
      () => {
        throw new Error("connect ECONNREFUSED");
      },
    ],
    ["rejects", async () => Promise.reject(new Error("connect ECONNREFUSED"))],
    ["returns nothing", () => undefined],
    ["resolves to nothing", async () => undefined],
  ])("whose fetch %s means 502 with a reason", async (_, fetch) => {
    const world = bound(fetch as never);
    expect((await world.ask("/billing", { token })).status).toBe(502);
    expect(world.refusals()).toMatchObject([{ reason: "origin_unreachable", route: "GET /billing" }]);
  });

  it("whose fetch never settles means 504 at the deadline", async () => {
    let signal: AbortSignal | undefined;
    const world = bound((request) => {
      signal = request.signal;
      return new Promise(() => {});
    });
    const asked = world.ask("/billing", { token });
    await expect.poll(() => signal).toBeDefined();
    await world.io.advance(30_000);
    expect((await asked).status).toBe(504);
    expect(signal?.aborted).toBe(true);
    expect(world.refusals()).toMatchObject([{ reason: "origin_timeout" }]);
  });
});

describe("originFetch", () => {
  type Sent = readonly [url: string, redirect: string | undefined, oid: boolean, to: string | undefined];
  const sentThrough = (sent: Sent[]): OriginFetch => {
    return async (url, init, to) => {
      sent.push([url, init.redirect, new Headers(init.headers).has("x-ms-client-principal-id"), to]);
      return new Response("own");
    };
  };

  it("sends requests to each origin with its name, and none for keys or through a binding", async () => {
    const sent: Sent[] = [];
    const carried: string[] = [];
    const ORIGIN_ORDERS = {
      async fetch({ url }: Request) {
        carried.push(url);
        return new Response();
      },
    };
    const options = { routes: createRoutes(), originFetch: sentThrough(sent) };
    const world = createGateWorld(options, { ...urls, ORIGIN_ORDERS });
    for (const path of ["/own", "/billing", "/zone", "/orders/1"]) {
      expect((await world.ask(path, { token })).status, path).toBe(200);
    }
    expect(sent).toEqual([
      ["https://origin.contoso.example/own/own", "manual", true, undefined],
      ["https://billing.contoso.example/base/billing", "manual", true, "billing"],
      ["https://api.contoso.example/zone", "manual", true, "zone"],
    ]);
    expect(carried).toEqual(["https://orders.contoso.example/orders/1"]);
    expect(world.forwarded).toEqual([]);
  });

  it("sends those of an app that serves itself", async () => {
    const sent: Sent[] = [];
    const io = createFakeIo({ fetch: (request) => entra.fetch(request) });
    const { GATE_URL, ORIGIN_BILLING_URL } = urls;
    const config = { ...validEnvironment, ...plainLog, GATE_URL, ORIGIN_BILLING_URL };
    const app = new App().register(createEntraPlugin(config, { originFetch: sentThrough(sent) }, io));
    app.get("/billing", { hooks }, origin({ to: "billing" }));
    const answer = await app.request(`${GATE_URL}/billing`, { headers: { authorization: token } });
    expect([answer.status, sent.map(([, , , to]) => to)]).toEqual([200, ["billing"]]);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no certificate");
      },
    ],
    ["rejects", async () => Promise.reject(new Error("no certificate"))],
    ["returns nothing", () => undefined],
    ["resolves to nothing", async () => undefined],
  ])("that %s means 502 with a reason", async (_, originFetch) => {
    const world = createGateWorld({ routes: createRoutes(), originFetch: originFetch as OriginFetch }, urls);
    expect((await world.ask("/billing", { token })).status).toBe(502);
    expect(world.refusals()).toMatchObject([{ reason: "origin_unreachable", route: "GET /billing" }]);
  });

  it("that never settles means 504 at the deadline", async () => {
    let asked = false;
    const originFetch = () => {
      asked = true;
      return new Promise<never>(() => {});
    };
    const world = createGateWorld({ routes: createRoutes(), originFetch }, urls);
    const answer = world.ask("/billing", { token });
    await expect.poll(() => asked).toBe(true);
    await world.io.advance(30_000);
    expect((await answer).status).toBe(504);
    expect(world.refusals()).toMatchObject([{ reason: "origin_timeout" }]);
  });

  it("that followed a redirect means 502, because any server can have answered", async () => {
    const redirected = Object.defineProperty(new Response("elsewhere"), "redirected", { value: true });
    const world = createGateWorld({ routes: createRoutes(), originFetch: async () => redirected }, urls);
    const answer = await world.ask("/billing", { token });
    expect([answer.status, await answer.text()]).toEqual([502, expect.not.stringContaining("elsewhere")]);
    const cause = expect.stringContaining("followed a redirect");
    expect(world.refusals()).toMatchObject([{ reason: "origin_unreachable", cause }]);
  });

  it("that resolves to nothing after the deadline leaves no unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const listen = (event: PromiseRejectionEvent) => void unhandled.push(event.reason);
    addEventListener("unhandledrejection", listen);
    const late = Promise.withResolvers<Response>();
    let asked = false;
    const originFetch = () => {
      asked = true;
      return late.promise;
    };
    const world = createGateWorld({ routes: createRoutes(), originFetch }, urls);
    const answer = world.ask("/billing", { token });
    await expect.poll(() => asked).toBe(true);
    await world.io.advance(30_000);
    expect((await answer).status).toBe(504);
    late.resolve(undefined as unknown as Response);
    await new Promise((resolve) => setTimeout(resolve));
    removeEventListener("unhandledrejection", listen);
    expect(unhandled).toEqual([]);
  });
});

it("answers nothing without an origin for other requests, unless they are rejected", async () => {
  const routes = () => new App().get("/billing", { hooks }, origin({ to: "billing" }));
  const environment = environmentWith({ ...plainLog, ORIGIN_BILLING_URL: urls.ORIGIN_BILLING_URL });
  const statusOf = async (options: object, changes: object = {}) => {
    const io = createFakeIo({
      fetch: (request) => (request.url.startsWith("https://login.") ? entra.fetch(request) : new Response("origin")),
    });
    const request = new Request("https://api.contoso.example/billing", { headers: { authorization: token } });
    const answer = await createGate({ routes: routes(), ...options }, io).fetch(request, {
      ...environment,
      ...changes,
    });
    return answer.status;
  };
  expect(await statusOf({})).toBe(500);
  expect(await statusOf({ unlisted: "reject" })).toBe(200);
  expect(await statusOf({ unlisted: "reject" }, { GATE_MODE: "report" })).toBe(500);
  expect(await statusOf({}, { ORIGIN_URL: urls.ORIGIN_URL })).toBe(200);
});
