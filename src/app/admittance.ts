import type { RateLimiter } from "../config/rate-limiter.ts";
import type { Denial } from "../denial.ts";
import type { Io } from "../io.ts";
import { type Admission, createAdmit, type Guard } from "../policy/admission.ts";
import { createFailureLimit } from "../policy/failure-limit.ts";
import type { RevocationCheck } from "../policy/revocation.ts";
import type { Principal } from "../token/principal.ts";
import { findClientAddress } from "./client-address.ts";
import type { Surroundings } from "./exchange.ts";
import { findSecondCredential } from "./second-credential.ts";

/** What a configuration says of callers and of those who send one bad token after the other. */
export interface CountingGuard extends Guard {
  /** Without, nobody is counted. */
  readonly limiter: RateLimiter | undefined;
}

/** A request and what its route says of credentials. */
export interface Presented extends Surroundings {
  /** Of the request. */
  readonly url: string;
  /** Whether the query parameter `access_token` is the route's own and no credential. */
  readonly ownsAccessTokenParameter: boolean;
}

/**
 * Lets a request in or says why not, and counts the addresses that bad credentials come from.
 *
 * @param findDenial what the target has against a principal
 * @returns without a promise where nothing had to be waited for
 */
export type AdmitRequest = (
  presented: Presented,
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

  return (presented, guard, findDenial) => {
    const { request, url, ownsAccessTokenParameter, background } = presented;
    const authorization = request.headers.get("authorization");
    const second = ownsAccessTokenParameter ? undefined : findSecondCredential(authorization, url);
    if (second !== undefined) return count(presented, guard, { principal: undefined, keys: undefined, denial: second });
    const findHold = () => {
      const counted = findCounted(presented, guard);
      return counted && failures.check(counted.address);
    };
    const admission = admit(guard, authorization, background, findDenial, findHold);
    return admission instanceof Promise
      ? admission.then((settled) => count(presented, guard, settled))
      : count(presented, guard, admission);
  };
}
