import type { Denial } from "../denial.ts";
import { type Io, withDeadline } from "../io.ts";
import * as limits from "../limits.ts";
import type { Principal } from "../token/principal.ts";
import { isChallengeable } from "./decide.ts";

/**
 * Says in the caller's code since when a principal's older tokens are revoked: seconds since the epoch, or `undefined`
 * where none are. Entra tells only Microsoft's own APIs of critical events, so the list is the API's own.
 */
export type RevocationCheck = (principal: Principal) => number | undefined | Promise<number | undefined>;

/**
 * Asks whether a token was issued before its principal's tokens were revoked.
 *
 * @param io timers
 * @returns why the token is refused, or `undefined`; an answer that throws, is late or is no number refuses
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export async function checkRevocation(
  io: Pick<Io, "after">,
  principal: Principal,
  check: RevocationCheck,
): Promise<Denial | undefined> {
  try {
    const answer = Promise.resolve(check(principal)).then((revokedAtSeconds) => ({ revokedAtSeconds }));
    const settled = await withDeadline(io, limits.callbackMilliseconds, answer);
    if (settled === undefined) return { reason: "revocation_check_failed" };
    const { revokedAtSeconds } = settled;
    if (revokedAtSeconds === undefined) return undefined;
    if (!Number.isSafeInteger(revokedAtSeconds)) return { reason: "revocation_check_failed" };
    if ((principal.claims.iat as number) >= revokedAtSeconds) return undefined;
    return { reason: "token_revoked", revokedAtSeconds, challengeable: isChallengeable(principal) };
  } catch {
    return { reason: "revocation_check_failed" };
  }
}
