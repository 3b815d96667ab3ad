import type { RateLimiter } from "../config/rate-limiter.ts";
import type { Denial } from "../denial.ts";
import type { Io } from "../io.ts";
import { type Admission, createAdmit, type Guard } from "../policy/admission.ts";
import { createFailureLimit } from "../policy/failure-limit.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import type { Principal } from "../token/principal.ts";
import { findClientAddress } from "./client-address.ts";
import type { Surroundings } from "./exchange.ts";

/** What a configuration says of callers and of those who send one bad token after the other. */
export interface CountingGuard extends Guard {
  /** Without, nobody is counted. */
  readonly limiter: RateLimiter | undefined;
}

/**
 * Lets a request in or says why not, and counts the addresses that bad credentials come from.
 *
 * @param findDenial what the target has against a principal
 * @returns without a promise where nothing had to be waited for
 */
export type AdmitRequest = (
  surroundings: Surroundings,
  guard: CountingGuard,
  findDenial: (principal: Principal) => Denial | undefined,
) => Admission | Promise<Admission>;

/**
 * Makes the way in for requests, with a count of its own.
 *
 * @param revokedAtSeconds the caller's own list of revocations
 */
export function createAdmitRequest(io: Io, revokedAtSeconds: RevocationCheck | undefined): AdmitRequest {
  const admit = createAdmit(io, revokedAtSeconds);
  const failures = createFailureLimit(io);

  /** Where it can be counted: the platform names the address and has the binding. */
  function findCounted({ request, env }: Surroundings, { limiter }: CountingGuard) {
    const address = limiter && findClientAddress(request, env);
    return limiter && address !== undefined ? { limiter, address } : undefined;
  }

  function count(surroundings: Surroundings, guard: CountingGuard, admission: Admission): Admission {
    const { denial } = admission;
    const counted = denial && findCounted(surroundings, guard);
    if (counted) surroundings.background(failures.count(counted.limiter, counted.address, denial));
    return admission;
  }

  return (surroundings, guard, findDenial) => {
    const findHold = () => {
      const counted = findCounted(surroundings, guard);
      return counted && failures.check(counted.address);
    };
    const authorization = surroundings.request.headers.get("authorization");
    const admission = admit(guard, authorization, surroundings.background, findDenial, findHold);
    return admission instanceof Promise
      ? admission.then((settled) => count(surroundings, guard, settled))
      : count(surroundings, guard, admission);
  };
}
