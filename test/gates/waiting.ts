import { createGate } from "../../src/index.ts";

/** Allows every tenant, after a time that a database could take. */
export default createGate({
  isTenantAllowed: () => new Promise((resolve) => setTimeout(() => resolve(true), 2_500)),
});
