import type { Io } from "../common/io.ts";
import type { Environment } from "../config/variables.ts";
import { createGuard } from "../guard/guard.ts";
import { createSetups, type GateSetup, type SetupContext } from "../guard/setup.ts";
import type { KeyStore } from "../keys/key-store.ts";
import { stripRequestHeaders } from "../origin/request-headers.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import type { GateServices } from "./pipeline/context.ts";
import { createForward } from "./pipeline/forward.ts";
import type { InnerWorker } from "./types/inner-worker.ts";

/** Decisions in code that change how requests are served. */
interface Decisions {
  readonly revokedAtSeconds?: RevocationCheck;
  readonly originMilliseconds?: number;
  readonly worker?: InnerWorker;
}

/** What serves requests, and the setup for each environment. */
export interface Composition {
  readonly services: GateServices;
  readonly setupOf: (environment: Environment) => GateSetup;
}

/**
 * Composes what serves requests, for a gate and for an app that serves itself.
 *
 * @param servesHealth whether the health page is served
 */
export function compose(
  io: Io,
  keys: KeyStore,
  context: SetupContext,
  { revokedAtSeconds, originMilliseconds, worker }: Decisions,
  servesHealth: boolean,
): Composition {
  return {
    services: {
      io,
      guard: createGuard(io, revokedAtSeconds),
      forward: createForward(io, originMilliseconds, worker),
      stripHeaders: stripRequestHeaders,
      servesHealth,
    },
    setupOf: createSetups({ io, keys, context }),
  };
}
