// These tests run inside workerd.
import { createTestEntra, personas } from "entra-gate/testing";
import { beforeAll, expect, it } from "vitest";
import worker from "../src/worker.ts";

const entra = createTestEntra();
beforeAll(() => entra.install());

/** An origin server that answers with the name of the caller. */
const ORIGIN = {
  fetch: async (request: Request) => new Response(request.headers.get("x-ms-client-principal-id")),
};

async function send(method: string, path: string, token?: string): Promise<Response> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = new Request(`https://api.contoso.com${path}`, { method, headers });
  return worker.fetch(request, { ...entra.variables, ORIGIN });
}

it("forwards a user with the scope, and says who it is", async () => {
  const response = await send("GET", "/orders/1", await entra.token({ scopes: ["orders.read"] }));
  expect([response.status, await response.text()]).toEqual([200, personas.member.oid]);
});

it("refuses everybody else", async () => {
  expect((await send("GET", "/orders/1")).status).toBe(401);
  expect((await send("GET", "/orders/1", await entra.token())).status).toBe(403);
  expect((await send("DELETE", "/orders/1", await entra.token({ scopes: ["orders.read"] }))).status).toBe(403);
  expect((await send("DELETE", "/orders/1", await entra.token({ persona: "admin" }))).status).toBe(200);
  expect((await send("GET", "/elsewhere", await entra.token({ persona: "admin" }))).status).toBe(404);
});
