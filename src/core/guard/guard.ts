import type { Denial, Reason } from "../../base/common/denial.ts";
import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { isWithin } from "../../base/common/period.ts";
import { andThen, fail, type Result, succeed } from "../../base/common/result.ts";
import type { Call } from "../../base/http/call.ts";
import { findClientAddress } from "../../base/http/client-address.ts";
import type { RateLimiter } from "../config/rate-limiter.ts";
import { authorize } from "../policy/decision.ts";
import { isReportable } from "../policy/report.ts";
import { checkRevocation, type RevocationCheck } from "../policy/revocation.ts";
import type { Access } from "../policy/rule.ts";
import { findSecondCredential } from "../token/bearer.ts";
import type { Caller } from "../token/caller.ts";
import { hasExpired, type Identity } from "../token/identity.ts";
import { createFailureLimit, type FailureLimit } from "./failure-limit.ts";
import type { GateSetup } from "./setup.ts";

/** An admitted call. Only the guard creates one, so code that takes one cannot run before the guard. */
declare class Admission {
  /** `undefined` on public routes. */
  readonly caller: Caller | undefined;
  /** Why policy first denied the call, if report mode admitted it. */
  readonly reported: Reason | undefined;
  /** Whether the guard would find the same about revocations again; `undefined` if callers cannot be revoked. */
  readonly isRecent: ((nowMs: number) => boolean) | undefined;
  /** Distinguishes an admission from a refusal. */
  readonly denial: undefined;
  /** Without it, any object with the other members would have this type. */
  protected readonly isOfGuard: true;
}

export type { Admission };

/** A refused call. */
export interface Refused {
  readonly denial: Denial;
  /** For the log: the caller, if its token was verified before the refusal. */
  readonly caller: Caller | undefined;
}

/**
 * Admits or refuses a call. Every entry point calls this function once for each request.
 *
 * @param setup the setup of the environment
 * @param access who may call the route
 * @param earlier admission of the same call, if this is a further requirement. Its caller is not authenticated again,
 *   and checked for revocations only if the admission no longer holds, see {@link stillHolds}.
 * @returns a promise only if a step has to wait
 */
export type Guard = (
  call: Call,
  setup: GateSetup,
  access: Access,
  earlier?: Admission,
) => Admission | Refused | Promise<Admission | Refused>;

/** The two steps of the guard that can wait. */
export interface GuardSteps {
  /** Finds the caller of a call, and verifies its token. */
  authenticate(
    call: Call,
    setup: GateSetup,
    earlier: Admission | undefined,
  ): Result<Caller, Denial> | Promise<Result<Caller, Denial>>;
  /** Applies revocations and the policy to a verified caller. */
  judge(
    call: Call,
    setup: GateSetup,
    access: Access,
    caller: Caller,
    earlier: Admission | undefined,
  ): Admission | Refused | Promise<Admission | Refused>;
}

/**
 * Creates the guard. It checks, in this order: configuration, transport, a second token, known token or else bearer
 * token, decoding, header, claims, tenant, key and signature; then revocation, client, requirement, the token's time
 * again, and report mode.
 *
 * @param io timers, clock and log
 * @param revokedAtSeconds returns the time before which a principal's tokens are revoked
 * @param trace adds spans to the steps
 */
export function createGuard(
  io: Pick<Io, "now" | "after" | "log">,
  revokedAtSeconds?: RevocationCheck,
  trace: (steps: GuardSteps) => GuardSteps = (steps) => steps,
): Guard {
  /** Each environment has a limiter of its own, and blocks the addresses that this limiter has counted. */
  const failures = new WeakMap<RateLimiter, FailureLimit>();
  const failuresOf = (limiter: RateLimiter): FailureLimit => {
    const known = failures.get(limiter) ?? createFailureLimit(io);
    failures.set(limiter, known);
    return known;
  };

  const authenticate: GuardSteps["authenticate"] = (call, setup, earlier) => {
    if (earlier?.caller !== undefined) return succeed(earlier.caller);
    const authorization = call.request.headers.get("authorization");
    const { route, target } = call;
    const second = route.ownsAccessTokenParameter ? undefined : findSecondCredential(authorization, target.url);
    if (second !== undefined) return fail(second);
    const { limiter, tlsProxy } = setup;
    if (limiter === undefined) return setup.authenticate(authorization, call.background);
    return setup.authenticate(authorization, call.background, () => {
      const from = findClientAddress(call, tlsProxy);
      return from === undefined ? undefined : failuresOf(limiter).check(from);
    });
  };

  function countFailure(call: Call, { limiter, tlsProxy }: GateSetup, denial: Denial): void {
    const from = limiter && findClientAddress(call, tlsProxy);
    if (limiter && from !== undefined) call.background(failuresOf(limiter).count(limiter, from, denial));
  }

  function findRevocation(call: Call, { revocations }: GateSetup, caller: Caller) {
    return andThen(
      revocations?.check(caller.identity, call.background),
      (listed) => listed ?? (revokedAtSeconds && checkRevocation(io, caller, revokedAtSeconds)),
    );
  }

  /**
   * Admits or refuses a verified caller according to the policy and the mode, or a call of a public route, which has no
   * caller. A token can expire while the guard waits for keys, callbacks, revocations or groups, so its time is checked
   * here, after all of them. A call is recorded when its caller is first admitted, and so is each denial that report
   * mode ignores.
   */
  function conclude(
    call: Call,
    setup: GateSetup,
    access: Access,
    denial: Denial | undefined,
    caller: Caller | undefined,
    earlier: Admission | undefined,
    isRecent: Admission["isRecent"],
  ): Admission | Refused {
    if (caller !== undefined) {
      if (hasExpired(caller.identity, io.now())) return refuse({ reason: "expired" }, caller);
      if (denial !== undefined && !isReported(call, setup, denial, access, caller.identity))
        return refuse(denial, caller);
    }
    if (denial !== undefined) setup.record({ event: "reported", call, denial, caller });
    else if (earlier?.caller === undefined && setup.recordsAllowed)
      setup.record({ event: "allowed", call, denial, caller });
    return createAdmission(caller, earlier?.reported ?? denial?.reason, isRecent);
  }

  const judge: GuardSteps["judge"] = (call, setup, access, caller, earlier) => {
    const { revocations, groups } = setup;
    // Before the answer, so that a list that changes meanwhile is searched again.
    const edition = revocations?.edition;
    let isRecent = earlier?.isRecent;
    const policy = (identity: Identity) => authorize(setup, identity, access);
    const finish = (denial: Denial | undefined, found: Caller) =>
      revocations?.edition === edition
        ? conclude(call, setup, access, denial, found, earlier, isRecent)
        : judge(call, setup, access, caller, earlier);
    const applyPolicy = (revoked: Denial | undefined) =>
      revoked !== undefined || groups === undefined
        ? finish(revoked ?? policy(caller.identity), caller)
        : andThen(groups.decide(caller, call, policy), (found) => finish(found.denial, found.caller));
    const isRevocable = (revocations ?? revokedAtSeconds) !== undefined;
    if (!isRevocable || isRecent?.(io.now())) return applyPolicy(undefined);
    const askedAtMs = io.now();
    isRecent = (nowMs) =>
      revocations?.isCurrent(edition, nowMs) !== false &&
      (revokedAtSeconds === undefined || isWithin(askedAtMs, askedAtMs + limits.revocationsRefreshMilliseconds, nowMs));
    return andThen(findRevocation(call, setup, caller), applyPolicy);
  };

  const steps = trace({ authenticate, judge });

  return (call, setup, access, earlier) => {
    if (!setup.configured) return refuse({ reason: "misconfigured" });
    if (call.target.fault !== undefined) return refuse(call.target.fault);
    if (access.kind === "absent") return createAdmission();
    if (access.kind === "public")
      return conclude(call, setup, access, undefined, earlier?.caller, earlier, earlier?.isRecent);
    return andThen<Result<Caller, Denial>, Admission | Refused>(
      steps.authenticate(call, setup, earlier),
      (authenticated) => {
        if (authenticated.ok) return steps.judge(call, setup, access, authenticated.value, earlier);
        const { error } = authenticated;
        countFailure(call, setup, error);
        // A caller that sends no token to a public route learns that a token would not help.
        const isHopeless = earlier !== undefined && access.kind === "closed" && error.reason === "credential_missing";
        return refuse(isHopeless ? access.denial : error);
      },
    );
  };
}

/**
 * Whether an admission is enough for a hook or a handler that runs now. If not, the guard is asked again: the token has
 * expired, the list of revocations has changed or must be read, or the callback was asked long ago.
 */
export function stillHolds({ caller, isRecent }: Admission, nowMs: number): boolean {
  return caller === undefined || (!hasExpired(caller.identity, nowMs) && isRecent?.(nowMs) !== false);
}

function createAdmission(caller?: Caller, reported?: Reason, isRecent?: Admission["isRecent"]): Admission {
  return { caller, reported, isRecent, denial: undefined } as Admission;
}

function refuse(denial: Denial, caller?: Caller): Refused {
  return { denial, caller };
}

/**
 * Finds why a verified caller may not call, without admitting or recording anything.
 *
 * @returns the denial, or `undefined` if the guard would admit the caller, possibly only in report mode
 */
export function findRefusal(
  call: Pick<Call, "route">,
  setup: GateSetup,
  identity: Identity,
  access: Access,
): Denial | undefined {
  const denial = authorize(setup, identity, access);
  return denial === undefined || isReported(call, setup, denial, access, identity) ? undefined : denial;
}

/** Whether the mode admits a verified caller that policy denies. */
function isReported(
  { route }: Pick<Call, "route">,
  { mode }: GateSetup,
  denial: Denial,
  access: Access,
  identity: Identity,
): boolean {
  return (route.mode ?? mode) === "report" && isReportable(denial, access, identity);
}
