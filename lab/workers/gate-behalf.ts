import { downstreamApi } from "../../entra/directory/directory.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const hooks = requireAuth("access_as_user");
const scopes = [`${downstreamApi.appIdUri}/inventory.read`];

/** Forwards with a token on behalf of the caller, and with none. */
const routes = new App()
  .get("/inventory", { hooks }, origin({ as: "on-behalf-of", scopes }))
  .get("/orders", { hooks }, origin());

export default createGate({ routes, downstream: downstream() });
