import { Hono } from "hono";
import { type EntraEnv, entra, requireAuth } from "../../src/adapters/hono.ts";
import { share, sharing } from "../support/sharing.ts";

/** A Hono app whose routes and middleware allow shared caches to store the response for one caller. */
const app = new Hono<EntraEnv>();
app.use(entra());
app.use("/middleware", async (c, next) => {
  await next();
  share(c.res);
});
app.use("/before", async (c, next) => {
  for (const [name, value] of Object.entries(sharing)) c.header(name, value);
  await next();
});
app.get("/plain", requireAuth("access_as_user"), (c) => c.json({}, 200, sharing));
app.get("/response", requireAuth("access_as_user"), () => new Response("ok", { headers: sharing }));
app.get("/middleware", requireAuth("access_as_user"), (c) => c.text("ok"));
app.get("/before", requireAuth("access_as_user"), (c) => c.text("ok"));
app.get("/error", requireAuth("access_as_user"), () => {
  throw new Error("unforeseen");
});
app.onError((_error, c) => c.text("handled", 500, sharing));
app.notFound((c) => c.text("nothing", 404, sharing));

export default app;
