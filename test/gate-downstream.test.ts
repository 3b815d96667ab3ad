import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clients } from "../entra/directory/clients.ts";
import { api } from "../entra/directory/directory.ts";
import { personas } from "../entra/directory/personas.ts";
import { createEntra, type Entra } from "../entra/entra.ts";
import type { AccessTokenOptions } from "../entra/tokens/issuer.ts";
import * as limits from "../src/base/common/limits.ts";
import { downstream } from "../src/extensions/downstream/downstream.ts";
import {
  App,
  createEntraPlugin,
  createGate,
  type DownstreamError,
  type HookContext,
  origin,
  requireAuth,
} from "../src/index.ts";
import { environmentWith, plainLog } from "./support/environment.ts";
import { createFakeIo, type FakeIo, frozenNowMs } from "./support/io.ts";
import { reuseKeyPairs } from "./support/key-pairs.ts";

const graph = "https://graph.microsoft.com";
const scopes = [`${graph}/User.Read`];
const hourMs = 3_600_000;
const middleware = [requireAuth("access_as_user")] as const;

let io: FakeIo;
let entra: Entra;
let background: Promise<unknown>[];
/** Requested URLs, except those of keys. */
let asked: string[];
let answerElsewhere: (request: Request) => Response | Promise<Response>;
const environment = environmentWith({
  ...plainLog,
  ENTRA_CLIENT_ID: api.clientId,
  ENTRA_CLIENT_SECRET: clients.api.secret,
  ORIGIN_URL: "https://origin.contoso.example",
});

const routes = new App()
  .get("/me", { middleware }, ({ state }) => state.downstreamFetch(`${graph}/v1.0/me`, { scopes }))
  .get("/messages", { middleware }, ({ state }) => state.downstreamFetch(`${graph}/v1.0/me/messages`, { scopes }))
  .get("/token", { middleware }, async ({ state }) => ({
    status: 200,
    body: await state.downstream.onBehalfOf(scopes),
  }))
  .get("/caught", { middleware }, async ({ state }) => {
    const reason = await state.downstream.onBehalfOf(scopes).catch((error) => (error as DownstreamError).reason);
    return { status: 200, body: { reason } };
  })
  .post("/text", { middleware }, ({ state }) =>
    state.downstreamFetch(`${graph}/v1.0/me/messages`, { scopes, method: "POST", body: "text" }),
  )
  .post("/stream", { middleware }, ({ state, request }) =>
    state.downstreamFetch(`${graph}/v1.0/me/messages`, { scopes, method: "POST", body: request.body }),
  )
  .get("/headers", { middleware }, ({ state }) =>
    state.downstreamFetch("https://elsewhere.contoso.example/", {
      scopes,
      headers: { authorization: "Bearer of-the-handler", "x-own": "1" },
      redirect: "follow",
    } as never),
  )
  .get("/public", { public: true }, ({ state }) => state.downstreamFetch(`${graph}/v1.0/me`, { scopes }))
  .get("/public-app", { public: true }, async ({ state }) => {
    const { accessToken } = await state.downstream.asApp(graph);
    return { status: 200, body: JSON.parse(atob(accessToken.split(".")[1]!)) };
  })
  .get("/wrong/:how", { middleware }, async ({ state, params }) => {
    const wrong: Record<string, () => Promise<unknown>> = {
      plaintext: () => state.downstreamFetch("http://graph.microsoft.com/v1.0/me", { scopes }),
      "no-url": () => state.downstreamFetch("/v1.0/me", { scopes }),
      "no-scopes": () => state.downstream.onBehalfOf([]),
      "openid-only": () => state.downstream.onBehalfOf(["openid"]),
      "quoted-scope": () => state.downstream.onBehalfOf([`${graph}/"User.Read"`]),
      "one-text": () => state.downstream.onBehalfOf(`${graph}/User.Read` as never),
      "bad-claims": () => state.downstream.onBehalfOf(scopes, { claims: "c1" }),
      "no-resource": () => state.downstream.asApp(""),
      "default-scope": () => state.downstream.asApp(`${graph}/.default`),
    };
    await wrong[params.how]!();
    return { status: 200 };
  });

beforeAll(async () => {
  entra = createEntra({
    nowSeconds: () => Math.floor(io.now() / 1_000),
    sleepMs: () => new Promise(() => {}),
    makeKeyPair: reuseKeyPairs(),
  });
  io = createFakeIo();
  await entra.keys();
});

beforeEach(() => {
  background = [];
  asked = [];
  answerElsewhere = () => new Response("closed network", { status: 599 });
  io = createFakeIo({
    fetch(request) {
      if (!request.url.endsWith("/keys")) asked.push(`${request.method} ${request.url}`);
      const isOurs = /^https:\/\/(?:login\.microsoftonline|graph\.microsoft)\.com\//.test(request.url);
      return isOurs ? entra.fetch(request) : answerElsewhere(request);
    },
  });
  entra.setOutage({ kind: "ok", endpoint: "token" });
});

const createIsolate = () => createGate({ routes, downstream: downstream() }, io);
let gate: ReturnType<typeof createIsolate>;
beforeEach(() => {
  gate = createIsolate();
});

async function ask(path: string, options: AccessTokenOptions | string | undefined = {}, init: RequestInit = {}) {
  const token = typeof options === "object" ? await entra.issueAccessToken(options) : options;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = new Request(`https://api.contoso.example${path}`, { ...init, headers });
  return gate.fetch(request, environment, { waitUntil: (work) => void background.push(work) });
}

/** The log line of a refusal, which is written after the response. */
async function refusal() {
  await Promise.all(background);
  return io.lines.find(({ event }) => event === "refused");
}

const tokenRequests = () => asked.filter((line) => line.includes("/oauth2/v2.0/token")).length;

describe("a token for Graph", () => {
  it("is renewed five minutes before it expires, in the background", async () => {
    const user = await entra.issueAccessToken({ claims: { exp: frozenNowMs / 1_000 + 7_200 } });
    expect((await ask("/me", user)).status).toBe(200);
    const lifetimeMs = 3_899_000;
    await io.advance(lifetimeMs - limits.downstreamRenewalSeconds * 1_000 - 1);
    expect((await ask("/me", user)).status).toBe(200);
    expect(tokenRequests()).toBe(1);
    await io.advance(1);
    // Entra does not respond now, so a request that waited for it would never end.
    entra.setOutage({ kind: "slow", delayMs: 1, endpoint: "token", requests: 1 });
    expect((await ask("/me", user)).status).toBe(200);
    expect((await ask("/me", user)).status).toBe(200);
    await io.advance(0);
    expect(tokenRequests()).toBe(2);
    // The hanging request is given up, and the next one is answered.
    await io.advance(limits.downstreamAcquireMilliseconds + limits.downstreamFailureMilliseconds);
    expect((await ask("/me", user)).status).toBe(200);
    await Promise.all(background);
    expect(tokenRequests()).toBe(3);
    await io.advance(hourMs - limits.downstreamRenewalSeconds * 1_000);
    expect((await ask("/me", user)).status).toBe(200);
    expect(tokenRequests()).toBe(3);
  });

  it("is 503 if Entra does not answer in time", async () => {
    entra.setOutage({ kind: "slow", delayMs: 1, endpoint: "token" });
    const answer = ask("/me");
    await io.advance(0);
    await io.advance(limits.downstreamAcquireMilliseconds);
    expect((await answer).status).toBe(503);
    expect(await refusal()).toMatchObject({
      reason: "downstream_unavailable",
      cause: "timed out",
    });
  });

  it("is returned to the handler with its expiry", async () => {
    const { accessToken, expiresAtSeconds } = await (await ask("/token")).json<Record<string, string>>();
    expect(accessToken).toMatch(/^eyJ/);
    expect(expiresAtSeconds).toBe(frozenNowMs / 1_000 + 3_899);
  });

  it("fails with an error that a handler may catch and answer", async () => {
    expect(await (await ask("/caught", { persona: "newcomer" })).json()).toEqual({
      reason: "downstream_consent_needed",
    });
    expect((await ask("/token", { persona: "newcomer" })).status).toBe(403);
  });

  it("is refused on a public route, even if the request has a token", async () => {
    expect((await ask("/public", undefined)).status).toBe(403);
    expect((await ask("/public")).status).toBe(403);
    expect(tokenRequests()).toBe(0);
  });

  it("can be the gate's own on a public route", async () => {
    expect(await (await ask("/public-app", undefined)).json()).toMatchObject({ idtyp: "app", azp: api.clientId });
  });
});

describe("the state of a handler", () => {
  it("has the functions in a route with hooks too, after authentication", async () => {
    const before: string[] = [];
    const app = new App().get(
      "/me",
      {
        middleware: [
          {
            async preBody({ state }: HookContext) {
              const found = await state.downstream.onBehalfOf(scopes).catch((error: DownstreamError) => error.reason);
              before.push(String(found));
            },
          },
          requireAuth("access_as_user"),
        ],
      },
      ({ state }) => state.downstreamFetch(`${graph}/v1.0/me`, { scopes }),
    );
    gate = createGate({ routes: app, downstream: downstream() }, io);
    expect(await (await ask("/me")).json()).toMatchObject({ displayName: personas.member.name });
    expect(before).toEqual(["downstream_user_missing"]);
  });

  it("has the functions in an app that serves itself", async () => {
    const app = new App();
    app.register(createEntraPlugin(environment, { downstream: downstream() }, io));
    app.get("/me", { middleware }, ({ state }) => state.downstreamFetch(`${graph}/v1.0/me`, { scopes }));
    app.get("/origin", { middleware }, origin({ as: "on-behalf-of", scopes }));
    const headers = { authorization: `Bearer ${await entra.issueAccessToken({ persona: "admin" })}` };
    const answer = await app.request("https://api.contoso.example/me", { headers });
    expect(await answer.json()).toMatchObject({ displayName: personas.admin.name });
    let seen: string | null = "";
    answerElsewhere = (request) => {
      seen = request.headers.get("authorization");
      return new Response("origin");
    };
    expect((await app.request("https://api.contoso.example/origin", { headers })).status).toBe(200);
    expect(seen).toMatch(/^Bearer eyJ/);
    expect(seen).not.toBe(headers.authorization);
  });

  it("forwards nothing in an app that serves itself without the option", async () => {
    const app = new App();
    const { ENTRA_CLIENT_ID: _, ENTRA_CLIENT_SECRET: __, ...others } = environment;
    app.register(createEntraPlugin(others, {}, io));
    app.get("/origin", { middleware }, origin({ as: "on-behalf-of", scopes }));
    const headers = { authorization: `Bearer ${await entra.issueAccessToken()}` };
    expect((await app.request("https://api.contoso.example/origin", { headers })).status).toBe(500);
    expect(asked).toEqual([]);
  });
});

describe("downstreamFetch", () => {
  it("acquires another token for a challenge, and repeats the request with its body", async () => {
    const bodies: string[] = [];
    // Entra satisfies it without the user.
    const claims = btoa('{"access_token":{"nbf":{"essential":true,"value":"1"}}}');
    const challenge = `Bearer error="insufficient_claims", claims="${claims}"`;
    io.setFetch(async (request) => {
      if (!request.url.startsWith(graph)) return entra.fetch(request);
      bodies.push(`${request.headers.get("authorization")?.slice("Bearer ".length)} ${await request.text()}`);
      return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    });
    const answer = await ask("/text", {}, { method: "POST" });
    // The caller gets the second challenge, and no third request is sent.
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, challenge]);
    expect(bodies).toHaveLength(2);
    expect(bodies.map((body) => body.split(" ")[1])).toEqual(["text", "text"]);
    expect(new Set(bodies).size).toBe(2);
  });

  it("sends a stream only once", async () => {
    let sent = 0;
    const challenge = `Bearer error="insufficient_claims", claims="${btoa('{"access_token":{}}')}"`;
    io.setFetch((request) => {
      if (!request.url.startsWith(graph)) return entra.fetch(request);
      sent += 1;
      return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    });
    const answer = await ask("/stream", {}, { method: "POST", body: "text" });
    expect([answer.status, sent]).toEqual([401, 1]);
  });

  it("sends its own credential regardless of the handler's headers, and follows redirects only on the same host", async () => {
    let seen: Request | undefined;
    answerElsewhere = (request) => {
      seen = request;
      return new Response("elsewhere");
    };
    expect((await ask("/headers")).status).toBe(200);
    expect(seen?.headers.get("authorization")).toMatch(/^Bearer eyJ/);
    expect([seen?.headers.get("x-own"), seen?.redirect]).toEqual(["1", "manual"]);
  });

  it("stops after a number of redirects on one host", async () => {
    let hops = 0;
    answerElsewhere = () => {
      hops += 1;
      return new Response(null, { status: 302, headers: { location: `/${hops}` } });
    };
    expect((await ask("/headers")).status).toBe(302);
    expect(hops).toBe(limits.downstreamRedirects + 1);
  });

  it.each<[string, () => Response | Promise<Response>, number]>([
    ["does not answer in time", () => new Promise(() => {}), 504],
    ["cannot be reached", () => Promise.reject(new Error("host name of the inside")), 502],
  ])("returns a response for an API that %s", async (_, answer, status) => {
    answerElsewhere = answer;
    const answered = ask("/headers");
    await io.advance(60_000);
    const response = await answered;
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain("inside");
  });

  it.each([
    ["plaintext", "the URL must be an https URL"],
    ["no-url", "the URL must be an https URL"],
    ["no-scopes", "scopes must be a non-empty list of full scope names"],
    ["openid-only", "scopes must be a non-empty list of full scope names"],
    ["quoted-scope", "scopes must be a non-empty list of full scope names"],
    ["one-text", "scopes must be a non-empty list of full scope names"],
    ["bad-claims", "claims must be the JSON text"],
    ["no-resource", "resource must be an App ID URI"],
    ["default-scope", "resource must be an App ID URI"],
  ])("is a fault of the handler with %s, and sends nothing", async (how, cause) => {
    expect((await ask(`/wrong/${how}`)).status).toBe(500);
    expect(asked).toEqual([]);
    expect(await refusal()).toMatchObject({ reason: "internal_error", cause: expect.stringContaining(cause) });
  });
});

describe("createGate", () => {
  const onBehalfOf = origin({ as: "on-behalf-of", scopes: ["api://orders/read"] });

  it("refuses a route with an on-behalf-of token for the origin without the downstream option", () => {
    const app = new App().get("/orders", { middleware }, onBehalfOf);
    expect(() => createGate({ routes: app })).toThrow(
      new TypeError(
        "route GET /orders: on-behalf-of requires the option downstream: downstream(), of createGate or createEntraPlugin",
      ),
    );
  });

  it("refuses an on-behalf-of token on a route for callers of another authority, and not where a group excludes them", () => {
    const hooks = requireAuth({ scopes: ["a"], from: ["default", "customers"] });
    const expected =
      'route GET /orders: on-behalf-of is not possible with from: ["customers"], because tokens for other APIs are for callers of default only. Declare a route of its own for customers, with origin()';
    expect(() => new App().get("/orders", { hooks }, onBehalfOf)).toThrow(new TypeError(expected));
    expect(() => new App().use(requireAuth("a")).get("/orders", { hooks }, onBehalfOf)).not.toThrow();
  });

  it("refuses an on-behalf-of token on a public route", () => {
    expect(() => new App().get("/orders", { public: true }, onBehalfOf)).toThrow(
      /on-behalf-of is not possible with public: true/,
    );
  });

  it.each([null, {}, "downstream", downstream])("refuses downstream: %s", (value) => {
    expect(() => createGate({ downstream: value as never })).toThrow(/downstream must be downstream\(\)/);
  });

  it.each([
    [{ as: "caller", scopes: ["api://a/b"] }, 'origin: as must be "on-behalf-of"'],
    [{ as: "on-behalf-of" }, "origin: scopes must be a non-empty list"],
    [{ as: "on-behalf-of", scopes: [] }, "origin: scopes must be a non-empty list"],
    [{ as: "on-behalf-of", scopes: ['"'] }, "origin: scopes must be a non-empty list"],
    [{ as: "on-behalf-of", scopes: ["api://a/b"], scope: "x" }, 'origin: unknown option "scope"'],
  ])("refuses origin(%j)", (options, message) => {
    expect(() => origin(options as never)).toThrow(message);
  });
});

it("has the user of the fixture", async () => {
  expect(await (await ask("/me")).json()).toMatchObject({ displayName: personas.member.name });
});
