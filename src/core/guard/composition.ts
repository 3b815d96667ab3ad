import type { Environment } from "../config/variables.ts";
import type { EntraOptions } from "./entra-options.ts";
import { createGuard, type Guard } from "./guard.ts";
import { createSetups, type GateSetup, type SetupOptions } from "./setup.ts";
import type { GuardSpans, TraceFactory, Tracer } from "./trace.ts";

/** The guard of an entry point, and what it needs. */
export interface GuardComposition<Spans extends GuardSpans> {
  readonly guard: Guard;
  readonly setupOf: (environment: Environment) => GateSetup;
  /** With the option `trace`. */
  readonly tracer: Tracer | undefined;
  /** The option `spans`, for other parts that the entry point composes. */
  readonly spans: Spans | undefined;
}

/**
 * Composes a guard with the options `trace` and `spans`.
 *
 * @param entraOptions as `options.context` describes them
 */
export function composeGuard<Spans extends GuardSpans>(
  options: SetupOptions,
  { revokedAtSeconds, trace, spans: provider }: EntraOptions,
): GuardComposition<Spans> {
  const spans = provider as unknown as Spans | undefined;
  return {
    guard: createGuard(options.io, revokedAtSeconds, spans?.traceSteps),
    setupOf: createSetups(spans?.traceSetup(options) ?? options),
    tracer: (trace as unknown as TraceFactory | undefined)?.follow(options.io),
    spans,
  };
}
