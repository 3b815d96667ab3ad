import { App, entraPlugin, rateLimit, requireAuth } from "../../../src/index.ts";

const app = new App();
app.register(entraPlugin);
app.get("/orders", { hooks: requireAuth("access_as_user") }, () => ({ status: 200 }));
app.get("/limited", { public: true, hooks: rateLimit({ windowMs: 600_000, max: 3 }) }, () => ({ status: 204 }));
app.get("/verify", { public: true }, async ({ request, state }) => {
  const [, token = ""] = (request.headers.get("x-token") ?? "").split("Bearer ");
  const principal = await state.verifier.verify(token);
  return { status: 200, body: { kind: principal.kind } };
});

export default app;
