import { trace } from "@opentelemetry/api";
import { createGate } from "../../../src/index.ts";
import { spans, traceContext } from "../../../src/trace/trace.ts";
import { routes } from "./routes.ts";

export default createGate({ routes, spans: spans(trace.getTracer("entra-gate")), trace: traceContext("restart") });
