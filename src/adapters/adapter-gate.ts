import type { Background, Io } from "../common/io.ts";
import { fail, type Result } from "../common/result.ts";
import type { TlsProxyObstacle } from "../config/tls-proxy.ts";
import type { Environment } from "../config/variables.ts";
import type { EntraOptions } from "../guard/decisions.ts";
import { type Admitted, createGuard, type Guard, type GuardedCall } from "../guard/guard.ts";
import { writeExceptionRefusal, writeRefusal } from "../guard/refusal-writer.ts";
import { createSetups, describeDecisions, type GateSetup } from "../guard/setup.ts";
import { readTarget, type Served } from "../http/call.ts";
import { createKeyStore } from "../keys/key-store.ts";
import type { Access } from "../policy/requirement.ts";

/** The gate of an app of another framework. */
export interface AdapterGate {
  readonly guard: Guard;
  readonly setupOf: (environment: Environment) => GateSetup;
}

/**
 * Creates the gate of an app. Each route has its own requirement, or the default requirement.
 *
 * @param obstacle to GATE_TLS_PROXY
 */
export function createAdapterGate(io: Io, options: EntraOptions, obstacle: TlsProxyObstacle | undefined): AdapterGate {
  const setupOf = createSetups({ io, keys: createKeyStore(io), context: describeDecisions(options, obstacle) });
  return { guard: createGuard(io, options.revokedAtSeconds), setupOf };
}

/**
 * Creates a call from a request that another framework serves.
 *
 * @param route for the log: method and path as declared; `undefined` if it is unknown
 * @param served the setup of the environment; an empty object allows any address
 */
export function createCall(
  request: Request,
  env: unknown,
  background: Background,
  route: string | undefined,
  served: Served,
): GuardedCall {
  const target = readTarget(request, served);
  const ofNoRoute = { ownsAccessTokenParameter: false, mode: undefined, platform: undefined };
  return { request, env, background, ...target, ...ofNoRoute, route, caller: undefined, admitted: undefined };
}

/** Asks the guard. @returns the caller, or the response of the refusal; never rejects */
export async function enter(
  guard: Guard,
  setup: GateSetup,
  call: GuardedCall,
  access: Access,
): Promise<Result<Admitted, Response>> {
  try {
    const admitted = await guard(call, setup, access);
    return admitted.ok ? admitted : fail(writeRefusal(setup, admitted.error, call));
  } catch (error) {
    return fail(writeExceptionRefusal(setup, error, call));
  }
}
