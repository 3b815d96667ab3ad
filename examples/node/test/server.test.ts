import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { createTestEntra } from "entra-gate/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { app } from "../src/app.ts";

const entra = createTestEntra();
const server = serve({ fetch: (request) => app.fetch(request, entra.variables), hostname: "127.0.0.1", port: 0 });
beforeAll(() => entra.install());
afterAll(() => server.close());

it("serves users with the scope over HTTP", async () => {
  if (!server.listening) await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
  const authorization = `Bearer ${await entra.token({ scopes: ["orders.read"] })}`;
  expect(await (await fetch(url, { headers: { authorization } })).json()).toEqual([{ id: 1 }]);
  expect((await fetch(url)).status).toBe(401);
});
