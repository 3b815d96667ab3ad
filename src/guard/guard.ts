import type { Denial, Reason } from "../common/denial.ts";
import type { Io } from "../common/io.ts";
import { andThen, fail, type Result, succeed } from "../common/result.ts";
import type { Call } from "../http/call.ts";
import { findClientAddress } from "../http/client-address.ts";
import { decide } from "../policy/decide.ts";
import { isReportable } from "../policy/report.ts";
import type { Access, Requirement } from "../policy/requirement.ts";
import { checkRevocation, type RevocationCheck } from "../policy/revocation.ts";
import type { Caller } from "../token/caller.ts";
import type { Identity } from "../token/identity.ts";
import { createFailureLimit } from "./failure-limit.ts";
import { findSecondCredential } from "./second-credential.ts";
import type { GateSetup } from "./setup.ts";

/** A call and its caller. */
export interface GuardedCall extends Call {
  /**
   * The guard sets this after it has verified the token, even if it then refuses the call. The log identifies the
   * caller with it.
   */
  caller: Caller | undefined;
  /** The guard sets this when it admits the caller. A further requirement of the same call starts from here. */
  admitted: Caller | undefined;
}

/** An admitted call. */
export interface Admitted {
  /** `undefined` on public routes. */
  readonly caller: Caller | undefined;
  /** Why policy denied the call, if report mode admitted it. */
  readonly reported: Reason | undefined;
}

/**
 * Admits a call, or returns the denial. Every entry point calls this function once for each request.
 *
 * @param setup the setup of the environment
 * @param access who may call the route
 * @returns a promise only if a step has to wait
 */
export type Guard = (
  call: GuardedCall,
  setup: GateSetup,
  access: Access,
) => Result<Admitted, Denial> | Promise<Result<Admitted, Denial>>;

/**
 * Creates the guard. It checks, in this order: configuration, transport, a second token, known token or else bearer
 * token, decoding, header, claims, tenant, key and signature; then revocation, client, requirement, and report mode.
 *
 * @param io timers, clock and log
 * @param revokedAtSeconds returns the time before which a principal's tokens are revoked
 */
export function createGuard(io: Pick<Io, "now" | "after" | "log">, revokedAtSeconds?: RevocationCheck): Guard {
  const failures = createFailureLimit(io);

  function authenticate(call: GuardedCall, { authenticate: verify, limiter, tlsProxy }: GateSetup) {
    if (call.admitted !== undefined) return succeed(call.admitted);
    const address = () => limiter && findClientAddress(call, tlsProxy);
    const findHold = () => {
      const from = address();
      return from === undefined ? undefined : failures.check(from);
    };
    const authorization = call.request.headers.get("authorization");
    const mayRepeat = !call.ownsAccessTokenParameter && call.url.includes("?");
    const second = mayRepeat ? findSecondCredential(authorization, call.url) : undefined;
    const verified = second === undefined ? verify(authorization, call.background, findHold) : fail(second);
    return andThen<Result<Caller, Denial>, Result<Caller, Denial>>(verified, (result) => {
      if (result.ok) {
        call.caller = result.value;
        return result;
      }
      const from = address();
      if (limiter && from !== undefined) call.background(failures.count(limiter, from, result.error));
      return result;
    });
  }

  return (call, setup, access) => {
    if (!setup.configured) return fail({ reason: "misconfigured" });
    if (call.fault !== undefined) return fail(call.fault);
    if (access.kind === "absent") return succeed({ caller: undefined, reported: undefined });
    if (access.kind === "public") return conclude(call, setup, access, undefined);
    return andThen(authenticate(call, setup), (authenticated) => {
      if (!authenticated.ok) return authenticated;
      const { identity } = authenticated.value;
      if (revokedAtSeconds === undefined || call.admitted !== undefined)
        return conclude(call, setup, access, authorize(setup, identity, access));
      return checkRevocation(io, authenticated.value, revokedAtSeconds).then((revoked) =>
        conclude(call, setup, access, revoked ?? authorize(setup, identity, access)),
      );
    });
  };
}

/**
 * Checks whether the client may call at all, and whether the caller meets the requirements.
 *
 * @param access of the route
 * @returns the denial, or `undefined`
 */
export function authorize(
  { allowedClients, defaultRequirement }: Pick<GateSetup, "allowedClients" | "defaultRequirement">,
  identity: Identity,
  access: Access,
): Denial | undefined {
  if (access.kind === "public") return undefined;
  if (access.kind === "closed") return { reason: "route_unlisted" };
  if (allowedClients?.has(identity.azp) === false) return { reason: "client_not_allowed", scopes: [] };
  if (access.kind === "authenticated") return undefined;
  const requirements = access.kind === "required" ? access.requirements : [defaultRequirement];
  for (const requirement of requirements) {
    const denial = meet(identity, requirement);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

function meet(identity: Identity, requirement: Requirement | undefined): Denial | undefined {
  return requirement === undefined ? { reason: "requirement_missing", scopes: [] } : decide(identity, requirement);
}

/**
 * Admits or refuses a call according to the policy and the mode. It records a call when it is first admitted, and each
 * report.
 */
function conclude(
  call: GuardedCall,
  setup: GateSetup,
  access: Access,
  denial: Denial | undefined,
): Result<Admitted, Denial> {
  const { method, route, mode, caller, background } = call;
  if (denial !== undefined && ((mode ?? setup.mode) !== "report" || !isReportable(denial, access))) return fail(denial);
  const event = denial === undefined ? "allowed" : "reported";
  const { identity, keys } = caller ?? {};
  if (denial !== undefined || (setup.recordsAllowed && call.admitted === undefined)) {
    setup.record({ event, method, route, denial, identity, keys }, background);
  }
  call.admitted = caller;
  return succeed({ caller, reported: denial?.reason });
}
