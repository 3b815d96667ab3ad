import { z } from "zod";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** A gate that validates one forwarded body. */
const routes = new App();
routes.post(
  "/orders",
  { middleware: [requireAuth("access_as_user")], request: { body: z.object({ note: z.string() }) } },
  origin(),
);

export default createGate({ routes });
