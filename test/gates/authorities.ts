import { App, authorities, createGate, requireAuth } from "../../src/index.ts";

const scopes = ["orders.read"];

/** Routes for callers of one authority, of both, and of those that a route without `from` admits. */
const routes = new App()
  .get("/employees", { hooks: requireAuth({ scopes }) }, ({ state }) => describe(state.principal))
  .get("/customers", { hooks: requireAuth({ scopes, from: ["customers"] }) }, ({ state }) => describe(state.principal))
  .get("/both", { hooks: requireAuth({ scopes, from: ["default", "customers"] }) }, ({ state }) =>
    describe(state.principal),
  )
  .get("/standard", {}, ({ state }) => describe(state.principal))
  .get("/reported", { hooks: requireAuth({ scopes }), mode: "report" }, ({ state }) => describe(state.principal));

function describe(principal: { readonly authority: string; readonly oid: string } | undefined) {
  return { status: 200, body: { authority: principal?.authority, oid: principal?.oid } } as const;
}

export default createGate({ authorities: authorities("customers"), routes, unlisted: "reject" });
