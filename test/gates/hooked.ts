import { z } from "zod";
import { App, createGate, origin, requestId, requireAuth, secureHeaders, timeout } from "../../src/index.ts";

/** Hooks around all forwarded requests, including unlisted paths, and one validated body. */
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
