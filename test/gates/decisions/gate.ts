import { App, createGate, requireAuth } from "../../../src/index.ts";

/** A gate with a guarded route and a public one. */
const routes = new App()
  .get("/me", { hooks: requireAuth("access_as_user") }, () => ({ status: 200, body: {} }))
  .get("/public", { public: true }, () => ({ status: 200, body: {} }));

export default createGate({ routes, unlisted: "reject" });
