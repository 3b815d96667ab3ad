import { z } from "zod";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** A gate that validates forwarded forms. */
const routes = new App();
routes.post(
  "/payments",
  {
    middleware: [requireAuth("access_as_user")],
    accepts: ["multipart/form-data", "application/x-www-form-urlencoded"],
    request: {
      body: z.strictObject({
        amount: z.coerce.number().max(100),
        note: z.string().max(20).optional(),
        file: z.file().optional(),
      }),
    },
  },
  origin(),
);

export default createGate({ routes });
