import type { Environment } from "../core/config/variables.ts";
import { composeGuard } from "../core/guard/composition.ts";
import type { EntraPluginOptions } from "../core/guard/entra-options.ts";
import { createServerTiming } from "../core/guard/server-timing.ts";
import type { GateSetup, SetupOptions } from "../core/guard/setup.ts";
import { stripRequestHeaders } from "../forwarding/request-headers.ts";
import type { GateOptions } from "./gate-options.ts";
import type { GateServices, SpanFactory } from "./pipeline/context.ts";
import { createForward } from "./pipeline/forward.ts";

/** What serves requests, and the setup for each environment. */
export interface Composition {
  readonly services: GateServices;
  readonly setupOf: (environment: Environment) => GateSetup;
}

/**
 * Composes what serves requests, for a gate and for an app that serves itself.
 *
 * @param entraOptions as `options.context` describes them
 * @param servesHealth whether the health page is served
 */
export function compose(
  options: SetupOptions,
  entraOptions: EntraPluginOptions & Pick<GateOptions, "worker">,
  servesHealth: boolean,
): Composition {
  const { io, keysOf } = options;
  const { originMilliseconds, originFetch, worker } = entraOptions;
  const { guard, setupOf, tracer, spans } = composeGuard<SpanFactory>(options, entraOptions);
  const forward = createForward(io, originMilliseconds, worker, originFetch);
  return {
    services: {
      io,
      guard,
      forward: spans?.traceForward(forward) ?? forward,
      stripHeaders: stripRequestHeaders,
      servesHealth,
      writeServerTiming: createServerTiming(io, keysOf),
      tracer,
      traceServing: spans?.traceServing,
    },
    setupOf,
  };
}
