import { downstreamApi } from "../../entra/directory/directory.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const graph = "https://graph.microsoft.com";
const userRead = `${graph}/User.Read`;
const inventory = (scope: string) => `${downstreamApi.appIdUri}/${scope}`;

/** Calls Graph as the user and as the app, and the origin with an on-behalf-of token. */
const middleware = [requireAuth("access_as_user")] as const;
const forApps = [requireAuth({ anyRole: ["Orders.Read.All"] })] as const;
const routes = new App()
  .route({
    method: "GET",
    path: "/me/graph",
    middleware,
    handler: ({ state }) => state.downstreamFetch(`${graph}/v1.0/me`, { scopes: [userRead] }),
  })
  .route({
    method: "GET",
    path: "/me/messages",
    middleware,
    handler: ({ state }) => state.downstreamFetch(`${graph}/v1.0/me/messages`, { scopes: [userRead] }),
  })
  .route({
    method: "GET",
    path: "/moved",
    middleware,
    handler: ({ state, request }) =>
      state.downstreamFetch(`${graph}/v1.0/moved${new URL(request.url).search}`, { scopes: [userRead] }),
  })
  .route({
    method: "GET",
    path: "/organization",
    middleware: forApps,
    async handler({ state }) {
      const { accessToken } = await state.downstream.asApp(graph);
      const headers = { authorization: `Bearer ${accessToken}` };
      return fetch(`${graph}/v1.0/organization`, { headers });
    },
  })
  .route({
    method: "GET",
    path: "/app/graph",
    middleware: forApps,
    handler: ({ state }) => state.downstreamFetch(`${graph}/v1.0/me`, { scopes: [userRead] }),
  })
  .route({
    method: "GET",
    path: "/scope/:scope",
    middleware,
    async handler({ state, params }) {
      const { expiresAtSeconds } = await state.downstream.onBehalfOf([inventory(params.scope)]);
      return { status: 200, body: { expiresAtSeconds } };
    },
  })
  .route({ method: "GET", path: "/open", public: true, handler: origin() })
  .route({
    method: "GET",
    path: "/inventory",
    middleware,
    handler: origin({ as: "on-behalf-of", scopes: [inventory("inventory.read")] }),
  });

export default createGate({ routes, downstream: downstream() });
