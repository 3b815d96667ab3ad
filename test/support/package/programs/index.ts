import {
  App,
  anyOf,
  cors,
  createEntraPlugin,
  createGate,
  DownstreamError,
  type GateOptions,
  NotFoundError,
  openapi,
  origin,
  type Principal,
  rateLimit,
  requireAuth,
} from "entra-gate";

declare module "entra-gate" {
  interface AppState {
    db: { count: number };
  }
}
const routes = new App({ title: "Orders", version: "1.0.0" });
routes.get("/orders/*", { hooks: requireAuth("orders.read") }, origin());
routes.get("/me/:id", { hooks: anyOf(requireAuth("access_as_user")) }, ({ state, params }) => {
  const principal: Principal = state.principal;
  return { status: 200, body: { oid: principal.oid, id: params.id, count: state.db.count } };
});
const options: GateOptions = { routes, unlisted: "reject", cors: cors({ origin: "https://a.example" }) };
const gate = createGate(options);
export default gate;
const answer: Response | Promise<Response> = gate.fetch(new Request("https://a.example"));

export { answer, createEntraPlugin, DownstreamError, NotFoundError, openapi, rateLimit };
