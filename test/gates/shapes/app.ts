import { App, entraPlugin, origin } from "../../../src/index.ts";

const app = new App();
app.register(entraPlugin);
app.get("/admin/approve", { public: true }, origin());
app.post("/admin/approve", { public: true }, origin());

export default app;
