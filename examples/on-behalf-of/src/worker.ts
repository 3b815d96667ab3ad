// A route that calls Microsoft Graph as its caller. ENTRA_CLIENT_SECRET, or better a certificate, is a secret of the worker.
import { App, createGate, requireAuth } from "entra-gate";
import { downstream } from "entra-gate/downstream";

const graph = "https://graph.microsoft.com";

const routes = new App({ title: "Profile", version: "1.0.0" });
routes.get("/profile", { hooks: requireAuth("access_as_user") }, ({ state }) =>
  state.downstreamFetch(`${graph}/v1.0/me`, { scopes: [`${graph}/User.Read`] }),
);

export default createGate({ routes, unlisted: "reject", downstream: downstream() });
