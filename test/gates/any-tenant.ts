import { createGate } from "../../src/index.ts";

/** Lets every tenant in, as an API that anybody may sign up for. */
export default createGate({ isTenantAllowed: () => true });
