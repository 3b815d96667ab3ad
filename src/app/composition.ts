import type { Io } from "../common/io.ts";
import type { Environment } from "../config/variables.ts";
import type { EntraDecisions } from "../guard/decisions.ts";
import { createGuard } from "../guard/guard.ts";
import { createSetups, type GateSetup, type SetupOptions } from "../guard/setup.ts";
import { stripRequestHeaders } from "../origin/request-headers.ts";
import type { GateOptions } from "./gate-options.ts";
import type { GateServices, Tracer } from "./pipeline/context.ts";
import { createForward } from "./pipeline/forward.ts";

/** What serves requests, and the setup for each environment. */
export interface Composition {
  readonly services: GateServices;
  readonly setupOf: (environment: Environment) => GateSetup;
}

/** The interface of the option `trace` to the gate. */
export interface TraceFactory {
  follow(io: Io): Tracer;
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
  const { revokedAtSeconds, originMilliseconds, worker, trace } = decisions;
  return {
    services: {
      io,
      guard: createGuard(io, revokedAtSeconds),
      forward: createForward(io, originMilliseconds, worker),
      stripHeaders: stripRequestHeaders,
      servesHealth,
      tracer: (trace as unknown as TraceFactory | undefined)?.follow(io),
    },
    setupOf: createSetups(options),
  };
}
