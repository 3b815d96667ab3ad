import { downstreamApi } from "../../entra/directory/directory.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const hooks = requireAuth("access_as_user");
const scopes = [`${downstreamApi.appIdUri}/inventory.read`];

/** A route for each name in BROKEN, which forwards to the origin of that name, and one that sends a request there. */
const routes = new App();
for (const name of (process.env.BROKEN ?? "").split(" ")) {
  routes.route({ method: "POST", path: `/forwarded/${name}/*`, hooks, handler: origin({ to: name }) });
  routes.route({
    method: "POST",
    path: `/sent/${name}/*`,
    hooks,
    handler: ({ state, request }) => {
      const { pathname, search } = new URL(request.url);
      return state.downstreamFetch(`${process.env[`ORIGIN_${name.toUpperCase()}_URL`]}${pathname}${search}`, {
        scopes,
      });
    },
  });
}

export default createGate({ routes, downstream: downstream() });
