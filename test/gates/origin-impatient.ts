import { App, createGate, origin } from "../../src/index.ts";

/** A gate with a short time limit for its origin, and a public route. */
export default createGate({
  originMilliseconds: 1_500,
  routes: new App().route({ method: "GET", path: "/public", public: true, handler: origin() }),
});
