import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const gate = createGate({
  routes: new App().route({
    method: "POST",
    path: "/mcp",
    hooks: requireAuth("access_as_user"),
    handler: origin(),
  }),
});
let vars: Record<string, unknown> | undefined;

/** A gate that forwards the requests of mcp.ts, at any address. */
export default {
  fetch(request: Request, env: object, execution: ExecutionContext) {
    vars ??= { ...env, GATE_URL: new URL(request.url).origin };
    return gate.fetch(request, vars, execution);
  },
};
