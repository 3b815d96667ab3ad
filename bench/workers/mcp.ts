// The load on this gate and on mcp-forward.ts is POST /mcp with the same headers and body, for either protocol generation:
// `authorization`, `content-type: application/json`, `accept: application/json, text/event-stream` and
//   2025-11-25: `mcp-protocol-version: 2025-11-25`; with a session also `mcp-session-id`, from the response to `initialize`
//   2026-07-28: `mcp-protocol-version: 2026-07-28`, `mcp-method: tools/call`, `mcp-name: orders_search`
// The body is a call of `orders_search` whose arguments are about 1 KB. In 2026-07-28, `params._meta` has
// `io.modelcontextprotocol/protocolVersion`. The origin is mcp-origin.ts.
import { App, createGate, requireAuth } from "../../src/index.ts";
import { mcp } from "../../src/mcp/mcp.ts";

const read = requireAuth("access_as_user");
const gate = createGate({
  routes: new App().register(
    mcp("/mcp", { hooks: read, tools: { "*": read, orders_delete: requireAuth("orders.write") } }),
  ),
});
let vars: Record<string, unknown> | undefined;

/** The gate at whatever address the load has. */
export default {
  fetch(request: Request, env: object, execution: ExecutionContext) {
    vars ??= { ...env, GATE_URL: new URL(request.url).origin, GATE_SESSION_KEY: `k1:${"A".repeat(43)}` };
    return gate.fetch(request, vars, execution);
  },
};
