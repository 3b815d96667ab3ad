import { Hono } from "hono";
import { type EntraEnv, entra, requireAuth } from "../../../src/adapters/hono.ts";

/** A Hono app with a guarded route. */
const app = new Hono<EntraEnv>();
app.use(entra());
app.get("/me", requireAuth("access_as_user"), (c) => c.json({}));

export default app;
