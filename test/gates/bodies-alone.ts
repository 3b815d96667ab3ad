import { z } from "zod";
import { App, entraPlugin, requireAuth } from "../../src/index.ts";

/** An App that serves itself, with one validated body. */
const app = new App();
app.register(entraPlugin);
app.post(
  "/orders",
  { middleware: [requireAuth("access_as_user")], request: { body: z.object({ note: z.string() }) } },
  () => ({ status: 200 }),
);
app.get("/orders", { middleware: [requireAuth("access_as_user")] }, () => ({ status: 200 }));

export default app;
