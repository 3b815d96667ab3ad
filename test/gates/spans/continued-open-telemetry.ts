import { context, trace } from "@opentelemetry/api";
import { spans } from "../../../src/extensions/trace/spans.ts";
import { traceContext } from "../../../src/extensions/trace/trace.ts";
import { createGate } from "../../../src/index.ts";
import { routes } from "./routes.ts";

const gate = createGate({ routes, spans: spans(trace.getTracer("entra-gate")), trace: traceContext("continue") });

/** With the query `?joined`, a request is in the span of its client, as an instrumentation of the server puts it. */
export default {
  async fetch(request: Request, env: object, platform: object): Promise<Response> {
    const serve = async () => gate.fetch(request, env, platform);
    if (new URL(request.url).search !== "?joined") return serve();
    const [, traceId = "", spanId = ""] = request.headers.get("traceparent")?.split("-") ?? [];
    const client = { traceId, spanId, traceFlags: 1, isRemote: true };
    return context.with(trace.setSpanContext(context.active(), client), serve);
  },
};
