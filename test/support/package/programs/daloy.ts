import { authPlugin, createEntraPlugin, type EntraVerifier, requireAuth, type VerifiedCaller } from "entra-gate/daloy";

const { verifier } = createEntraPlugin({ ENTRA_TENANT_ID: "a", ENTRA_API_AUDIENCE: "b" });
const v: EntraVerifier = verifier;
const hooks = requireAuth("orders.read");

export { authPlugin, hooks, type VerifiedCaller, v };
