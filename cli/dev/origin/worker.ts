// A sample API behind the gate. It returns the request that it received, and misbehaves on request. Only for
// development.
import type { Hono } from "hono";
import { refuseForeign, type ServerVars } from "../../../entra/server/foreign.ts";
import { createSampleOrigin } from "./origin.ts";

let origin: Hono | undefined;

export default {
  fetch(request: Request, env: ServerVars): Response | Promise<Response> {
    // The gate forwards the `Origin` of its callers, which can be any page.
    const refusal = refuseForeign(request, env, new URL(request.url).pathname.startsWith("/local/"));
    if (refusal !== undefined) return refusal;
    origin ??= createSampleOrigin();
    return origin.fetch(request);
  },
};
