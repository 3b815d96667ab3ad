// Runtimes: workerd, deno
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api, tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { bundleWorkerOnce } from "../../../support/bundle.ts";
import { bundleLocalEntra } from "../../../support/local-entra.ts";
import { startWorker, type WorkerProcess } from "../../../support/worker-process.ts";

const runtime = { compatibilityDate: "2026-10-12", compatibilityFlags: ["nodejs_compat"] };

let entra: WorkerProcess;
let miniflare: Miniflare;
let token: string;
/** Requests of a gate to the network, except to the authority. */
const network: string[] = [];

async function bundle(entry: string) {
  const code = await bundleWorkerOnce(entry);
  return { ...runtime, modules: [{ type: "ESModule" as const, path: "worker.js", contents: code }] };
}

async function answerNetwork(request: Request): Promise<Response> {
  if (request.url.startsWith(entra.url)) return fetch(request.url);
  network.push(request.url);
  const { url, cf, headers } = request as Request & { readonly cf?: unknown };
  return Response.json({ url, cf, headers: Object.fromEntries(headers) });
}

beforeAll(async () => {
  entra = await startWorker({ name: "entra", port: 0, ...(await bundleLocalEntra()) });
  token = await (await fetch(`${entra.url}/local/token?persona=member`)).text();
  const gate = {
    ...(await bundle("test/gates/forwarding.ts")),
    bindings: {
      ENTRA_TENANT_ID: tenants.contoso.id,
      ENTRA_API_AUDIENCE: api.clientId,
      ENTRA_REQUIRED_SCOPE: "access_as_user",
      ENTRA_AUTHORITY: entra.url,
    },
    outboundService: answerNetwork as never,
  };
  const options = {
    cf: false as const,
    logRequests: false,
    workers: [
      { ...gate, name: "bound", serviceBindings: { ORIGIN: "origin" } },
      {
        ...gate,
        name: "plain",
        bindings: { ...gate.bindings, ORIGIN_URL: "http://origin.contoso.example", ORIGIN_PLAINTEXT: "true" },
        serviceBindings: { ORIGIN: "origin" },
      },
      { ...gate, name: "zone" },
      { ...gate, name: "url", bindings: { ...gate.bindings, ORIGIN_URL: "https://origin.contoso.example" } },
      { ...(await bundle("cli/dev/origin/worker.ts")), name: "origin", bindings: { ANY_HOST: "true" } },
    ],
  };
  miniflare = new Miniflare(convertV4MiniflareOptions(options));
});
afterAll(() => Promise.all([miniflare.dispose(), entra.stop()]));

/** Sends a request as a member, with the gate's own host name and scheme. */
async function ask(worker: "bound" | "plain" | "zone" | "url", url: string, init: RequestInit = {}): Promise<Response> {
  const gate = (await miniflare.getWorker(worker)) as unknown as { fetch: typeof fetch };
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
  return gate.fetch(url, { redirect: "manual", ...init, headers });
}

describe("the service binding ORIGIN", () => {
  it("gets the request for its own address, with the gate's headers", async () => {
    const forged = { "x-entra-roles": "forged", "x-forwarded-host": "forged", "x-original-url": "/forged" };
    const answer = await ask("bound", "https://api.contoso.example/orders?a=1&a=2", { headers: forged });
    const seen = (await answer.json()) as { url: string; headers: Record<string, string> };
    expect(seen.url).toBe("https://api.contoso.example/orders?a=1&a=2");
    expect(seen.headers["x-ms-client-principal-id"]).toBe(personas.member.oid);
    expect(seen.headers["x-forwarded-host"]).toBe("api.contoso.example");
    expect(JSON.stringify(seen)).not.toContain("forged");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(network).toEqual([]);
  });

  it("gets bodies, and its redirects are not followed", async () => {
    const echo = await ask("bound", "https://api.contoso.example/orders", { method: "POST", body: "hello" });
    expect(await echo.json()).toMatchObject({ method: "POST", body: { bytes: 5, text: "hello" } });
    for (const location of ["/elsewhere", "https://origin.contoso.example/elsewhere"]) {
      const headers = { "x-sample-headers": `location=${location}` };
      const moved = await ask("bound", "https://api.contoso.example/status/302", { headers });
      expect([moved.status, moved.headers.get("location")]).toEqual([302, location]);
    }
  });

  it("answers with a WebSocket", async () => {
    const answer = await ask("bound", "https://api.contoso.example/ws", { headers: { upgrade: "websocket" } });
    expect(answer.status).toBe(101);
    const { webSocket } = answer as unknown as { webSocket: WebSocket & { accept(): void } };
    const messages: unknown[] = [];
    const echoed = new Promise<void>((resolve) => {
      webSocket.addEventListener("message", ({ data }) => {
        if (messages.push(data) === 2) resolve();
      });
    });
    webSocket.accept();
    webSocket.send("hello");
    await echoed;
    expect(messages[1]).toBe("hello");
    expect(JSON.parse(messages[0] as string).headers["x-entra-tenant"]).toBe(tenants.contoso.id);
    webSocket.close();
  });
});

describe("an origin whose URL has plain http", () => {
  it.each([
    ["http:/evil.example/x", "https://api.contoso.example/evil.example/x"],
    ["http:evil.example", "./evil.example"],
    ["http://origin.contoso.example/x", "https://api.contoso.example/x"],
    ["http://evil.example/x", "http://evil.example/x"],
    ["https:/evil.example/x", "https:/evil.example/x"],
  ])("sends clients to no other host than it names: %s", { tags: "location" }, async (location, expected) => {
    const headers = { "x-sample-headers": `${new URLSearchParams({ location })}` };
    const moved = await ask("plain", "https://api.contoso.example/status/302", { headers });
    expect([moved.status, moved.headers.get("location")]).toEqual([302, expected]);
  });
});

describe("the zone's own origin", () => {
  it("gets the request for its own address, with the gate's headers", async () => {
    network.length = 0;
    const answer = await ask("zone", "https://api.contoso.example/orders?a=%2F", {
      headers: { x_entra_roles: "forged" },
    });
    const seen = (await answer.json()) as { url: string; headers: Record<string, string> };
    expect(seen.url).toBe("https://api.contoso.example/orders?a=%2F");
    expect(seen.headers["x-ms-client-principal-id"]).toBe(personas.member.oid);
    expect(JSON.stringify(seen)).not.toContain("forged");
    expect(network.length).toBe(1);
  });

  it("gets no request that the gate refuses", async () => {
    network.length = 0;
    expect((await ask("zone", "https://api.contoso.example/orders", { headers: { authorization: "" } })).status).toBe(
      401,
    );
    expect((await ask("zone", "http://api.contoso.example/orders")).status).toBe(403);
    expect((await ask("zone", "http://127.0.0.1/orders")).status).toBe(502);
    expect(network).toEqual([]);
  });
});

describe.each(["zone", "url"] as const)("a cache between the gate and its origin: %s", (worker) => {
  it("is bypassed, and the origin gets no header that requests a whole answer", async () => {
    const answer = await ask(worker, "https://api.contoso.example/orders");
    const { cf, headers } = (await answer.json()) as { cf: unknown; headers: Record<string, string> };
    expect(cf).toMatchObject({ cacheTtl: -1, cacheLevel: "bypass", cacheControl: "no-store" });
    expect(headers).not.toHaveProperty("cache-control");
    expect(headers).not.toHaveProperty("pragma");
  });

  it("gets the client's own headers unchanged", async () => {
    const own = { "cache-control": "max-age=0", pragma: "no-cache" };
    const answer = await ask(worker, "https://api.contoso.example/orders", { headers: own });
    expect(((await answer.json()) as { headers: unknown }).headers).toMatchObject(own);
  });
});
