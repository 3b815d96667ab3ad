import { z } from "zod";
import { App, entraPlugin, rateLimit, requireAuth, secureHeaders } from "../../src/index.ts";

/** The documentation's program, in the form of `hooks`. */
const app = new App({ title: "Orders", version: "1.0.0" });
app.use(secureHeaders());
app.use(rateLimit({ windowMs: 60_000, max: 100 }));
app.register(entraPlugin);
app.route({
  method: "GET",
  path: "/me",
  operationId: "getMe",
  hooks: requireAuth("access_as_user"),
  responses: {
    200: { description: "OK", body: z.object({ oid: z.string().optional(), tid: z.string().optional() }) },
  },
  handler: ({ state }) => ({ status: 200, body: { oid: state.principal!.oid, tid: state.principal!.tid } }),
});

export default app;
