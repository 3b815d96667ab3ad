import { createTestEntra, personas } from "entra-gate/testing";
import { beforeAll, expect, it } from "vitest";
import app from "../src/worker.ts";

const entra = createTestEntra();
beforeAll(() => entra.install());

async function get(path: string, token?: string): Promise<Response> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return app.request(`https://api.contoso.com${path}`, { headers }, { ...entra.variables });
}

it("tells users who they are", async () => {
  const response = await get("/me", await entra.token({ persona: "guest" }));
  expect(await response.json()).toEqual({ oid: personas.guest.oid });
});

it("needs a token, and the scope of the route", async () => {
  expect((await get("/health")).status).toBe(200);
  expect((await get("/me")).status).toBe(401);
  expect((await get("/orders", await entra.token())).status).toBe(403);
  expect((await get("/orders", await entra.token({ scopes: ["orders.read"] }))).status).toBe(200);
});

it("accepts new keys, and refuses withdrawn ones", async () => {
  const old = await entra.token();
  await entra.rollOver("emergency");
  expect((await get("/me", await entra.token())).status).toBe(200);
  expect((await get("/me", old)).status).toBe(200);
});
