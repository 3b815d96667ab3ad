import { z } from "zod";
import { App, createGate, origin, requestId, requireAuth, secureHeaders, timeout } from "../../src/index.ts";

/** Hooks around everything that goes to the origin, unlisted paths too, and one body that is checked on its way. */
const routes = new App();
routes.use(secureHeaders());
routes.use(requestId());
routes.use(timeout(20_000));
routes.post(
  "/orders",
  { middleware: [requireAuth("access_as_user")], request: { body: z.object({ lines: z.array(z.string()) }) } },
  origin(),
);

export default createGate({ routes });
