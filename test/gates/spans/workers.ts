import { tracing } from "cloudflare:workers";
import { spans } from "../../../src/extensions/trace/spans.ts";
import { traceContext } from "../../../src/extensions/trace/trace.ts";
import { createGate } from "../../../src/index.ts";
import { routes } from "./routes.ts";

export default createGate({ routes, spans: spans(tracing), trace: traceContext("restart") });
