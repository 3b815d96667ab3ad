import { mcpClientId } from "../../entra/directory/mcp-client.ts";
import { createAnyHostGate } from "../support/mcp/any-host-gate.ts";

/** The client in Entra is a public one. */
export default createAnyHostGate(mcpClientId);
