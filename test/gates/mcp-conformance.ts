import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

/** A policy for every kind of name, so that the gate reads all messages and lists. */
const everything = { "*": requireAuth("tools.read") };

export default createGate({
  unlisted: "reject",
  routes: new App().register(
    mcp("/mcp", { hooks: requireAuth("tools.read"), tools: everything, prompts: everything, resources: everything }),
  ),
});
