import type { Denial } from "../denial.ts";
import type { Background, Io } from "../io.ts";
import type { Result } from "../result.ts";
import type { Authenticate, Caller } from "../token/authenticator.ts";
import type { Principal } from "../token/principal.ts";
import { decide } from "./decide.ts";
import type { Requirement } from "./requirement.ts";
import { checkRevocation, type RevocationCheck } from "./revocation.ts";

/** What a configuration says of callers. */
export interface Guard {
  readonly authenticate: Authenticate;
  /** Whether a client application may call at all. */
  isClientAllowed(client: string): boolean;
}

/** What became of a caller. The principal is there beside a denial too, where it is known: the log names it. */
export type Admission =
  | (Caller & { readonly denial: Denial | undefined })
  | { readonly principal: undefined; readonly keys: undefined; readonly denial: Denial };

/**
 * Finds out who calls, whether its tokens were revoked, and what else speaks against it, in this order.
 *
 * @param guard of the configuration
 * @param authorization value of the `Authorization` header
 * @param background keeps a refresh of keys alive past the answer
 * @param findDenial what the target has against a principal, see {@link authorize}
 * @param findHold what keeps an unknown token from being looked at, see {@link FailureLimit}
 * @returns without a promise where nothing had to be waited for
 */
export type Admit = (
  guard: Guard,
  authorization: string | null,
  background: Background,
  findDenial: (principal: Principal) => Denial | undefined,
  findHold?: () => Denial | undefined,
) => Admission | Promise<Admission>;

/**
 * Makes the one way in, which everything that serves requests takes.
 *
 * @param io timers
 * @param revokedAtSeconds the caller's own list of revocations
 */
export function createAdmit(io: Pick<Io, "after">, revokedAtSeconds: RevocationCheck | undefined): Admit {
  type FindDenial = Parameters<Admit>[3];

  function settle(result: Result<Caller, Denial>, findDenial: FindDenial): Admission | Promise<Admission> {
    if (!result.ok) return { principal: undefined, keys: undefined, denial: result.error };
    const { principal, keys } = result.value;
    if (revokedAtSeconds === undefined) return { principal, keys, denial: findDenial(principal) };
    return checkRevocation(io, principal, revokedAtSeconds).then((revoked) => ({
      principal,
      keys,
      denial: revoked ?? findDenial(principal),
    }));
  }

  return (guard, authorization, background, findDenial, findHold) => {
    const result = guard.authenticate(authorization, background, findHold);
    return result instanceof Promise ? result.then((late) => settle(late, findDenial)) : settle(result, findDenial);
  };
}

/**
 * Decides whether a principal's client may call at all, and whether the principal has what the target wants.
 *
 * @param requirement of the target; `undefined` lets nobody in
 */
export function authorize(
  guard: Pick<Guard, "isClientAllowed">,
  principal: Principal,
  requirement: Requirement | undefined,
): Denial | undefined {
  const denial = checkClient(guard, principal);
  if (denial !== undefined) return denial;
  return requirement === undefined ? { reason: "requirement_missing", scopes: [] } : decide(principal, requirement);
}

/** The part of {@link authorize} that is the configuration's, for whoever decides the rest elsewhere. */
export function checkClient(guard: Pick<Guard, "isClientAllowed">, principal: Principal): Denial | undefined {
  return guard.isClientAllowed(principal.azp) ? undefined : { reason: "client_not_allowed", scopes: [] };
}
