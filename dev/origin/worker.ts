// A sample API to stand behind the gate: it tells what reached it, and behaves badly on request. Only for development.
import type { Hono } from "hono";
import { refuseForeign, type ServerVars } from "../foreign.ts";
import { createOrigin } from "./origin.ts";

let origin: Hono | undefined;

export default {
  fetch(request: Request, env: ServerVars): Response | Promise<Response> {
    // The gate passes on the `Origin` of its callers, who may be pages anywhere.
    const refusal = refuseForeign(request, env, new URL(request.url).pathname.startsWith("/local/"));
    if (refusal !== undefined) return refusal;
    origin ??= createOrigin();
    return origin.fetch(request);
  },
};
