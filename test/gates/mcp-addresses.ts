import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";
import { entries } from "../support/mcp/addresses.ts";

const write = requireAuth("tools.write");

/** An MCP server in the worker. Its entries need another scope than its other addresses. */
export default createGate({
  unlisted: "reject",
  routes: new App().register(
    mcp(
      "/mcp",
      {
        hooks: requireAuth("tools.read"),
        resources: {
          "*": requireAuth("tools.read"),
          ...Object.fromEntries(entries.map((entry) => [entry, write])),
        },
      },
      async (request) => Response.json(await request.json()),
    ),
  ),
});
