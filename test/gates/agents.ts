import { api } from "../../entra/directory/directory.ts";
import { App, anyOf, createGate, origin, requireAuth } from "../../src/index.ts";

const [scope] = api.scopes;
const [role] = api.appRoles;
const of = (agent: "only" | "never") =>
  anyOf(requireAuth({ scopes: [scope], agent }), requireAuth({ anyRole: [role], agent }));

export default createGate({
  unlisted: "reject",
  routes: new App()
    .get("/only", { hooks: of("only") }, origin())
    .get("/never", { hooks: of("never") }, origin())
    .get("/either", { hooks: anyOf(requireAuth(scope), requireAuth({ anyRole: [role] })) }, origin()),
});
