import { App, createGate, origin } from "../../src/index.ts";

/** A gate that waits for its origin no longer than a test wants to, and has a public route. */
export default createGate({
  originMilliseconds: 400,
  routes: new App().route({ method: "GET", path: "/public", public: true, handler: origin() }),
});
