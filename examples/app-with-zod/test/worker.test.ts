import { createTestEntra } from "entra-gate/testing";
import { beforeAll, expect, it } from "vitest";
import worker from "../src/worker.ts";

const entra = createTestEntra();
beforeAll(() => entra.install());

async function put(body: unknown): Promise<Response> {
  const authorization = `Bearer ${await entra.token({ scopes: ["orders.write"] })}`;
  const headers = { authorization, "content-type": "application/json" };
  const init = { method: "PUT", headers, body: JSON.stringify(body) };
  return worker.fetch(new Request("https://api.contoso.com/orders/7", init), entra.variables);
}

it("stores a valid order, and refuses any other", async () => {
  const response = await put({ quantity: 2 });
  expect([response.status, await response.json()]).toEqual([200, { id: "7", quantity: 2 }]);
  expect((await put({ quantity: -2 })).status).toBe(422);
});

it("describes its routes", async () => {
  const response = await worker.fetch(new Request("https://api.contoso.com/openapi.json"), entra.variables);
  expect(await response.json()).toMatchObject({ openapi: "3.1.0", paths: { "/orders/{id}": { put: {} } } });
});
