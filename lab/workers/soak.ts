import { App, createGate } from "../../src/index.ts";

/** A gate with a short time limit for its origin, for soak tests. */
export default createGate({ originMilliseconds: 6_000, routes: new App({ title: "Soak", version: "1.0.0" }) });
