import { AsyncLocalStorage } from "node:async_hooks";
import type { SpanTracer } from "../../src/trace/trace.ts";

/** A span that has ended. */
export interface RecordedSpan {
  readonly name: string;
  /** Name of the span in which it started. */
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly failed: boolean;
}

/** A tracer in memory, in the form of OpenTelemetry or of Workers. */
export interface Recorder {
  readonly tracer: SpanTracer;
  /** In the order in which they started. */
  readonly spans: RecordedSpan[];
  /** Names of the spans that started and have not ended. */
  listOpen(): readonly string[];
}

/** @param records whether the platform records the request */
export function createRecorder(kind: "OpenTelemetry" | "Workers" = "OpenTelemetry", records = true): Recorder {
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
        const span = { name, parent: current.getStore(), attributes, failed: false, ended: false };
        spans.push(span);
        return current.run(name, () =>
          work({
            ...(isOnWorkers ? { isTraced: records } : { isRecording: () => records }),
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
