import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { clients } from "../../entra/directory/clients.ts";
import { api } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";
import { createEntraPlugin, requireAuth as requireOfDaloy } from "../../src/adapters/daloy.ts";
import { type EntraEnv, entra, requireAuth } from "../../src/adapters/hono.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { groupsFromGraph } from "../../src/extensions/groups/groups.ts";
import { createAdapterIo } from "../support/adapter-world.ts";
import { plainLog, validEnvironment } from "../support/environment.ts";
import { bearer } from "../support/gate-world.ts";
import { createQuestion } from "../support/isolate-world.ts";

const [first = "", second = ""] = personas["many-groups"].groups;
const scopes = ["access_as_user"];
const config = {
  ...validEnvironment,
  ...plainLog,
  ENTRA_CLIENT_ID: api.clientId,
  ENTRA_CLIENT_SECRET: clients.api.secret,
};
const options = { downstream: downstream(), groups: groupsFromGraph() };
const token = () => bearer({ persona: "many-groups" });

describe("a Hono app", () => {
  const io = createAdapterIo();
  const app = new Hono<EntraEnv>();
  app.use(entra(config, options, io));
  app.get("/first", requireAuth({ scopes, anyGroup: [first] }), (c) => c.json(c.get("principal").groups));
  // Own middleware may answer, so that the requirement after it is checked later.
  app.get("/later", requireAuth("access_as_user"), async (_, next) => next());
  app.get("/later", requireAuth({ scopes, groups: [second] }), (c) => c.json(c.get("principal").groups));

  it.each(["/first", "/later"])(
    "asks Graph on behalf of the user, and has the groups in the principal: %s",
    async (path) => {
      const response = await app.fetch(createQuestion(path, { token: await token() }), {});
      expect([response.status, await response.json()]).toEqual([200, expect.arrayContaining([first, second])]);
    },
  );
});

describe("a DaloyJS app", () => {
  it("asks Graph on behalf of the user", async () => {
    const { verifier } = createEntraPlugin(config, options, createAdapterIo());
    const hooks = requireOfDaloy({ scopes, anyGroup: [first] });
    const request = createQuestion("/", { token: await token() });
    const state: Record<string, unknown> = { verifier };
    expect(await hooks.preBody({ request, state, routePath: "/" })).toBeUndefined();
    expect(state.principal).toMatchObject({ groups: expect.arrayContaining([first, second]) });
  });

  it("verifies a token without its list of groups, if Graph is the source", async () => {
    const io = createAdapterIo();
    const groups = groupsFromGraph({ source: "graph" });
    const { verifier } = createEntraPlugin(config, { ...options, groups }, io);
    const listing = await bearer({ claims: { groups: [first] } });
    expect((await verifier.verify(listing.slice("Bearer ".length))).groups).toEqual([]);
    expect(io.requests.filter(({ url }) => url.includes("transitiveMemberOf"))).toEqual([]);
  });
});

it.each([
  () => entra(config, { groups: groupsFromGraph() }),
  () => createEntraPlugin(config, { groups: groupsFromGraph() }),
])("the option groups requires downstream: %#", (create) => {
  expect(create).toThrow(
    "the option groups requires the option downstream: downstream(), of createGate or createEntraPlugin",
  );
});
