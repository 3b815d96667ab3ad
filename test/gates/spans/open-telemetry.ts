import { trace } from "@opentelemetry/api";
import { spans } from "../../../src/extensions/trace/spans.ts";
import { traceContext } from "../../../src/extensions/trace/trace.ts";
import { createGate } from "../../../src/index.ts";
import { routes } from "./routes.ts";

export default createGate({ routes, spans: spans(trace.getTracer("entra-gate")), trace: traceContext("restart") });
