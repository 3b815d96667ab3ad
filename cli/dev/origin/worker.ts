// A sample API behind the gate. It returns the request that it received, and misbehaves on request. Only for
// development.
import type { Hono } from "hono";
import type { ServerVars } from "../../../entra/server/pages.ts";
import { createSampleOrigin } from "./origin.ts";
import { openEchoSocket } from "./socket.ts";

let origin: Hono | undefined;

export default {
  fetch(request: Request, env: ServerVars): Response | Promise<Response> {
    origin ??= createSampleOrigin(env, openEchoSocket);
    return origin.fetch(request);
  },
};
