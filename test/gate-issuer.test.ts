import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { personas } from "../entra/directory/personas.ts";
import { hashText } from "../src/base/common/digest.ts";
import * as limits from "../src/base/common/limits.ts";
import { readProvider } from "../src/core/guard/downstream.ts";
import { readIssuerProvider } from "../src/core/guard/issuer.ts";
import { downstream } from "../src/extensions/downstream/downstream.ts";
import { issuer } from "../src/extensions/issuer/issuer.ts";
import { App, createEntraPlugin, createGate, type GateOptions, origin, requireAuth } from "../src/index.ts";
import { audience, client, tenant } from "./support/claims.ts";
import { configWith, environmentWith } from "./support/environment.ts";
import { bearer, createGateWorld, entra, type GateWorld } from "./support/gate-world.ts";
import { createFakeIo, frozenNowSeconds } from "./support/io.ts";
import { makeIssuerKey } from "./support/issuer-keys.ts";

const gateUrl = "https://api.contoso.example";
const originIssuer = `${gateUrl}/.well-known/entra-gate/origin`;
const clientIssuer = `${gateUrl}/.well-known/entra-gate/client`;
const documents = [originIssuer, clientIssuer].flatMap((base) => [
  `${base}/jwks.json`,
  `${base}/.well-known/openid-configuration`,
]);

const ec = await makeIssuerKey("ES256");
const nextEc = await makeIssuerKey("ES256");
const rsa = await makeIssuerKey("RS256");
const complete = {
  GATE_URL: `${gateUrl} https://other.contoso.example`,
  GATE_SIGNING_KEY: ec.pem,
  GATE_SIGNING_KEY_OTHER: nextEc.publicJwk,
  ORIGIN_ASSERTION: "jwt",
  ENTRA_CLIENT_ID: audience,
  ENTRA_CLIENT_KEY: rsa.jwk,
};

const createWorld = (changes: Record<string, unknown> = {}, options: GateOptions = {}) =>
  createGateWorld({ issuer: issuer(), ...options }, { ...complete, ...changes });

let token: string;
beforeEach(async () => {
  token = await bearer();
});

describe("the documents of the issuers", () => {
  const world = createWorld();

  it("have the public keys alone, the one that signs first", { tags: "issuer-documents" }, async () => {
    const answer = await world.ask(`${originIssuer}/jwks.json`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
    expect(await answer.json()).toEqual({
      keys: [ec, nextEc].map(({ publicJwk, kid }) => ({ ...JSON.parse(publicJwk), kid, use: "sig", alg: "ES256" })),
    });
    expect(await (await world.ask(`${clientIssuer}/jwks.json`)).json()).toEqual({
      keys: [{ ...JSON.parse(rsa.publicJwk), kid: rsa.kid, use: "sig", alg: "RS256" }],
    });
  });

  it.each([
    [originIssuer, "ES256"],
    [clientIssuer, "RS256"],
  ])("describe %s as Entra reads it", async (base, alg) => {
    expect(await (await world.ask(`${base}/.well-known/openid-configuration`)).json()).toEqual({
      issuer: base,
      jwks_uri: `${base}/jwks.json`,
      id_token_signing_alg_values_supported: [alg],
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
    });
  });

  it.each(documents)(
    "answer HEAD at %s, and are the same for any headers",
    { tags: "issuer-documents" },
    async (url) => {
      const text = await (await world.ask(url)).text();
      const head = await world.ask(url, { method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([200, ""]);
      for (const headers of [
        { authorization: "Bearer nonsense" },
        { authorization: await bearer() },
        { host: "evil.example", "x-forwarded-host": "evil.example", forwarded: "host=evil.example" },
        { origin: "https://evil.example", cookie: "a=b", "x-original-url": "/evil" },
      ]) {
        const answer = await world.ask(url, { headers: headers as Record<string, string> });
        expect([answer.status, await answer.text(), answer.headers.get("cache-control")]).toEqual([
          200,
          text,
          "public, max-age=300",
        ]);
        expect([...answer.headers.keys()].sort()).toEqual(["cache-control", "content-type"]);
      }
      expect(text).not.toMatch(/"(?:d|p|q|dp|dq|qi|k)"/);
      expect(world.forwarded).toEqual([]);
    },
  );

  it.each(documents)("are at the exact URL %s only", { tags: "issuer-documents" }, async (url) => {
    const { pathname } = new URL(url);
    const others = [
      `${url}?`,
      `${url}?a`,
      `${url}?access_token=x`,
      `${url}/`,
      url.replace("entra-gate", "Entra-Gate"),
      url.replace("entra", "%65ntra"),
      url.replace("/.well-known/entra-gate", "//.well-known/entra-gate"),
      url.replace("/.well-known/entra-gate", "/x/../.well-known/entra-gate/;"),
      `https://other.contoso.example${pathname}`,
      `https://api.contoso.example:8443${pathname}`,
      `http://api.contoso.example${pathname}`,
      `https://evil.example${pathname}`,
    ];
    for (const other of others) {
      const request = new Request(other);
      // The URL parser resolves some spellings.
      if (request.url === url) continue;
      const answer = await world.ask(other);
      expect([other, answer.status]).not.toEqual([other, 200]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"])("are not an answer to %s", async (method) => {
    const answer = await world.ask(documents[0]!, { method });
    // `fetch` and `Request` send `get` as GET.
    expect(answer.status).toBe(method === "get" ? 200 : 401);
  });

  it("win over a wildcard, which gets all other requests", async () => {
    const routes = new App().get("/.well-known/*", { public: true }, () => ({ status: 200, body: { by: "route" } }));
    const own = createWorld({}, { routes });
    expect(await (await own.ask(documents[0]!)).json()).toHaveProperty("keys");
    expect(await (await own.ask("/.well-known/entra-gate/origin")).json()).toEqual({ by: "route" });
    expect(await (await own.ask(`${documents[0]}?v=1`)).json()).toEqual({ by: "route" });
    const post = await own.ask(documents[0]!, { method: "POST" });
    expect(post.status).toBe(401);
  });

  it("exist only for issuers that have a key", async () => {
    const own = createWorld({ ENTRA_CLIENT_KEY: undefined, ENTRA_CLIENT_ID: undefined });
    expect((await own.ask(`${originIssuer}/jwks.json`)).status).toBe(200);
    expect((await own.ask(`${clientIssuer}/jwks.json`)).status).toBe(401);
  });

  it("are not served by a gate with a faulty configuration", async () => {
    const own = createWorld({ GATE_SIGNING_KEY: rsa.pem });
    expect((await own.ask(documents[0]!)).status).toBe(500);
    expect(JSON.stringify(own.io.lines)).toContain("GATE_SIGNING_KEY is not an EC key on P-256");
  });

  it("are those of an App that serves itself too", async () => {
    const io = createFakeIo({ fetch: (request) => entra.fetch(request) });
    const app = new App({}, io);
    const { ENTRA_TENANT_ID, ENTRA_API_AUDIENCE } = environmentWith({});
    const config = { ...complete, ENTRA_TENANT_ID, ENTRA_API_AUDIENCE, ORIGIN_URL: "https://o.example" } as object;
    app.register(createEntraPlugin(config, { issuer: issuer() }, io));
    app.get("/me", { hooks: requireAuth("access_as_user") }, () => ({ status: 200, body: {} }));
    expect(await (await app.fetch(new Request(documents[0]!))).json()).toHaveProperty("keys");
    const taken = new App({}, io);
    taken.register(createEntraPlugin(config, { issuer: issuer() }, io));
    taken.get("/.well-known/entra-gate/origin/jwks.json", { public: true }, () => ({ status: 200, body: {} }));
    await expect(async () => taken.fetch(new Request(documents[0]!))).rejects.toThrow("serves a document at this path");
  });
});

describe("a route at the path of a document", () => {
  it.each(documents.map((url) => new URL(url).pathname))("%s is an error when the gate is created", (path) => {
    const routes = () => new App().post(path as "/x", { public: true }, () => ({ status: 200, body: {} }));
    expect(() => createGate({ routes: routes(), issuer: issuer() })).toThrow(
      `route POST ${path}: the option issuer serves a document at this path`,
    );
    expect(() => createGate({ routes: routes() })).not.toThrow();
  });

  it("is no error for the option's value", () => {
    expect(() => createGate({ issuer: {} as never })).toThrow("issuer must be issuer() of entra-gate/issuer");
  });
});

const trusted = createLocalJWKSet({ keys: [{ ...JSON.parse(ec.publicJwk), kid: ec.kid, alg: "ES256" }] });

/** Verifies the assertion of the last forwarded request as an origin does. */
async function readAssertion(world: GateWorld): Promise<JWTPayload> {
  const assertion = world.forwarded.at(-1)?.headers.get("x-entra-assertion") ?? "";
  expect(decodeProtectedHeader(assertion)).toEqual({ alg: "ES256", typ: "entra-gate+jwt", kid: ec.kid });
  const { payload } = await jwtVerify(assertion, trusted, {
    issuer: originIssuer,
    audience: "https://origin.contoso.example",
    currentDate: new Date(world.io.now()),
  });
  return payload;
}

describe("the assertion of a forwarded request", () => {
  it("says who calls, and what", async () => {
    const world = createWorld();
    expect((await world.ask("/orders?b=2&a=1", { token })).status).toBe(200);
    expect(await readAssertion(world)).toEqual({
      iss: originIssuer,
      aud: "https://origin.contoso.example",
      iat: frozenNowSeconds,
      exp: frozenNowSeconds + 60,
      kind: "user",
      sub: personas.member.oid,
      tid: tenant,
      azp: client,
      scp: "access_as_user",
      roles: [],
      method: "GET",
      target: await hashText("/orders?b=2&a=1"),
    });
  });

  it.each([
    ["a path below that of ORIGIN_URL", { ORIGIN_URL: "https://origin.contoso.example/base/" }, "/a/b", "/base/a/b"],
    ["an empty query", {}, "/orders?", "/orders"],
    ["a query with characters that are encoded", {}, "/orders?q=a'b\"c ü", "/orders?q=a%27b%22c%20%C3%BC"],
    ["encodings of the path", {}, "/a%20b/%c3%bc", "/a%20b/%C3%BC"],
    ["the root", {}, "/", "/"],
  ])("has the target of the origin's request: %s", async (_, changes, path, target) => {
    const world = createWorld(changes);
    await world.ask(path, { token });
    const { pathname, search } = new URL(world.forwarded[0]!.url);
    expect(pathname + search).toBe(target);
    expect((await readAssertion(world)).target).toBe(await hashText(target));
  });

  it("says that nobody is known on a public route, whatever the request contains", async () => {
    const routes = new App().get("/open", { public: true }, origin());
    const world = createWorld({}, { routes });
    for (const headers of [{}, { authorization: token }]) {
      await world.ask("/open", { headers: headers as Record<string, string> });
      expect(Object.keys(await readAssertion(world)).sort()).toEqual([
        "aud",
        "exp",
        "iat",
        "iss",
        "kind",
        "method",
        "target",
      ]);
      expect((await readAssertion(world)).kind).toBe("anonymous");
    }
  });

  it("names an app, and the agent that acts for a user", async () => {
    const world = createWorld({ ENTRA_REQUIRED_ROLE: "Orders.Read.All" });
    await world.ask("/orders", { token: await bearer({ client: "daemon" }) });
    expect(await readAssertion(world)).toMatchObject({ kind: "app", scp: "", roles: ["Orders.Read.All"] });
    expect(await readAssertion(world)).not.toHaveProperty("act");
    const claims = { xms_act_fct: "11", xms_par_app_azp: "b1e00000-0000-4000-8000-000000000025" };
    await world.ask("/orders", { token: await bearer({ claims }) });
    expect(await readAssertion(world)).toMatchObject({ kind: "user", act: { sub: client } });
  });

  it("has the reason for which report mode reports the request, and is not shared with another request", async () => {
    const routes = new App()
      .get("/one", { hooks: requireAuth("orders.read") }, origin())
      .get("/two", { hooks: requireAuth("access_as_user") }, origin());
    const world = createWorld({ GATE_MODE: "report" }, { routes });
    await world.ask("/one", { token });
    expect((await readAssertion(world)).reported).toBe("scope_missing");
    await world.ask("/two", { token });
    expect(await readAssertion(world)).not.toHaveProperty("reported");
  });

  it("has ORIGIN_AUDIENCE, and the origin of ORIGIN_URL without it", async () => {
    const world = createWorld({ ORIGIN_AUDIENCE: "orders" });
    await world.ask("/orders", { token });
    expect(decodeJwt(world.forwarded[0]!.headers.get("x-entra-assertion")!).aud).toBe("orders");
  });

  it("expires with the token and the clock skew", async () => {
    const world = createWorld({ ENTRA_CLOCK_SKEW_SECONDS: "5" });
    const exp = frozenNowSeconds + 30;
    await world.ask("/orders", { token: await bearer({ claims: { exp } }) });
    expect((await readAssertion(world)).exp).toBe(exp + 5);
    await world.io.advance(33_000);
    await world.ask("/other", { token: await bearer({ claims: { exp } }) });
    expect((await readAssertion(world)).exp).toBe(exp + 5);
  });

  it("goes with the upgrade of a WebSocket, and with OPTIONS that is no preflight", async () => {
    const world = createWorld();
    await world.ask("/socket", { token, headers: { upgrade: "websocket" } });
    expect(world.forwarded.at(-1)!.headers.get("upgrade")).toBe("websocket");
    expect(await readAssertion(world)).toMatchObject({ method: "GET", target: await hashText("/socket") });
    await world.ask("/orders", { token, method: "OPTIONS" });
    expect(await readAssertion(world)).toMatchObject({ method: "OPTIONS" });
  });

  it("goes with the requests of an App that serves itself", async () => {
    const forwarded: Request[] = [];
    const io = createFakeIo({
      async fetch(request) {
        if (!request.url.startsWith("https://o.example")) return entra.fetch(request);
        forwarded.push(request);
        return new Response("ok");
      },
    });
    const variables = environmentWith({ ...complete, ORIGIN_URL: "https://o.example" });
    const app = new App({}, io);
    app.register(createEntraPlugin(undefined, { issuer: issuer() }, io));
    app.get("/orders", { hooks: requireAuth("access_as_user") }, origin());
    app.get("/open", { public: true }, origin());
    for (const path of ["/orders", "/open"])
      await app.fetch(new Request(`${gateUrl}${path}`, { headers: { authorization: token } }), variables);
    const claims = forwarded.map(({ headers }) => decodeJwt(headers.get("x-entra-assertion") ?? ""));
    expect(claims.map(({ kind, aud }) => [kind, aud])).toEqual([
      ["user", "https://o.example"],
      ["anonymous", "https://o.example"],
    ]);
  });

  it("goes to a worker in the same script, and to a service", async () => {
    const seen: (string | null)[] = [];
    const worker = {
      fetch(request: Request) {
        seen.push(request.headers.get("x-entra-assertion"));
        return new Response("ok");
      },
    };
    const byOption = createWorld({ ORIGIN_AUDIENCE: "inner" }, { worker });
    await byOption.ask("/orders", { token });
    const byBinding = createWorld({ ORIGIN_AUDIENCE: "inner", ORIGIN: worker, ORIGIN_URL: undefined });
    await byBinding.ask("/orders", { token });
    expect(seen.map((assertion) => decodeJwt(assertion ?? "").aud)).toEqual(["inner", "inner"]);
  });

  it("does not exist without ORIGIN_ASSERTION, although the key is published", async () => {
    const world = createWorld({ ORIGIN_ASSERTION: undefined });
    await world.ask("/orders", { token, headers: { "x-entra-assertion": "of-the-client" } });
    expect(world.forwarded[0]!.headers.has("x-entra-assertion")).toBe(false);
  });

  it.each(["x-entra-assertion", "X_Entra_Assertion", "x.entra.assertion", "X-ENTRA_ASSERTION", "x-entra-assertion_"])(
    "replaces a header %s of the client",
    { tags: "assertion" },
    async (name) => {
      const world = createWorld();
      await world.ask("/orders", { token, headers: { [name]: "of-the-client" } });
      expect(JSON.stringify([...world.forwarded[0]!.headers])).not.toContain("of-the-client");
      await readAssertion(world);
    },
  );

  it("never shows a key, and takes the room of claims that can be omitted", async () => {
    const groups = Array.from({ length: 60 }, () => crypto.randomUUID());
    const world = createWorld();
    expect((await world.ask("/orders", { token: await bearer({ claims: { groups } }) })).status).toBe(200);
    const { headers } = world.forwarded[0]!;
    expect(headers.get("x-entra-omitted")).toBe("groups");
    await readAssertion(world);
    const added = [...headers].filter(([name]) => /^x-(?:ms|entra|forwarded)-/.test(name));
    const bytes = added.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    expect(bytes).toBeLessThanOrEqual(limits.addedHeaderBytesMaximum);
    expect(JSON.stringify([...headers])).not.toContain(ec.members.d as string);
  });

  it("is never shortened: if scopes and roles do not fit, the request is refused", async () => {
    const roles = Array.from({ length: 60 }, (_, index) => `Orders.ReadWrite.Everything.${index}`);
    const world = createWorld();
    expect((await world.ask("/orders", { token: await bearer({ claims: { roles } }) })).status).toBe(500);
    expect(world.refusals()).toMatchObject([{ reason: "identity_too_large" }]);
    expect(world.forwarded).toEqual([]);
  });
});

describe("an assertion is reused", () => {
  const assertionOf = async (world: GateWorld, target: string, init: object) => {
    await world.ask(target, init);
    return world.forwarded.at(-1)?.headers.get("x-entra-assertion");
  };

  it.each(["GET", "HEAD"])("for ten seconds, for the same token and target: %s", async (method) => {
    const world = createWorld();
    const first = await assertionOf(world, "/a?b", { method, token });
    expect(decodeJwt(first!)).not.toHaveProperty("jti");
    await world.io.advance(9_000);
    expect(await assertionOf(world, "/a?b", { method, token })).toBe(first);
    await world.io.advance(1_000);
    const second = await assertionOf(world, "/a?b", { method, token });
    expect(second).not.toBe(first);
    expect(decodeJwt(second!).iat).toBe(frozenNowSeconds + 10);
  });

  it("not for another target, method, token or configuration, nor after the clock was set back", {
    tags: "assertion-caller",
  }, async () => {
    const world = createWorld();
    const first = await assertionOf(world, "/a", { token });
    const others = [
      await assertionOf(world, "/a?b", { token }),
      await assertionOf(world, "/b", { token }),
      await assertionOf(world, "/a", { token, method: "HEAD" }),
      await assertionOf(world, "/a", { token: await bearer({ scopes: ["access_as_user", "orders.read"] }) }),
      await assertionOf(world, "/a", { token: await bearer({ persona: "admin" }) }),
      await assertionOf(createWorld(), "/a", { token }),
      await assertionOf(createWorld({ ORIGIN_AUDIENCE: "x" }), "/a", { token }),
    ];
    expect(new Set([first, ...others]).size).toBe(others.length + 1);
    world.io.jump(-5_000);
    expect(decodeJwt((await assertionOf(world, "/a", { token }))!).iat).toBe(frozenNowSeconds - 5);
  });

  it("not for a public route below the path of a protected one", { tags: "assertion-caller" }, async () => {
    const routes = new App()
      .get("/a/:id", { hooks: requireAuth("access_as_user") }, origin())
      .get("/a/open", { public: true }, origin());
    const world = createWorld({}, { routes });
    await world.ask("/a/open", { token });
    expect((await readAssertion(world)).kind).toBe("anonymous");
    await world.ask("/a/1", { token });
    expect((await readAssertion(world)).kind).toBe("user");
    await world.ask("/a/open", { token });
    expect((await readAssertion(world)).kind).toBe("anonymous");
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("never for %s, which has an ID each time", async (method) => {
    const world = createWorld();
    const both = [await assertionOf(world, "/a", { method, token }), await assertionOf(world, "/a", { method, token })];
    const claims = both.map((assertion) => decodeJwt(assertion!));
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(2);
    expect(claims.map(({ method: own }) => own)).toEqual([method, method]);
  });

  it("not after the token's own end", async () => {
    const world = createWorld({ ENTRA_CLOCK_SKEW_SECONDS: "0" });
    const own = await bearer({ claims: { exp: frozenNowSeconds + 5 } });
    await assertionOf(world, "/a", { token: own });
    await world.io.advance(5_000);
    expect((await world.ask("/a", { token: own })).status).toBe(401);
  });

  it("from a memory with a limit", async () => {
    const world = createWorld();
    const first = await assertionOf(world, "/first", { token });
    const long = "x".repeat(60_000);
    for (let index = 0; index < 80; index += 1) await world.ask(`/many?${index}${long}`, { token });
    expect(await assertionOf(world, "/first", { token })).not.toBe(first);
  }, 60_000);
});

describe("a key in a Secrets Store", () => {
  it("is read once, then every five minutes in the background, and replaces the key", async () => {
    let [stored, reads] = [ec.pem, 0];
    const get = async () => {
      reads += 1;
      return stored;
    };
    const world = createWorld({ GATE_SIGNING_KEY: { get } });
    for (let index = 0; index < 3; index += 1) await world.ask(`/a?${index}`, { token });
    expect(reads).toBe(1);
    stored = nextEc.pem;
    await world.io.advance(limits.storedKeyMilliseconds);
    const kidOf = () => decodeProtectedHeader(world.forwarded.at(-1)!.headers.get("x-entra-assertion")!).kid;
    await world.ask("/b", { token });
    expect(kidOf()).toBe(ec.kid);
    await Promise.all(world.background);
    await world.ask("/c", { token });
    expect([kidOf(), reads]).toEqual([nextEc.kid, 2]);
    // The other key is the one that signs now, and is published once.
    const { keys } = (await (await world.ask(documents[0]!)).json()) as { keys: unknown[] };
    expect(keys).toHaveLength(1);
  });

  it("is read again after the clock was set back", async () => {
    let stored = ec.pem;
    const world = createWorld({ GATE_SIGNING_KEY: { get: async () => stored } });
    world.io.jump(3_600_000);
    const jwks = async () => ((await (await world.ask(documents[0]!)).json()) as { keys: { kid: string }[] }).keys;
    await jwks();
    stored = nextEc.pem;
    world.io.jump(-3_600_000);
    await jwks();
    await Promise.all(world.background);
    expect((await jwks()).map(({ kid }) => kid)).toEqual([nextEc.kid]);
  });

  it("that cannot be read refuses requests and documents, with a reason in the log", {
    tags: "assertion",
  }, async () => {
    const get = async () => {
      throw new Error(`eyJ-${ec.members.d}`);
    };
    const world = createWorld({ GATE_SIGNING_KEY: { get } });
    for (const answer of [await world.ask("/a", { token }), await world.ask(documents[0]!)]) {
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([500, "no-store"]);
      expect(await answer.text()).not.toContain("GATE_SIGNING_KEY");
    }
    expect(world.forwarded).toEqual([]);
    const said = {
      reason: "signing_key_unusable",
      variable: "GATE_SIGNING_KEY",
      problem: "cannot be read from its store",
    };
    expect(world.refusals()).toMatchObject([said, { ...said, route: "issuer" }]);
    expect(JSON.stringify(world.io.lines)).not.toContain(ec.members.d as string);
  });

  it.each([
    ["of another kind", () => rsa.pem, "is not an EC key on P-256"],
    [
      "with the public part of another key",
      () => JSON.stringify({ ...ec.members, d: nextEc.members.d }),
      /public part|be imported/,
    ],
    [
      "that is damaged",
      () => JSON.stringify({ ...ec.members, x: ec.members.y, y: ec.members.x }),
      "cannot be imported",
    ],
  ])("%s refuses requests", async (_, stored, problem) => {
    const world = createWorld({ GATE_SIGNING_KEY: { get: async () => stored() } });
    expect((await world.ask("/a", { token })).status).toBe(500);
    expect(world.refusals()).toMatchObject([
      { reason: "signing_key_unusable", problem: expect.stringMatching(problem) },
    ]);
    expect(JSON.stringify(world.io.lines)).not.toContain(ec.members.d as string);
  });

  it("that becomes unusable leaves the last good key, and the log says so, not with each request", async () => {
    let stored = ec.pem;
    const world = createWorld({ GATE_SIGNING_KEY: { get: async () => stored } });
    await world.ask("/a", { token });
    stored = "nonsense";
    await world.io.advance(limits.storedKeyMilliseconds);
    for (let index = 0; index < 5; index += 1) {
      expect((await world.ask(`/b?${index}`, { token })).status).toBe(200);
      await Promise.all(world.background);
    }
    expect(world.io.lines.filter(({ event }) => event === "signing_key_failed")).toMatchObject([
      { variable: "GATE_SIGNING_KEY", problem: expect.stringContaining("is not a private key") },
    ]);
    stored = nextEc.pem;
    await world.io.advance(limits.storedKeyRetryMilliseconds);
    await world.ask("/c", { token });
    await Promise.all(world.background);
    await world.ask("/d", { token });
    const last = decodeProtectedHeader(world.forwarded.at(-1)!.headers.get("x-entra-assertion")!);
    expect(last.kid).toBe(nextEc.kid);
  });
});

describe("a key with which the platform cannot sign", () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(["GET", "POST"])("refuses a %s, which never reaches the origin without an assertion", async (method) => {
    const world = createWorld();
    await world.ask("/first", { token });
    vi.spyOn(crypto.subtle, "sign").mockRejectedValue(new DOMException(`no ${ec.members.d}`, "OperationError"));
    const answer = await world.ask("/orders", { token, method });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([500, "no-store"]);
    expect(world.refusals()).toMatchObject([
      { reason: "signing_key_unusable", variable: "GATE_SIGNING_KEY", problem: "cannot sign: OperationError" },
    ]);
    expect(world.forwarded).toHaveLength(1);
    expect(JSON.stringify(world.io.lines)).not.toContain(ec.members.d as string);
    vi.restoreAllMocks();
    expect((await world.ask("/orders", { token, method })).status).toBe(200);
  });

  it("refuses a request whose target cannot be hashed", async () => {
    const world = createWorld();
    await world.ask("/first", { token });
    vi.spyOn(crypto.subtle, "digest").mockRejectedValue(new TypeError("unavailable"));
    expect((await world.ask("/orders", { token })).status).toBe(500);
    expect(world.refusals()).toMatchObject([{ reason: "signing_key_unusable", problem: "cannot sign: TypeError" }]);
    expect(world.forwarded).toHaveLength(1);
  });

  it("is a failed credential at Entra", async () => {
    const sign = createClientSigner(createWorld());
    await sign(() => {});
    vi.spyOn(crypto.subtle, "sign").mockRejectedValue("no error");
    expect(await sign(() => {})).toEqual({
      ok: false,
      error: { variable: "ENTRA_CLIENT_KEY", problem: "cannot sign: unknown error" },
    });
  });
});

/** The function with which the gate signs in at Entra. */
function createClientSigner(world: GateWorld) {
  const factory = readIssuerProvider(issuer())!;
  const variables = {
    ...complete,
    ORIGIN_URL: "https://origin.contoso.example",
    ENTRA_CLIENT_FEDERATION: "gate",
  };
  const config = configWith(variables, { issuer: factory, downstream: readProvider(downstream()) });
  return factory.create({ io: world.io, config, environment: environmentWith(variables) }).signClientAssertion!;
}

describe("the gate as its own caller", () => {
  it("refuses its assertions as bearer tokens", async () => {
    const world = createWorld();
    await world.ask("/orders", { token });
    const assertion = world.forwarded[0]!.headers.get("x-entra-assertion");
    expect((await world.ask("/orders", { token: `Bearer ${assertion}` })).status).toBe(401);
    expect(world.refusals()).toMatchObject([{ reason: "algorithm_not_allowed" }]);
  });

  it.each([
    ["", audience],
    [", even for its own audience", "api://AzureADTokenExchange"],
  ])("refuses its client assertions as bearer tokens%s", async (_, accepted) => {
    const world = createWorld({ ENTRA_API_AUDIENCE: accepted });
    const signed = await createClientSigner(world)(() => {});
    const assertion = signed.ok ? signed.value : "";
    expect(decodeJwt(assertion)).toMatchObject({ iss: clientIssuer, aud: "api://AzureADTokenExchange" });
    expect((await world.ask("/orders", { token: `Bearer ${assertion}` })).status).toBe(401);
    expect(world.refusals()).toMatchObject([{ reason: "tenant_invalid" }]);
    expect(world.forwarded).toEqual([]);
  });
});
