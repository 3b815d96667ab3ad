// `lab/lines.ts` has the requests.

import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

const read = requireAuth("access_as_user");
const gate = createGate({
  routes: new App().register(
    mcp("/mcp", { hooks: read, tools: { "*": read, orders_delete: requireAuth("orders.write") } }),
  ),
});
let vars: Record<string, unknown> | undefined;

/** The gate at any address. */
export default {
  fetch(request: Request, env: object, execution: ExecutionContext) {
    vars ??= { ...env, GATE_URL: new URL(request.url).origin, GATE_SESSION_KEY: `k1:${"A".repeat(43)}` };
    return gate.fetch(request, vars, execution);
  },
};
