import { downstreamApi } from "../../entra/directory/directory.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { issuer } from "../../src/extensions/issuer/issuer.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const graph = "https://graph.microsoft.com";
const middleware = [requireAuth("access_as_user")] as const;

/** A gate with keys of its own: it signs in at Entra without a secret, and signs for the origin. */
export default createGate({
  routes: new App()
    .get("/me/graph", { middleware }, ({ state }) =>
      state.downstreamFetch(`${graph}/v1.0/me`, { scopes: [`${graph}/User.Read`] }),
    )
    .get("/app", { middleware }, async ({ state }) => {
      const { expiresAtSeconds } = await state.downstream.asApp(graph);
      return { status: 200, body: { expiresAtSeconds } };
    })
    .get(
      "/inventory",
      { middleware },
      origin({ as: "on-behalf-of", scopes: [`${downstreamApi.appIdUri}/inventory.read`] }),
    )
    .get("/open", { public: true }, origin()),
  downstream: downstream(),
  issuer: issuer(),
});
