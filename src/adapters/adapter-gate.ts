import type { Background, Io } from "../base/common/io.ts";
import { type Call, readTarget, type Served } from "../base/http/call.ts";
import type { TlsProxyObstacle } from "../core/config/tls-proxy.ts";
import { composeGuard, type GuardComposition } from "../core/guard/composition.ts";
import type { EntraOptions } from "../core/guard/entra-options.ts";
import { describeException } from "../core/guard/exception.ts";
import type { Admission, Guard } from "../core/guard/guard.ts";
import { writeRefusal } from "../core/guard/refusal-writer.ts";
import { createBareSetup, describeOptions, type GateSetup } from "../core/guard/setup.ts";
import type { GuardSpans, Tracer } from "../core/guard/trace.ts";
import { createKeyStores } from "../core/keys/key-store.ts";
import type { Access } from "../core/policy/rule.ts";

/** The gate of an app of another framework. */
export type AdapterGate = Omit<GuardComposition<GuardSpans>, "spans">;

/**
 * Creates the gate of an app. Each route has its own requirement, or the default requirement.
 *
 * @param obstacle to GATE_TLS_PROXY
 */
export function createAdapterGate(io: Io, options: EntraOptions, obstacle: TlsProxyObstacle | undefined): AdapterGate {
  const parts = { io, keysOf: createKeyStores(io), context: describeOptions(options, obstacle) };
  const { guard, setupOf, tracer, spans } = composeGuard(parts, options);
  return { guard: spans?.traceGuard(guard) ?? guard, setupOf, tracer };
}

/**
 * Creates a call from a request that another framework serves.
 *
 * @param background of this call only, because spans belong to it
 * @param route for the log: method and path as declared; `undefined` if it is unknown
 * @param served the setup of the environment; an empty object allows any address
 */
export function createCall(
  request: Request,
  env: unknown,
  background: Background,
  route: string | undefined,
  served: Served,
  tracer?: Tracer,
): Call {
  const target = readTarget(request, served);
  const trace = tracer?.traceOf(request);
  return { request, env, platform: undefined, background, target, route: { name: route }, trace };
}

/**
 * Asks the guard.
 *
 * @param whole everything that the route requires, whose authority is in the challenge
 * @returns the admission, or the response of the refusal; never rejects
 */
export async function enter(
  guard: Guard,
  setup: GateSetup,
  call: Call,
  access: Access,
  earlier?: Admission,
  whole = access,
): Promise<Admission | Response> {
  try {
    const found = await guard(call, setup, access, earlier);
    return found.denial === undefined ? found : writeRefusal(setup, found, call, whole);
  } catch (error) {
    return writeRefusal(setup, { denial: describeException(error), caller: undefined }, call);
  }
}

/** Refuses every caller of a route with a mistake in its declaration, and logs the mistake. */
export function refuseMisconfigured(io: Io, call: Call, mistake: string): Response {
  const { name } = call.route;
  io.log({ event: "misconfigured", level: "error", fault: name === undefined ? mistake : `${name}: ${mistake}` });
  return writeRefusal(createBareSetup(io), { denial: { reason: "misconfigured" }, caller: undefined }, call);
}
