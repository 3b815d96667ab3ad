import { App, entraPlugin, requireAuth } from "../../../src/index.ts";

/** An App that serves itself, with a guarded route and a public one. */
const app = new App()
  .get("/me", { hooks: requireAuth("access_as_user") }, () => ({ status: 200, body: {} }))
  .get("/public", { public: true }, () => ({ status: 200, body: {} }));
app.register(entraPlugin);

export default app;
