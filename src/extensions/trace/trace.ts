import type { Io } from "../../base/common/io.ts";
import { checkOptionsOf, type Rule } from "../../base/common/options.ts";
import { sendsTraces } from "../../base/common/runtime.ts";
import type { CallTrace, SpanIds, TraceHeaders } from "../../base/http/call.ts";
import type { TraceProvider } from "../../core/guard/entra-options.ts";
import { createProvider } from "../../core/guard/provider.ts";
import type { TraceFactory } from "../../core/guard/trace.ts";
import {
  createTrace,
  hasRandomBit,
  readTraceParent,
  readTraceState,
  type TraceContext,
  writeTraceParent,
} from "./trace-parent.ts";

/** Options of {@link traceContext}. */
export interface TraceOptions {
  /** Share of the traces that start at the gate and that other servers shall record, from 0 to 1. Default: 1. */
  readonly sampledShare?: number;
}

/**
 * Creates the option `trace`. The origin gets exactly one `traceparent`, and the log line of a request has its trace.
 * With the option `spans`, both have the IDs of the gate's spans.
 *
 * @param mode `restart` starts a new trace for each request, because a client must not choose IDs or what is recorded.
 * `continue` goes on with a valid `traceparent`: use it only if nobody but an upstream server of yours can call the
 * gate.
 * @throws TypeError if the mode or an option is invalid
 * @see https://www.w3.org/TR/trace-context-2/
 *
 * @example
 * import { traceContext } from "entra-gate";
 *
 * export default createGate({ routes, trace: traceContext("restart") });
 */
export function traceContext(mode: "restart" | "continue", options: TraceOptions = {}): TraceProvider {
  if (mode !== "restart" && mode !== "continue")
    throw new TypeError('traceContext: mode must be "restart" or "continue"');
  checkOptionsOf("traceContext", options, { sampledShare: isShare });
  const { sampledShare = 1 } = options;
  const factory: TraceFactory = {
    follow: (io) => ({ traceOf: ({ headers }) => new RequestTrace(io, mode, sampledShare, headers) }),
  };
  return createProvider("trace", factory);
}

const isShare: Rule = (value) =>
  (typeof value === "number" && value >= 0 && value <= 1) || "must be a number from 0 to 1";

/** The trace of one request. It is read when the log or the origin needs it. */
class RequestTrace implements CallTrace {
  readonly #client: TraceContext | undefined;
  readonly #continued: TraceContext | undefined;
  readonly #state: string | undefined;
  #own: TraceContext;

  constructor(io: Io, mode: "restart" | "continue", sampledShare: number, headers: Headers) {
    this.#client = readTraceParent(headers.get("traceparent"));
    this.#continued = mode === "continue" ? this.#client : undefined;
    this.#state = this.#continued && readTraceState(headers.get("tracestate"));
    this.#own = this.#continued ?? createTrace(io, io.random() < sampledShare);
  }

  get logged(): object {
    const { traceId } = this.#own;
    const client = this.#client?.traceId;
    return { trace: traceId, ...(client !== traceId && { clientTrace: client }) };
  }

  join({ traceId, spanId, traceFlags }: SpanIds): void {
    // A trace that an upstream server started keeps its random flag, even if the tracer reports another one.
    const random = this.#continued?.random ?? hasRandomBit(traceFlags);
    const span = readTraceParent(writeTraceParent({ traceId, spanId, sampled: true, random }));
    // A span of another trace must not break the one that an upstream server continues.
    if (span !== undefined && (this.#continued?.traceId ?? traceId) === traceId) this.#own = span;
  }

  get headers(): TraceHeaders {
    if (sendsTraces()) return {};
    return {
      traceparent: writeTraceParent(this.#own),
      ...(this.#state !== undefined && { tracestate: this.#state }),
    };
  }

  send(headers: Headers): void {
    headers.delete("traceparent");
    headers.delete("tracestate");
    for (const [name, value] of Object.entries(this.headers)) headers.set(name, value);
  }

  add(headers: Headers): void {
    if (sendsTraces() || !headers.has("traceparent")) this.send(headers);
  }
}
