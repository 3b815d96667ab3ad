import { z } from "zod";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** One body that is validated on its way to the origin. */
const routes = new App();
routes.post(
  "/orders",
  { middleware: [requireAuth("access_as_user")], request: { body: z.object({ note: z.string() }) } },
  origin(),
);

export default createGate({ routes });
