import type { Io } from "../../base/common/io.ts";
import type { CallTrace } from "../../base/http/call.ts";
import type { Guard, GuardSteps } from "./guard.ts";
import type { SetupOptions } from "./setup.ts";

/** Finds the traces of requests. */
export interface Tracer {
  traceOf(request: Request): CallTrace;
}

/** The interface of the option `trace`. */
export interface TraceFactory {
  follow(io: Io): Tracer;
}

/** The interface of the option `spans` to a guard. Each method returns what it gets, with a span for each call. */
export interface GuardSpans {
  /** Keys, groups and tokens for other APIs. */
  traceSetup(options: SetupOptions): SetupOptions;
  /** Verification and policy. */
  traceSteps(steps: GuardSteps): GuardSteps;
  /** The whole guard, for an app of another framework. */
  traceGuard(guard: Guard): Guard;
}
