import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

interface Environment {
  /** The assertion source, which returns an assertion or throws. */
  readonly ASSERTION?: string;
}

const graph = "https://graph.microsoft.com";

/** A gate without a secret, whose assertions come from another identity provider. */
export default createGate({
  routes: new App().route({
    method: "GET",
    path: "/me/graph",
    middleware: [requireAuth("access_as_user")],
    handler: ({ state }) => state.downstreamFetch(`${graph}/v1.0/me`, { scopes: [`${graph}/User.Read`] }),
  }),
  downstream: downstream({
    async assertion({ env }) {
      const { ASSERTION } = env as Environment;
      if (ASSERTION === undefined) throw new Error("eyJ-a-secret-in-an-error");
      return ASSERTION;
    },
  }),
});
