import { createCredentialGate } from "../../support/mcp/credential-gate.ts";

/** The client has a registration of its own, of the platform Web. */
export default createCredentialGate("c11e0000-0000-4000-8000-000000000027");
