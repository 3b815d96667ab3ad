import { personas } from "../../entra/directory/personas.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { groupsFromGraph } from "../../src/extensions/groups/groups.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

const scopes = ["access_as_user"];
/** A group of the user in 250 groups. */
const [member = ""] = personas["many-groups"].groups;
const other = "96000000-0000-4000-8044-00000000cccc";

const routes = new App()
  .get("/member", { hooks: requireAuth({ scopes, anyGroup: [other, member] }) }, ({ state }) => ({
    status: 200,
    body: state.principal.groups,
  }))
  .get("/other", { hooks: requireAuth({ scopes, anyGroup: [other] }) }, () => ({ status: 204 }))
  .get("/scope", { hooks: requireAuth("access_as_user") }, () => ({ status: 204 }));

export default createGate({ routes, unlisted: "reject", downstream: downstream(), groups: groupsFromGraph() });
