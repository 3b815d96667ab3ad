import { api, clients, createTestEntra, personas } from "entra-gate/testing";
import { beforeAll, expect, it } from "vitest";
import worker from "../src/worker.ts";

const entra = createTestEntra();
beforeAll(() => entra.install());

const variables = {
  ...entra.variables,
  ENTRA_CLIENT_ID: api.clientId,
  ENTRA_CLIENT_SECRET: clients.api.secret,
};

async function getProfile(token: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  return worker.fetch(new Request("https://api.contoso.com/profile", { headers }), variables);
}

it("asks Graph as the caller", async () => {
  const response = await getProfile(await entra.token({ persona: "guest" }));
  expect(await response.json()).toMatchObject({ id: personas.guest.oid });
});

it("fails where the user has not consented", async () => {
  expect((await getProfile(await entra.token({ persona: "newcomer" }))).status).toBe(403);
});
