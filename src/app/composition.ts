import type { Environment } from "../config/variables.ts";
import type { EntraDecisions } from "../guard/decisions.ts";
import { createGuard } from "../guard/guard.ts";
import { createSetups, type GateSetup, type SetupOptions } from "../guard/setup.ts";
import type { GuardSpans, TraceFactory } from "../guard/trace.ts";
import { stripRequestHeaders } from "../origin/request-headers.ts";
import type { GateOptions } from "./gate-options.ts";
import type { Forward, GateServices, ServeContext } from "./pipeline/context.ts";
import { createForward } from "./pipeline/forward.ts";

/** What serves requests, and the setup for each environment. */
export interface Composition {
  readonly services: GateServices;
  readonly setupOf: (environment: Environment) => GateSetup;
}

/** The interface of the option `spans` to the gate. */
export interface SpanFactory extends GuardSpans {
  /** The origin. */
  traceForward(forward: Forward): Forward;
  /** The whole request. */
  traceServing(serve: ServeContext): ServeContext;
}

/**
 * Composes what serves requests, for a gate and for an app that serves itself.
 *
 * @param decisions as `options.context` describes them
 * @param servesHealth whether the health page is served
 */
export function compose(
  options: SetupOptions,
  decisions: EntraDecisions & Pick<GateOptions, "worker">,
  servesHealth: boolean,
): Composition {
  const { io } = options;
  const { revokedAtSeconds, originMilliseconds, originFetch, worker, trace } = decisions;
  const spans = decisions.spans as unknown as SpanFactory | undefined;
  const forward = createForward(io, originMilliseconds, worker, originFetch);
  return {
    services: {
      io,
      guard: createGuard(io, revokedAtSeconds, spans?.traceSteps),
      forward: spans?.traceForward(forward) ?? forward,
      stripHeaders: stripRequestHeaders,
      servesHealth,
      tracer: (trace as unknown as TraceFactory | undefined)?.follow(io),
      traceServing: spans?.traceServing,
    },
    setupOf: createSetups(spans?.traceSetup(options) ?? options),
  };
}
