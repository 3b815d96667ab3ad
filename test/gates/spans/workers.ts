import { tracing } from "cloudflare:workers";
import { createGate } from "../../../src/index.ts";
import { spans } from "../../../src/trace/spans.ts";
import { traceContext } from "../../../src/trace/trace.ts";
import { routes } from "./routes.ts";

export default createGate({ routes, spans: spans(tracing), trace: traceContext("restart") });
