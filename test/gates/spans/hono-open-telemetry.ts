import { trace } from "@opentelemetry/api";
import { createApp } from "./hono.ts";

export default createApp(trace.getTracer("entra-gate"));
