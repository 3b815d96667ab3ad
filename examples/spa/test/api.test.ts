import { createTestEntra } from "entra-gate/testing";
import { beforeAll, expect, it } from "vitest";
import { createApi } from "../src/api.ts";

const page = "https://app.contoso.com";
const api = createApi(page);
const entra = createTestEntra();
beforeAll(() => entra.install());

it("lets its page call with a token", async () => {
  const headers = { origin: page, authorization: `Bearer ${await entra.token({ scopes: ["orders.read"] })}` };
  const response = await api.fetch(new Request("https://api.contoso.com/orders", { headers }), { ...entra.variables });
  expect(response.status).toBe(200);
  expect(response.headers.get("access-control-allow-origin")).toBe(page);
});

it("refuses a call without a token", async () => {
  const response = await api.fetch(new Request("https://api.contoso.com/orders"), { ...entra.variables });
  expect(response.status).toBe(401);
});
