import { App, createGate, type Gate, requireAuth } from "../../src/index.ts";

let gate: Gate | undefined;

/** Declares routes, half of which have a parameter. */
function declareRoutes(count: number): App {
  const routes = new App();
  const options = { hooks: requireAuth("access_as_user") };
  for (let index = 0; index < count; index += 1) {
    const path: `/${string}` = index % 2 === 0 ? `/literal/${index}` : `/items${index}/:id`;
    routes.get(path, options, () => ({ status: 200, body: { ok: true } }));
  }
  return routes;
}

/** A gate with the number of routes in the variable ROUTES. */
export default {
  fetch(request: Request, env: { readonly ROUTES: string }, ctx: ExecutionContext): Response | Promise<Response> {
    gate ??= createGate({ routes: declareRoutes(Number(env.ROUTES)) });
    return gate.fetch(request, env, ctx);
  },
};
