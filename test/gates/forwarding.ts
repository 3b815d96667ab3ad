import { App, createGate } from "../../src/index.ts";

/** Every request must meet the default requirement, and goes to the origin. The gate of tests that name no other. */
export default createGate({ routes: new App({ title: "entra-gate", version: "1.0.0" }) });
