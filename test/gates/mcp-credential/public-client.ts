import { createCredentialGate } from "../../support/mcp/credential-gate.ts";

/** The client is a public one, of the platform Mobile and desktop applications. */
export default createCredentialGate("c11e0000-0000-4000-8000-000000000026");
