import { App } from "../../src/index.ts";

const app = new App();
app.get("/me", { public: true }, () => ({ status: 200, body: { ok: true } }));

export default app;
