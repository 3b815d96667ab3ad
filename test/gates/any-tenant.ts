import { createGate } from "../../src/index.ts";

/** Allows every tenant, as an API with open sign-up does. */
export default createGate({ isTenantAllowed: () => true });
