import { afterEach, describe, expect, it, vi } from "vitest";
import { runtime } from "../../../../src/base/common/runtime.ts";
import { facade, mcp } from "../../../../src/extensions/mcp/mcp.ts";
import { App, requireAuth } from "../../../../src/index.ts";
import { createGateWorld, type GateWorld } from "../../../support/gate-world.ts";
import { chatGpt } from "../../../support/mcp/client-metadata.ts";

const gate = "https://api.contoso.example";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const id = "https://app.example/client.json";
const redirectUri = "https://app.example/callback";
const good = { client_id: id, client_name: "App", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" };
const chatGptAsApp = { ...chatGpt, client_id: id, redirect_uris: [redirectUri] };
const json = { "content-type": "application/json" };

interface Options {
  /** Entries of clients in the facade. */
  readonly clients?: Readonly<Record<string, readonly string[]>>;
  readonly hosts?: readonly string[];
  readonly gateUrl?: string;
}

function createWorld(answer: (request: Request) => Response | Promise<Response>, options: Options = {}): GateWorld {
  const { hosts = ["app.example"], gateUrl = gate, clients = {} } = options;
  const authorizationServer = facade({
    clientId: "c11e0000-0000-4000-8000-000000000026",
    callback: "/oauth/callback",
    clients,
    ...(hosts.length > 0 && { clientDocuments: hosts }),
  });
  const routes = new App().register(mcp("/mcp", { hooks: requireAuth("tools.read"), authorizationServer }));
  const world = createGateWorld({ routes }, { GATE_URL: gateUrl, GATE_SESSION_KEY: `k1:${"A".repeat(43)}` });
  world.io.setFetch(answer);
  return world;
}

const authorize = (world: GateWorld, clientId = id, uri = redirectUri, address = "192.0.2.1") =>
  world.ask(
    `/authorize?${new URLSearchParams({ response_type: "code", client_id: clientId, redirect_uri: uri, code_challenge: challenge, code_challenge_method: "S256" })}`,
    { headers: { "cf-connecting-ip": address } },
  );

/** Status and reason; nothing redirects or sets a cookie. */
async function refusalOf(world: GateWorld, response: Response) {
  expect([response.headers.get("location"), response.headers.getSetCookie()]).toEqual([null, []]);
  return [response.status, world.refusals().at(-1)?.reason];
}

function setFlag(isSet: boolean): void {
  vi.stubGlobal("Cloudflare", { compatibilityFlags: { global_fetch_strictly_public: isSet } });
}

afterEach(() => vi.unstubAllGlobals());

describe("a client with a metadata document", () => {
  it("gets the page for consent, with the host of its ID", { tags: "consent" }, async () => {
    const world = createWorld(() => Response.json(good));
    const page = await authorize(world);
    const text = await page.text();
    expect([
      page.status,
      text.includes("<bdi>App</bdi>"),
      text.includes("described at <b><bdi>app.example</bdi>"),
    ]).toEqual([200, true, true]);
    const [request] = world.io.requests;
    expect([request?.url, request?.redirect, request?.headers.get("cookie")]).toEqual([id, "manual", null]);
  });

  it.each([
    ["another client_id", { ...good, client_id: `${id}?x` }, "refused"],
    ["no client_id", { ...good, client_id: undefined }, "refused"],
    ["another method of authentication", { ...good, token_endpoint_auth_method: "private_key_jwt" }, "auth_method"],
    [
      "a list of other methods",
      { ...chatGptAsApp, token_endpoint_auth_methods_supported: ["private_key_jwt"] },
      "auth_method",
    ],
    ["text as its list of methods", { ...chatGptAsApp, token_endpoint_auth_methods_supported: "none" }, "auth_method"],
    ["no method of authentication", { ...good, token_endpoint_auth_method: undefined }, "auth_method"],
    ["a secret beside none in the list", { ...chatGptAsApp, client_secret: "s" }, "refused"],
    ["a secret", { ...good, client_secret: "s" }, "refused"],
    ["no list of redirect URIs", { ...good, redirect_uris: redirectUri }, "refused"],
    ["text", "hello", "malformed"],
    ["a name twice", `{"client_id":"${id}","client_id":"${id}"}`, "malformed"],
  ])("is refused if its document has %s", async (_, document, problem) => {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    const world = createWorld(() => new Response(text, { headers: json }));
    expect(await refusalOf(world, await authorize(world))).toEqual([400, `facade_document_${problem}_error`]);
  });

  it("reads what its document must have, if that names only a key", async () => {
    const world = createWorld(() => Response.json({ ...good, token_endpoint_auth_method: "private_key_jwt" }));
    const text = await (await authorize(world)).text();
    expect(text).toContain("token_endpoint_auth_method or in token_endpoint_auth_methods_supported");
  });

  it.each([
    ["a key, and none among all methods", chatGptAsApp],
    ["none, and only others in the list", { ...good, token_endpoint_auth_methods_supported: ["private_key_jwt"] }],
    ["only a list", { ...chatGptAsApp, token_endpoint_auth_method: undefined }],
  ])("gets the page if its document has %s", async (_, document) => {
    const world = createWorld(() => Response.json(document));
    const response = await authorize(world);
    expect([response.status, (await response.text()).includes('name="request"')]).toEqual([200, true]);
  });

  it("gets the page if its document is at the root of its host", async () => {
    const root = "https://app.example/";
    const world = createWorld(() => Response.json({ ...good, client_id: root }));
    expect((await authorize(world, root)).status).toBe(200);
    expect(world.io.requests.map(({ url }) => url)).toEqual([root]);
  });

  it.each([
    ["404", () => Response.json(good, { status: 404 })],
    ["203", () => Response.json(good, { status: 203 })],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } })],
    ["another type", () => new Response(JSON.stringify(good), { headers: { "content-type": "text/html" } })],
    ["no answer", () => Promise.reject(new Error("no route"))],
    ["bytes that are not UTF-8", () => new Response(new Uint8Array([0x7b, 0xff, 0x7d]), { headers: json })],
  ])("is refused if its document is answered with %s", async (_, answer) => {
    const world = createWorld(answer);
    expect(await refusalOf(world, await authorize(world))).toEqual([400, "facade_document_unavailable_error"]);
    expect(world.io.requests).toHaveLength(1);
  });

  it("is refused if its document has no end, of which 5 KiB are read", { tags: "client-documents" }, async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_024;
        controller.enqueue(new Uint8Array(1_024).fill(0x20));
      },
    });
    const world = createWorld(() => new Response(endless, { headers: json }));
    expect(await refusalOf(world, await authorize(world))).toEqual([400, "facade_document_too_large_error"]);
    expect(sent).toBeLessThan(16 * 1_024);
  });

  it("is refused if its document takes longer than 5 s", { tags: "client-documents" }, async () => {
    const world = createWorld(() => new Promise(() => {}));
    const asked = authorize(world);
    await vi.waitFor(() => expect(world.io.requests).toHaveLength(1));
    await world.io.advance(5_000);
    expect(await refusalOf(world, await asked)).toEqual([400, "facade_document_unavailable_error"]);
    expect(world.io.requests[0]?.signal.aborted).toBe(true);
  });

  it.each([
    "https://app.example/other",
    "http://app.example/callback",
    "https://app.example/callback/../callback",
    "https://evil.example/callback",
  ])("does not get the code at %s", { tags: "callback-redirects" }, async (uri) => {
    const world = createWorld(() => Response.json(good));
    expect(await refusalOf(world, await authorize(world, id, uri))).toEqual([400, "facade_redirect_uri_unknown_error"]);
  });

  it("that has an entry of its own has only the redirect URIs of the entry", async () => {
    const clients = { [id]: ["https://app.example/listed"] };
    const world = createWorld(() => Response.json(good), { clients });
    expect(await refusalOf(world, await authorize(world))).toEqual([400, "facade_redirect_uri_unknown_error"]);
    expect(world.io.requests).toEqual([]);
    expect((await authorize(world, id, "https://app.example/listed")).status).toBe(302);
  });

  it.each([
    ["", gate],
    [" with a dot", `${gate}.`],
    [" with two dots", `${gate}..`],
    [" with a port", `${gate}:8443`],
  ])("cannot name an address of the gate%s", { tags: "client-documents" }, async (_, address) => {
    const uri = `${address}/reports`;
    const world = createWorld(() => Response.json({ ...good, redirect_uris: [uri] }));
    expect(await refusalOf(world, await authorize(world, id, uri))).toEqual([400, "facade_redirect_uri_unknown_error"]);
    expect(world.io.requests).toEqual([]);
  });
});

describe("the host of a document", () => {
  it.each([
    ["one that is not listed", "https://other.example/c.json"],
    ["a subdomain", "https://a.app.example/c.json"],
    ["another port", "https://app.example:8443/c.json"],
    ["the gate", "https://api.contoso.example/c.json"],
    ["the gate with a dot", "https://api.contoso.example./c.json"],
    ["the gate with two dots", "https://api.contoso.example../c.json"],
    ["the origin", "https://origin.contoso.example/c.json"],
    ["an IPv4 address", "https://10.0.0.1/c.json"],
    ["an IPv6 address", "https://[fd00::1]/c.json"],
    ["loopback", "https://localhost/c.json"],
    ["loopback by address", "https://127.0.0.1/c.json"],
  ])("may not be %s", { tags: "client-documents" }, async (_, clientId) => {
    const hosts = ["app.example", "api.contoso.example", "origin.contoso.example", "localhost"];
    for (const isPublic of [false, true]) {
      setFlag(isPublic);
      const world = createWorld(() => Response.json(good), { hosts });
      expect(await refusalOf(world, await authorize(world, clientId))).toEqual([400, "facade_document_host_error"]);
      expect(world.io.requests).toEqual([]);
    }
  });

  it.each([
    ["the gate", "https://api.contoso.example/c.json"],
    ["the gate with two dots", "https://api.contoso.example../c.json"],
    ["the origin", "https://origin.contoso.example/c.json"],
    ["another port", "https://app.example:8443/c.json"],
    ["an IPv4 address", "https://10.0.0.1/c.json"],
    ["an IPv4 address in IPv6", "https://[::ffff:a00:1]/c.json"],
    ["loopback", "https://localhost/c.json"],
    ["loopback below a name", "https://a.localhost./c.json"],
  ])("may not be %s if any public one may", { tags: "client-documents" }, async (_, clientId) => {
    setFlag(true);
    const world = createWorld(() => Response.json(good), { hosts: [] });
    expect(await refusalOf(world, await authorize(world, clientId))).toEqual([400, "facade_document_host_error"]);
    expect(world.io.requests).toEqual([]);
  });

  it("may be any public one if the platform reaches no other", async () => {
    for (const [isSet, status] of [
      [true, 200],
      [false, 400],
    ] as const) {
      setFlag(isSet);
      const world = createWorld(() => Response.json(good), { hosts: [] });
      expect((await authorize(world)).status).toBe(status);
      const metadata = await (await world.ask("/.well-known/oauth-authorization-server")).json();
      expect(metadata).toMatchObject({ client_id_metadata_document_supported: isSet });
    }
  });

  it("may be on loopback for a gate on loopback", async () => {
    const local = "https://127.0.0.1:9443/c.json";
    const answer = () => Response.json({ ...good, client_id: local });
    const world = createWorld(answer, { gateUrl: "http://127.0.0.1:8787" });
    const path = new URL("/authorize", "http://127.0.0.1:8787");
    path.search = new URLSearchParams({
      response_type: "code",
      client_id: local,
      redirect_uri: redirectUri,
      code_challenge: challenge,
      code_challenge_method: "S256",
    }).toString();
    expect((await world.ask(path.href)).status).toBe(200);
  });
});

describe("the memory of documents", () => {
  async function countFetches(
    cacheControl: string | undefined,
    pausesMs: readonly number[],
    status = 200,
  ): Promise<number> {
    const headers = { ...json, ...(cacheControl !== undefined && { "cache-control": cacheControl }) };
    const world = createWorld(() => new Response(JSON.stringify(good), { status, headers }));
    await authorize(world);
    for (const pauseMs of pausesMs) {
      world.io.jump(pauseMs);
      await authorize(world);
    }
    return world.io.requests.length;
  }

  it.each([
    [undefined, [0], 2],
    ["no-store", [0], 2],
    ["max-age=60, no-cache", [0], 2],
    ["public, max-age=60", [59_999], 1],
    ["max-age=60", [60_000], 2],
    ["max-age=999999999", [86_399_999], 1],
    ["max-age=999999999", [86_400_000], 2],
  ])("with Cache-Control %s and pauses of %j ms fetches %i times", async (control, pauses, count) => {
    expect(await countFetches(control, pauses)).toBe(count);
  });

  it("has no errors", async () => {
    expect(await countFetches("max-age=60", [0], 404)).toBe(2);
  });

  it("allows an address 60 fetches in a minute, so that it does not use up those of others", {
    tags: "client-documents",
  }, async () => {
    const world = createWorld(() => Response.json(good, { status: 404 }));
    for (let count = 0; count < 60; count += 1) await authorize(world, `${id}?${count}`);
    expect(await refusalOf(world, await authorize(world))).toEqual([503, "facade_document_budget_error"]);
    expect(world.io.requests).toHaveLength(60);
    // Other runtimes do not read the header, and count callers without an address together.
    const others = runtime.isWorkers ? 61 : 60;
    await authorize(world, id, redirectUri, "192.0.2.2");
    expect(world.io.requests).toHaveLength(others);
    world.io.jump(60_000);
    await authorize(world);
    expect(world.io.requests).toHaveLength(others + 1);
  });

  it.runIf(runtime.isWorkers)(
    "allows 300 fetches in a minute, whoever asks, and refused ones do not count",
    { tags: "client-documents" },
    async () => {
      const world = createWorld(() => Response.json(good, { status: 404 }));
      for (let count = 0; count < 6 * 61; count += 1) {
        await authorize(world, id, redirectUri, `192.0.2.${Math.floor(count / 61)}`);
        if (count === 5 * 61 - 1) expect(world.io.requests).toHaveLength(300);
      }
      expect(world.io.requests).toHaveLength(300);
    },
  );
});
