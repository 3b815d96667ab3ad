import { tracing } from "cloudflare:workers";
import { App, createGate, requireAuth } from "../../src/index.ts";
import { spans } from "../../src/trace/trace.ts";

const routes = new App().route({
  method: "GET",
  path: "/me",
  hooks: requireAuth("access_as_user"),
  handler: () => ({ status: 200, body: { ok: true } }),
});

/** `gate.ts` with spans, which nobody records. */
export default createGate({ routes, spans: spans(tracing) });
