import { App, createGate, requireAuth } from "entra-gate";
import { createEntraPlugin } from "entra-gate/daloy";
import { downstream } from "entra-gate/downstream";
import { type GraphGroupsOptions, groupsFromGraph } from "entra-gate/groups";
import { entra } from "entra-gate/hono";

const options: GraphGroupsOptions = { securityEnabledOnly: true, source: "graph" };
const decisions = { downstream: downstream(), groups: groupsFromGraph(options) };
const hooks = requireAuth({ scopes: ["a"], anyGroup: ["44444444-5555-6666-7777-888888888888"] });
const routes = new App().get("/", { hooks }, ({ state }) => ({
  status: 200,
  body: { groups: state.principal.groups },
}));
export default createGate({ routes, ...decisions });
export const guard = entra(undefined, decisions);
export const plugin = createEntraPlugin(undefined, decisions);
