import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { createEntra } from "../../../entra/entra.ts";
import type { AccessTokenOptions } from "../../../entra/tokens/issuer.ts";
import { type Former, readGuide } from "../../support/docs/guides.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const directory = mkdtempSync(path.join(tmpdir(), "migrations-"));
const entra = createEntra();
const { fetch: network } = globalThis;

/** Entra, and an origin server that returns the caller. Other requests fail. */
beforeAll(() => {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { hostname } = new URL(request.url);
    if (hostname === "login.microsoftonline.com") return entra.fetch(request);
    if (hostname !== "origin.example") throw new Error(`unexpected request to ${hostname}`);
    return Response.json({ forwarded: request.headers.has("authorization") });
  };
});
afterAll(() => {
  globalThis.fetch = network;
  rmSync(directory, { recursive: true });
});

const env = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: api.clientId,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  GATE_URL: "https://api.example",
  ORIGIN_URL: "https://origin.example",
};
const packages = {
  "entra-gate/hono": "src/adapters/hono.ts",
  "entra-gate": "src/index.ts",
  "hono/jwk": "node_modules/hono/dist/middleware/jwk/index.js",
  hono: "node_modules/hono/dist/index.js",
  jose: "node_modules/jose/dist/webapi/index.js",
};

interface Program {
  fetch(request: Request, env: unknown): Response | Promise<Response>;
}

/** The TypeScript of a chapter of a guide, as a module that runs here. */
async function loadProgram(former: Former, chapter: "Before" | "After"): Promise<Program> {
  const code = readGuide(former, chapter, "ts");
  const own = Object.entries(packages).reduce(
    (source, [name, file]) => source.replaceAll(`"${name}"`, JSON.stringify(path.join(root, file))),
    code,
  );
  const file = path.join(directory, `${former.replaceAll(/\W/g, "-")}-${chapter}.ts`);
  writeFileSync(file, own);
  return (await import(pathToFileURL(file).href)).default;
}

const callers: readonly (readonly [who: string, token: AccessTokenOptions | undefined, status: number])[] = [
  ["nobody", undefined, 401],
  ["a user with the scope", { scopes: ["orders.read"] }, 200],
  ["a user with another scope", { scopes: ["access_as_user"] }, 403],
  ["a user of another tenant", { persona: "outsider", scopes: ["orders.read"] }, 401],
  ["a user with a token for another API", { scopes: ["orders.read"], claims: { aud: "another" } }, 401],
  ["a token that has expired", { scopes: ["orders.read"], claims: { iat: 1, nbf: 1, exp: 2 } }, 401],
];

describe.each([
  ["jose in Hono", "Before"],
  ["jose in Hono", "After"],
  ["hono/jwk", "Before"],
  ["Envoy jwt_authn", "After"],
  ["DaloyJS's page on Entra ID", "After"],
] as const)("from %s, %s", (former, chapter) => {
  it("allows the intended callers, and refuses the others", async () => {
    const program = await loadProgram(former, chapter);
    for (const [who, options, status] of callers) {
      const headers: Record<string, string> =
        options === undefined ? {} : { authorization: `Bearer ${await entra.issueAccessToken(options)}` };
      const response = await program.fetch(new Request("https://api.example/orders", { headers }), env);
      expect([who, response.status]).toEqual([who, status]);
    }
  });
});

/** The parts of a filter `jwt_authn` that the test reads. */
interface Filter {
  readonly providers: Record<string, Record<string, unknown>>;
  readonly rules: readonly { readonly match: { readonly prefix: string }; readonly requires?: object }[];
}

describe("from Envoy jwt_authn", () => {
  const [filter] = parse(readGuide("Envoy jwt_authn", "Before", "yaml")).http_filters;
  const { providers, rules }: Filter = filter.typed_config;
  const [name = "", provider = {}] = Object.entries(providers)[0] ?? [];
  const shown = Object.fromEntries(
    [...readGuide("Envoy jwt_authn", "After", "sh").matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]),
  );

  it("has a filter with the same trust as the variables of the gate", async () => {
    const { issuer, audiences, remote_jwks: keys, ...others } = provider;
    const tenant = shown.ENTRA_TENANT_ID ?? "";
    expect(audiences).toEqual([shown.ENTRA_API_AUDIENCE]);
    // The local Entra has another tenant.
    const address = `https://login.microsoftonline.com/${tenants.contoso.id}/v2.0/.well-known/openid-configuration`;
    const metadata = await (await entra.fetch(new Request(address))).text();
    const expected = JSON.parse(metadata.replaceAll(tenants.contoso.id, tenant));
    const { uri } = (keys as { http_uri: { uri: string } }).http_uri;
    expect({ issuer, jwks_uri: uri }).toEqual({ issuer: expected.issuer, jwks_uri: expected.jwks_uri });
    expect([others, shown.ORIGIN_AUTHORIZATION]).toEqual([{}, "strip"]);
    expect(rules).toEqual([
      { match: { prefix: "/health" } },
      { match: { prefix: "/orders" }, requires: { provider_name: name } },
    ]);
  });

  it("has a worker that keeps the open path open, and removes the token like the filter", async () => {
    const headers = { authorization: `Bearer ${await entra.issueAccessToken({ scopes: ["orders.read"] })}` };
    const gate = await loadProgram("Envoy jwt_authn", "After");
    const ask = (target: string, init?: RequestInit) =>
      gate.fetch(new Request(`https://api.example${target}`, init), { ...shown, ...env });
    expect((await ask("/health")).status).toBe(200);
    expect(await (await ask("/orders/1", { headers })).json()).toEqual({ forwarded: false });
    expect((await ask("/orders/1", { method: "DELETE" })).status).toBe(401);
    expect((await ask("/orders-archive", { headers })).status).toBe(404);
    expect((await ask("/orders?access_token=a.b.c")).status).toBe(401);
    expect((await ask("/orders?access_token=a.b.c", { headers })).status).toBe(400);
  });
});
