import type { Denial } from "../../base/common/denial.ts";
import { type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import type { Caller } from "../token/caller.ts";
import type { Principal } from "../token/principal.ts";
import { isChallengeable } from "./decision.ts";

/**
 * Returns the time before which a principal's tokens are revoked, in seconds since the epoch, or `undefined` for none.
 * A fraction counts up to the next second, because a token has the whole second in which it was issued. Entra reports
 * critical events only to Microsoft's APIs, so other APIs need their own list.
 */
export type RevocationCheck = (principal: Principal) => number | undefined | Promise<number | undefined>;

/**
 * Checks whether a token was issued before its principal's tokens were revoked.
 *
 * @param io timers
 * @returns the denial, or `undefined`. A callback that throws, is late or returns no time in seconds refuses the token.
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export async function checkRevocation(
  io: Pick<Io, "after">,
  { principal, identity }: Pick<Caller, "principal" | "identity">,
  check: RevocationCheck,
): Promise<Denial | undefined> {
  try {
    const asked = Promise.resolve(check(principal)).then((answer) => ({ answer }));
    const settled = await withDeadline(io, limits.callbackMilliseconds, asked);
    if (settled === undefined) return { reason: "revocation_check_failed" };
    if (settled.answer === undefined) return undefined;
    if (!Number.isFinite(settled.answer)) return { reason: "revocation_check_failed" };
    if (settled.answer >= limits.secondsMaximum) return { reason: "revocation_in_milliseconds" };
    const revokedAtSeconds = Math.ceil(settled.answer);
    if (identity.issuedAtSeconds >= revokedAtSeconds) return undefined;
    return { reason: "token_revoked", revokedAtSeconds, challengeable: isChallengeable(identity) };
  } catch {
    return { reason: "revocation_check_failed" };
  }
}
