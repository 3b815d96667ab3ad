import { EventEmitter } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import https from "node:https";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { api, tenants } from "../../entra/directory/directory.ts";
import { createEntra } from "../../entra/entra.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { readGuide } from "../support/docs/guides.ts";
import { install } from "../support/package/install.ts";
import { startServer } from "../support/server.ts";

const former = "passport-azure-ad";
const folder = path.join(inject("consumer"), "../passport");
const entra = createEntra();
const variables = { ENTRA_TENANT_ID: tenants.contoso.id, ENTRA_API_AUDIENCE: api.clientId };
const stops: (() => unknown)[] = [];

/** Responds instead of `https`, which passport-azure-ad uses. */
function requestEntra(url: string | URL, _options: unknown, onResponse: (response: EventEmitter) => void) {
  const request = Object.assign(new EventEmitter(), { end: () => request });
  void entra.fetch(new Request(url)).then(async (answer) => {
    const response = Object.assign(new EventEmitter(), { statusCode: answer.status });
    onResponse(response);
    response.emit("data", await answer.text());
    response.emit("end");
  });
  return request;
}

beforeAll(async () => {
  await install(folder, ["passport-azure-ad@4.3.5", "passport@0.7.0", inject("tarball"), "hono"], {
    before: "2026-12-05",
  });
  symlinkSync(
    path.resolve(import.meta.dirname, "../../node_modules/express"),
    path.join(folder, "node_modules/express"),
  );
  vi.spyOn(https, "get").mockImplementation(requestEntra as never);
  vi.spyOn(https, "request").mockImplementation(requestEntra as never);
  const { fetch: network } = globalThis;
  vi.stubGlobal("fetch", (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    return new URL(request.url).hostname === "login.microsoftonline.com" ? entra.fetch(request) : network(request);
  });
  Object.assign(process.env, variables);
});
afterAll(() => {
  for (const stop of stops) stop();
  for (const name of Object.keys(variables)) delete process.env[name];
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function load(name: string, code: string) {
  writeFileSync(path.join(folder, name), code);
  return (await import(pathToFileURL(path.join(folder, name)).href)).default;
}

/** @returns the address of an Express app on loopback */
async function serve(app: RequestListener): Promise<string> {
  const { url, stop } = await startServer(createServer(app));
  stops.push(stop);
  return url;
}

const read: AccessTokenOptions = { scopes: ["orders.read"] };
const callers: readonly (readonly [
  who: string,
  token: AccessTokenOptions | undefined,
  before: number,
  after: number,
])[] = [
  ["nobody", undefined, 401, 401],
  ["a user with one of the scopes", read, 200, 200],
  ["a user with the other scope", { scopes: ["orders.write"] }, 200, 200],
  ["a user without a listed scope", { scopes: ["access_as_user"] }, 401, 403],
  ["an app", { client: "daemon" }, 401, 403],
  ["a user of another tenant", { ...read, persona: "outsider" }, 401, 401],
  ["a user with a token for another API", { ...read, claims: { aud: "another" } }, 401, 401],
  ["a token that has expired", { ...read, claims: { iat: 1, nbf: 1, exp: 2 } }, 401, 401],
];

it("BearerStrategy and the gate allow the same callers, and identify them for Express", async () => {
  const before = await serve(await load("before.mjs", readGuide(former, "Before", "js")));
  const after = await serve(await load("after.mjs", readGuide(former, "After", "js")));
  const gate = await load("gate.ts", readGuide(former, "After", "ts"));
  const env = { ...variables, GATE_URL: "https://api.example", ORIGIN_URL: after };
  const ask = async (authorization?: string) => {
    const headers = { ...(authorization && { authorization }), "x-ms-client-principal-id": "forged" };
    const answers = [
      await fetch(`${before}/orders`, { headers }),
      await gate.fetch(new Request("https://api.example/orders", { headers }), env),
    ];
    return Promise.all(answers.map(async (answer: Response) => [answer.status, await answer.text()]));
  };
  for (const [who, options, statusBefore, statusAfter] of callers) {
    const token = options && `Bearer ${await entra.issueAccessToken(options)}`;
    const [[first, told], [second, toldAfter]] = (await ask(token)) as [[number, string], [number, string]];
    expect([who, first, second]).toEqual([who, statusBefore, statusAfter]);
    if (first !== 200) continue;
    expect(told).toMatch(/^{"caller":"[0-9a-f-]{36}"}$/);
    expect(toldAfter).toBe(told);
  }
  const idToken = await entra.issueIdToken({ claims: { scp: "orders.read" } });
  expect((await ask(`Bearer ${idToken}`)).map(([status]) => status)).toEqual([200, 401]);
});
