import { AsyncLocalStorage } from "node:async_hooks";
import type { SpanTracer } from "../../src/extensions/trace/spans.ts";

/** A span that has ended. */
export interface RecordedSpan {
  readonly name: string;
  /** Name of the span in which it started. */
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly failed: boolean;
  readonly spanId: string;
}

/** A tracer in memory, in the form of OpenTelemetry or of Workers. */
export interface Recorder {
  readonly tracer: SpanTracer;
  /** In the order in which they started. */
  readonly spans: RecordedSpan[];
  /** Names of the spans that started and have not ended. */
  listOpen(): readonly string[];
}

/** ID of the trace of all its spans. */
export const recordedTrace = "5f0d2e3c4b5a69788796a5b4c3d2e1f0";

/**
 * @param records whether the platform records the request
 * @param traceFlags of its spans
 */
export function createRecorder(
  kind: "OpenTelemetry" | "Workers" = "OpenTelemetry",
  records = true,
  traceId = recordedTrace,
  traceFlags = 1,
): Recorder {
  const current = new AsyncLocalStorage<string>();
  const spans: (RecordedSpan & { ended: boolean; failed: boolean })[] = [];
  const isOnWorkers = kind === "Workers";
  return {
    spans,
    listOpen: () => spans.filter(({ ended }) => !ended).map(({ name }) => name),
    tracer: {
      ...(isOnWorkers && { getActiveSpan: () => ({ isTraced: records }) as never }),
      startActiveSpan(name, work) {
        const attributes: Record<string, string | number> = {};
        const spanId = String(spans.length + 1).padStart(16, "0");
        const span = { name, parent: current.getStore(), attributes, failed: false, ended: false, spanId };
        spans.push(span);
        return current.run(name, () =>
          work({
            ...(isOnWorkers ? { isTraced: records } : { isRecording: () => records }),
            spanContext: () => ({ traceId, spanId, traceFlags }),
            setAttribute(attribute, value) {
              if (span.ended) throw new TypeError("the span has ended");
              attributes[attribute] = value;
            },
            setStatus({ code }) {
              span.failed = code === (isOnWorkers ? "error" : 2);
            },
            end() {
              if (span.ended) throw new TypeError("the span has ended");
              span.ended = true;
            },
          }),
        );
      },
    },
  };
}
