import { createCredentialGate } from "../../support/mcp/credential-gate.ts";

/** The client is the API's own registration. */
export default createCredentialGate("a9100000-0000-4000-8000-000000000012");
