import type { Forward, ServeContext, SpanFactory } from "../../app/pipeline/context.ts";
import type { Denial, Reason } from "../../base/common/denial.ts";
import type { Background } from "../../base/common/io.ts";
import { levelOfRefusal } from "../../base/common/refusal.ts";
import { attempt, isPromised, type Result } from "../../base/common/result.ts";
import type { Call, CallTrace } from "../../base/http/call.ts";
import type { SpansProvider } from "../../core/guard/entra-options.ts";
import { describeException } from "../../core/guard/exception.ts";
import type { Admission, Guard, Refused } from "../../core/guard/guard.ts";
import { createProvider } from "../../core/guard/provider.ts";

/** A span of `cloudflare:workers` or of `@opentelemetry/api`, as far as the gate uses it. */
export interface TracerSpan {
  /** On Workers: whether the span is recorded. */
  readonly isTraced?: boolean;
  /** In OpenTelemetry: whether the span is recorded. */
  isRecording?(): boolean;
  /** IDs of the span, and flags of its trace. */
  spanContext(): {
    /** 32 hexadecimal digits. */
    readonly traceId: string;
    /** 16 hexadecimal digits. */
    readonly spanId: string;
    /** Flags of W3C Trace Context. Bit 2 says that the trace ID is random. */
    readonly traceFlags: number;
  };
  /** Sets an attribute. */
  setAttribute(name: string, value: string | number): unknown;
  /** Sets the status. */
  setStatus(status: {
    /** For an error, `"error"` on Workers, and 2 in OpenTelemetry. */
    code: never;
  }): unknown;
  /** Ends the span. */
  end(): void;
}

/** `tracing` of `cloudflare:workers`, or a tracer of `@opentelemetry/api`, as far as the gate uses it. */
export interface SpanTracer {
  /** Calls `work` at once, within a new span. */
  startActiveSpan(name: string, work: (span: TracerSpan) => void): unknown;
  /** Only on Workers: returns the current span. */
  getActiveSpan?(): TracerSpan | undefined;
}

/**
 * Creates the option `spans`: one span for each request, and in it spans for verification, keys, policy, groups, tokens
 * for other APIs, and the origin. They have the reason of the log. No name or attribute contains a token, a path, a
 * query or an ID of the caller. A tracer that throws or rejects changes nothing about a request.
 *
 * @param tracer `tracing` of `cloudflare:workers`, or a tracer of `@opentelemetry/api`
 * @throws TypeError if the runtime has no such tracer
 * @see https://developers.cloudflare.com/workers/observability/traces/
 * @see https://opentelemetry.io/docs/specs/otel/trace/api/
 *
 * @example
 * import { tracing } from "cloudflare:workers";
 * import { spans } from "entra-gate";
 *
 * export default createGate({ routes, spans: spans(tracing) });
 */
export function spans(tracer: SpanTracer): SpansProvider {
  if (typeof (tracer as SpanTracer | null | undefined)?.startActiveSpan !== "function") {
    const expected = '`tracing` of cloudflare:workers, or trace.getTracer("entra-gate") of @opentelemetry/api';
    throw new TypeError(`spans: the tracer must be ${expected}. It has no startActiveSpan`);
  }
  return createProvider("spans", createFactory(tracer));
}

/** Attributes of a span. Those that are `undefined` are left out. */
interface Attributes {
  /** The log's reason. */
  readonly "entra_gate.reason"?: string | undefined;
  readonly [name: `${string}.${string}`]: string | number | undefined;
}

function createFactory(tracer: SpanTracer): SpanFactory {
  /**
   * Requests whose span is recorded. Every step gets their `background`, and no two requests have the same. Spans of
   * other requests would only cost time: a step of theirs costs one look here, and creates nothing.
   */
  const recorded = new WeakSet<Background>();

  /** Lets a request have spans for its steps, if its own span is recorded. */
  function follow({ background, trace }: Pick<Call, "background" | "trace">, span: TracerSpan | undefined): void {
    if (span === undefined || !isRecorded(span)) return;
    recorded.add(background);
    join(trace, span);
  }

  return {
    traceSetup(options) {
      const { keysOf, context } = options;
      const { downstream, groups } = context;
      return {
        ...options,
        keysOf(authority) {
          const keys = keysOf(authority);
          return {
            ...keys,
            find: (source, kid, background) =>
              recorded.has(background)
                ? doWithin(
                    tracer,
                    "entra_gate.keys",
                    () => keys.find(source, kid, background),
                    (found) => ({
                      ...describeResult(found),
                      "entra_gate.keys": found.ok ? found.value.latency : undefined,
                    }),
                  )
                : keys.find(source, kid, background),
          };
        },
        context: {
          ...context,
          downstream: downstream && {
            ...downstream,
            create: (parts) =>
              downstream.create({
                ...parts,
                trace: async (background, work) =>
                  recorded.has(background) ? doWithin(tracer, "entra_gate.downstream", work, describeResult) : work(),
              }),
          },
          groups: groups && {
            ...groups,
            create: (parts) =>
              groups.create({
                ...parts,
                trace: async (background, work) =>
                  recorded.has(background)
                    ? doWithin(tracer, "entra_gate.groups", work, ({ denial }) => nameReason(denial))
                    : work(),
              }),
          },
        },
      };
    },
    traceSteps({ authenticate, judge }) {
      const authenticateWithin: typeof authenticate = (call, setup, earlier) =>
        doWithin(tracer, "entra_gate.verification", () => authenticate(call, setup, earlier), describeResult);
      const judgeWithin: typeof judge = (call, setup, access, caller, earlier) =>
        doWithin(
          tracer,
          "entra_gate.policy",
          () => judge(call, setup, access, caller, earlier),
          (found) => ({
            ...nameReason(found.denial),
            ...(found.denial === undefined && { "entra_gate.reported": found.reported }),
          }),
        );
      return {
        authenticate(call, setup, earlier) {
          // A further requirement of the same request does not verify the token again.
          const step =
            earlier?.caller === undefined && recorded.has(call.background) ? authenticateWithin : authenticate;
          return step(call, setup, earlier);
        },
        judge: (call, setup, access, caller, earlier) =>
          (recorded.has(call.background) ? judgeWithin : judge)(call, setup, access, caller, earlier),
      };
    },
    traceForward(forward) {
      const forwardWithin: Forward = (context, terms) =>
        doWithin(
          tracer,
          "entra_gate.origin",
          (span) => {
            join(context.trace, span);
            return forward(context, terms);
          },
          () => ({ "entra_gate.reason": context.reason, "entra_gate.origin": terms.to }),
        );
      return (context, terms) => (recorded.has(context.background) ? forwardWithin : forward)(context, terms);
    },
    traceServing(serve) {
      const serveWithin: ServeContext = async (context) =>
        doWithin(
          tracer,
          "entra_gate.request",
          (span) => {
            follow(context, span);
            return serve(context);
          },
          ({ status }) => ({
            "entra_gate.reason": context.reason,
            "entra_gate.route": context.route.name,
            "http.response.status_code": status,
          }),
        );
      return (context) => (isOff(tracer) ? serve(context) : serveWithin(context));
    },
    traceGuard(guard) {
      const guardWithin: Guard = (call, setup, access, earlier) =>
        doWithin<Admission | Refused>(
          tracer,
          "entra_gate.guard",
          (span) => {
            follow(call, span);
            return attempt<Admission | Refused>(
              () => guard(call, setup, access, earlier),
              (error) => ({ denial: describeException(error), caller: undefined }),
            );
          },
          ({ denial }) => ({ ...nameReason(denial), "entra_gate.route": call.route.name }),
        );
      return (call, setup, access, earlier) => (isOff(tracer) ? guard : guardWithin)(call, setup, access, earlier);
    },
  };
}

/** Lets the log and the origin have the IDs of a span, with the option `trace`. */
function join(trace: CallTrace | undefined, span: TracerSpan | undefined): void {
  try {
    if (span !== undefined) trace?.join(span.spanContext());
  } catch {
    // The trace has IDs of its own.
  }
}

/** Whether the request is not recorded, as far as the platform says so without a span. */
function isOff(tracer: SpanTracer): boolean {
  try {
    return tracer.getActiveSpan?.()?.isTraced === false;
  } catch {
    return true;
  }
}

function isRecorded(span: TracerSpan): boolean {
  try {
    return span.isRecording?.() ?? span.isTraced === true;
  } catch {
    return false;
  }
}

/**
 * Does work within a span. Whatever the tracer does, the work is done once, and its value or exception goes to the
 * caller.
 *
 * @param work gets no span if the tracer failed
 * @param describe the attributes of the value, if the span is recorded
 */
function doWithin<T>(
  tracer: SpanTracer,
  name: string,
  work: (span?: TracerSpan) => T | Promise<T>,
  describe: (value: T) => Attributes,
): T | Promise<T> {
  let read: (() => T | Promise<T>) | undefined;
  attemptQuietly(() =>
    tracer.startActiveSpan(name, (span) => {
      read ??= capture(() => work(span));
      endAfter(span, read, describe);
    }),
  );
  read ??= capture(() => work());
  return read();
}

/** Calls a tracer, which must not decide about a request: what it throws, or rejects with, is lost. */
function attemptQuietly(call: () => unknown): void {
  try {
    const returned = call();
    if (isPromised(returned)) returned.then(undefined, () => undefined);
  } catch {
    // The span is lost, or a part of it.
  }
}

/** Does work. @returns a function that returns its value, or throws its exception */
function capture<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function endAfter<T>(span: TracerSpan, read: () => T | Promise<T>, describe: (value: T) => Attributes): void {
  const fail = () => end(span, () => undefined);
  try {
    const value = read();
    if (isPromised(value)) value.then((late) => end(span, () => describe(late)), fail);
    else end(span, () => describe(value));
  } catch {
    fail();
  }
}

/**
 * Ends a span. Never throws.
 *
 * @param describe returns `undefined` if the work threw an exception, which the span does not contain
 */
function end(span: TracerSpan, describe: () => Attributes | undefined): void {
  attemptQuietly(() => {
    if (!isRecorded(span)) return;
    const attributes = describe();
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value !== undefined) attemptQuietly(() => span.setAttribute(name, value));
    }
    const code = span.isTraced === undefined ? 2 : "error";
    if (attributes === undefined || isFailure(attributes))
      attemptQuietly(() => span.setStatus({ code: code as never }));
  });
  attemptQuietly(() => span.end());
}

/** Whether the log has the level `error`. */
function isFailure(attributes: Attributes): boolean {
  const status = attributes["http.response.status_code"] as number | undefined;
  return (
    (status !== undefined && status >= 500) || levelOfRefusal(attributes["entra_gate.reason"] as Reason) === "error"
  );
}

function describeResult(result: Result<unknown, Denial>): Attributes {
  return nameReason(result.ok ? undefined : result.error);
}

function nameReason(denial: Denial | undefined): Attributes {
  return { "entra_gate.reason": denial?.reason };
}
