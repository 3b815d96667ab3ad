import { type CountingGuard, createAdmitRequest } from "../app/admittance.ts";
import { isPreflight } from "../app/cors.ts";
import type { Surroundings } from "../app/exchange.ts";
import { refuse } from "../app/refuser.ts";
import { checkTransport } from "../app/transport.ts";
import { describeException } from "../cause.ts";
import type { Environment } from "../config/variables.ts";
import type { Denial } from "../denial.ts";
import type { Io } from "../io.ts";
import { createKeyStore } from "../keys/key-store.ts";
import { authorize } from "../policy/admission.ts";
import { isReportable } from "../policy/report.ts";
import type { Requirement } from "../policy/requirement.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import { fail, type Result, succeed } from "../result.ts";
import { createRuntimes, type Runtime } from "../runtime.ts";
import type { Caller } from "../token/authenticator.ts";
import type { Principal } from "../token/principal.ts";
import type { EntraOptions } from "./configuration.ts";

/** A request that another framework serves. */
export interface Call extends Surroundings {
  /** Where the configuration is. */
  readonly environment: Environment;
  /** For the log: method and path of the route as it was declared; `undefined` where it is not known. */
  readonly route: string | undefined;
}

/** Whoever is in. */
export interface Entry {
  readonly principal: Principal;
  /**
   * Decides about a further requirement. One that was met on the way in is not decided, or logged, again.
   *
   * @returns the refusal, or `undefined`
   */
  authorize(requirement: Requirement, route: string): Response | undefined;
}

/**
 * Lets a request in, as the gate does, or answers it.
 *
 * @param wanted requirements of the route, which must all be met; none stands for the configuration's default
 * @returns who is in; else the answer, which never throws
 */
export type Enter = (call: Call, wanted: readonly Requirement[]) => Promise<Result<Entry, Response>>;

/** What a doorway needs of a configuration, or of another verifier. */
type DoorRuntime = CountingGuard &
  Pick<Runtime, "configured" | "authorizationUri" | "addresses" | "defaultRequirement" | "mode" | "record">;

/** How requests get in. */
export interface DoorwayParts {
  readonly io: Io;
  readonly runtimeOf: (environment: Environment) => DoorRuntime;
  readonly revokedAtSeconds: RevocationCheck | undefined;
  /** Whether a browser's preflight is answered here, without permission. */
  readonly answersPreflights: boolean;
}

/** Makes a doorway of the gate's own parts. */
export function createDoorway({ io, runtimeOf, revokedAtSeconds, answersPreflights }: DoorwayParts): Enter {
  const admit = createAdmitRequest(io, revokedAtSeconds);

  async function enter(
    call: Call,
    runtime: DoorRuntime,
    wanted: readonly Requirement[],
  ): Promise<Result<Entry, Response>> {
    const { request, background, route } = call;
    const { method, url } = request;
    const { authorizationUri, record } = runtime;
    const turnAway = (denial: Denial, caller?: Caller, on = route) =>
      refuse(record, denial, {
        background,
        method,
        route: on,
        principal: caller?.principal,
        keys: caller?.keys,
        authorizationUri,
      });
    try {
      if (!runtime.configured) return fail(turnAway({ reason: "misconfigured" }));
      const path = checkTransport(method, url, runtime.addresses);
      if (!path.ok) return fail(turnAway(path.error));
      if (answersPreflights && isPreflight(request)) return fail(new Response(null, { status: 204 }));
      const presented = { ...call, url, ownsAccessTokenParameter: false };
      const admission = await admit(presented, runtime, (caller) => authorizeAll(runtime, caller, wanted));
      if (admission.principal === undefined) return fail(turnAway(admission.denial));
      const { principal, denial, keys } = admission;
      const judge = (found: Denial | undefined, on = route) => {
        if (found === undefined) return undefined;
        if (runtime.mode !== "report" || !isReportable(found)) return turnAway(found, admission, on);
        record({ event: "reported", method, route: on, denial: found, principal, keys }, background);
        return undefined;
      };
      const refusal = judge(denial);
      if (refusal !== undefined) return fail(refusal);
      if (denial === undefined) record({ event: "allowed", method, route, denial, principal, keys }, background);
      return succeed({
        principal,
        authorize: (further, on) =>
          wanted.includes(further) ? undefined : judge(authorize(runtime, principal, further), on),
      });
    } catch (error) {
      return fail(turnAway(describeException(error)));
    }
  }

  return (call, wanted) => enter(call, runtimeOf(call.environment), wanted);
}

/** What the requirements of a target have against a principal, or the default where it names none. */
function authorizeAll(runtime: DoorRuntime, principal: Principal, wanted: readonly Requirement[]): Denial | undefined {
  if (wanted.length === 0) return authorize(runtime, principal, runtime.defaultRequirement);
  for (const requirement of wanted) {
    const denial = authorize(runtime, principal, requirement);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/** Runtimes of an adapter: every requirement but the configuration's default is a route's own. */
export function createAdapterRuntimes(
  io: Io,
  { isTenantAllowed }: EntraOptions,
): (environment: Environment) => Runtime {
  const keys = createKeyStore(io);
  return createRuntimes({ io, keys, isTenantAllowed, defaultRequirementUnused: true, serving: undefined });
}
