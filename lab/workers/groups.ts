// Shows what a list of groups in memory costs: npm run bench -- --only '^gate, (no group beside groups|group from
// Graph)$'
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { groupsFromGraph } from "../../src/extensions/groups/groups.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

const group = "44444444-5555-6666-7777-888888888888";
const platformFetch = globalThis.fetch;
/** The local Microsoft Graph answers that the caller is in no group. */
globalThis.fetch = (input, init) =>
  String(input).includes("/transitiveMemberOf")
    ? Promise.resolve(Response.json({ value: [{ "@odata.type": "#microsoft.graph.group", id: group }] }))
    : platformFetch(input, init);

const answer = () => ({ status: 200, body: { ok: true } });
const scopes = ["access_as_user"];
const routes = new App()
  .get("/group", { hooks: requireAuth({ scopes, anyGroup: [group] }) }, answer)
  .get("/me", { hooks: requireAuth({ scopes }) }, answer);

/** A gate that asks Microsoft Graph for the groups of every user, and keeps the lists in memory. */
export default createGate({
  routes,
  unlisted: "reject",
  downstream: downstream(),
  groups: groupsFromGraph({ source: "graph" }),
});
