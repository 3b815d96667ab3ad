import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api, tenants } from "../../../src/testing/directory/directory.ts";
import { createEntra } from "../../../src/testing/entra.ts";
import type { AccessTokenOptions } from "../../../src/testing/issuer.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const directory = mkdtempSync(path.join(tmpdir(), "migrations-"));
const entra = createEntra();
const { fetch: network } = globalThis;

/** Entra, and an origin server that says who called; no other server is asked. */
beforeAll(() => {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { hostname } = new URL(request.url);
    if (hostname === "login.microsoftonline.com") return entra.fetch(request);
    if (hostname !== "origin.example") throw new Error(`nobody asks ${hostname}`);
    return Response.json({ caller: request.headers.get("x-ms-client-principal-id") });
  };
});
afterAll(() => {
  globalThis.fetch = network;
  rmSync(directory, { recursive: true });
});

const env = {
  ...{ ENTRA_TENANT_ID: tenants.contoso.id, ENTRA_API_AUDIENCE: api.clientId, ENTRA_REQUIRED_SCOPE: "access_as_user" },
  ...{ GATE_URL: "https://api.example", ORIGIN_URL: "https://origin.example" },
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
async function loadProgram(guide: string, chapter: "Before" | "After"): Promise<Program> {
  const text = readFileSync(path.join(root, "docs/how-to", guide), "utf8");
  const [, body = ""] = new RegExp(`^## ${chapter}\n([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, "m").exec(text) ?? [];
  const code = [...body.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block).join("\n");
  const own = Object.entries(packages).reduce(
    (source, [name, file]) => source.replaceAll(`"${name}"`, JSON.stringify(path.join(root, file))),
    code,
  );
  const file = path.join(directory, `${guide}-${chapter}.ts`);
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
  ["migrate-from-jose.md", "Before"],
  ["migrate-from-jose.md", "After"],
  ["migrate-from-hono-jwk.md", "Before"],
  ["migrate-from-hono-jwk.md", "After"],
  ["migrate-from-passport-azure-ad.md", "After"],
  ["migrate-from-envoy.md", "After"],
  ["migrate-from-daloyjs-page.md", "After"],
] as const)("%s, %s", (guide, chapter) => {
  it("lets in whom it should, and refuses the others", async () => {
    const program = await loadProgram(guide, chapter);
    for (const [who, options, status] of callers) {
      const headers: Record<string, string> =
        options === undefined ? {} : { authorization: `Bearer ${await entra.issueAccessToken(options)}` };
      const response = await program.fetch(new Request("https://api.example/orders", { headers }), env);
      expect([who, response.status]).toEqual([who, status]);
    }
  });
});

it("the gate in front of Express names the caller, and Envoy's open path stays open", async () => {
  const token = await entra.issueAccessToken({ scopes: ["orders.read"] });
  const headers = { authorization: `Bearer ${token}`, "x-ms-client-principal-id": "forged" };
  const gate = await loadProgram("migrate-from-passport-azure-ad.md", "After");
  const { caller } = await (await gate.fetch(new Request("https://api.example/orders", { headers }), env)).json();
  expect(caller).toMatch(/^[0-9a-f-]{36}$/);
  const envoy = await loadProgram("migrate-from-envoy.md", "After");
  expect((await envoy.fetch(new Request("https://api.example/health"), env)).status).toBe(200);
  expect((await envoy.fetch(new Request("https://api.example/orders/1", { method: "DELETE" }), env)).status).toBe(401);
  expect((await envoy.fetch(new Request("https://api.example/orders-archive", { headers }), env)).status).toBe(404);
});
