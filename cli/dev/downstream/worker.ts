// A gate for `npm run dev -- --worker cli/dev/downstream/worker.ts`. It calls a small Microsoft Graph as the user, and
// exchanges the token for the sample origin. You can copy its routes: only GRAPH_URL is local.

import { downstreamApi } from "../../../entra/directory/directory.ts";
import { downstream } from "../../../src/extensions/downstream/downstream.ts";
import { App, createGate, origin, requireAuth } from "../../../src/index.ts";

interface Environment {
  /** URL of Graph; Microsoft's own if absent. */
  readonly GRAPH_URL?: string;
}

const graph = "https://graph.microsoft.com";

const routes = new App({ title: "Downstream", version: "1.0.0" })
  .route({
    method: "GET",
    path: "/me/graph",
    hooks: requireAuth("access_as_user"),
    handler: ({ state, env }) => {
      const { GRAPH_URL = graph } = env as Environment;
      return state.downstreamFetch(`${GRAPH_URL}/v1.0/me`, { scopes: [`${graph}/User.Read`] });
    },
  })
  .route({
    method: "GET",
    path: "/inventory/*",
    hooks: requireAuth("access_as_user"),
    handler: origin({ as: "on-behalf-of", scopes: [`${downstreamApi.appIdUri}/inventory.read`] }),
  });

export default createGate({ routes, downstream: downstream() });
