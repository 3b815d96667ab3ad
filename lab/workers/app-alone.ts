import { App, entraPlugin, requireAuth } from "../../src/index.ts";

/** An App that serves itself. */
const app = new App();
app.register(entraPlugin);
app.get("/me", { hooks: requireAuth("access_as_user") }, () => ({ status: 200, body: { ok: true } }));

export default app;
