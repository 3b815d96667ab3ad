import { Hono } from "hono";
import { type EntraEnv, entra, requireAuth } from "../../../src/adapters/hono.ts";
import { type SpanTracer, spans } from "../../../src/extensions/trace/spans.ts";
import { traceContext } from "../../../src/extensions/trace/trace.ts";

/** The routes of `routes.ts` in a Hono app. */
export function createApp(tracer: SpanTracer): Hono<EntraEnv> {
  const app = new Hono<EntraEnv>();
  app.use(entra(undefined, { spans: spans(tracer), trace: traceContext("restart") }));
  app.get("/orders/:id", requireAuth({ anyRole: ["Orders.Read.All"] }), (c) => c.json({}));
  return app;
}
