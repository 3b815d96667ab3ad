import { traceContext } from "../../../src/extensions/trace/trace.ts";
import { createGate } from "../../../src/index.ts";

export default createGate({ trace: traceContext("restart") });
