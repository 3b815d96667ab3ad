import { createGate } from "../../../src/index.ts";
import { traceContext } from "../../../src/trace/trace.ts";

export default createGate({ trace: traceContext("restart") });
