import { App, createGate } from "../../src/index.ts";

/** Waits for its origin no longer than a soak can. */
export default createGate({ originMilliseconds: 6_000, routes: new App({ title: "Soak", version: "1.0.0" }) });
