import { downstream } from "../../src/downstream/downstream.ts";
import { groupsFromGraph } from "../../src/groups/groups.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const group = "44444444-5555-6666-7777-888888888888";
const routes = new App()
  .get("/group", { hooks: requireAuth({ scopes: ["access_as_user"], anyGroup: [group] }) }, origin())
  .get("/scope", { hooks: requireAuth("access_as_user") }, origin());

/** A gate that asks Microsoft Graph for groups. */
export default createGate({ routes, unlisted: "reject", downstream: downstream(), groups: groupsFromGraph() });
