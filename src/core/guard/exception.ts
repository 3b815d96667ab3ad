import { describeCause } from "../../base/common/cause.ts";
import type { Denial } from "../../base/common/denial.ts";

/**
 * Thrown if the gate cannot acquire a token for another API. If the handler does not catch the error, the gate responds
 * with the refusal for its reason.
 */
export class DownstreamError extends Error {
  /** Reason code, see docs/reference/reasons.md. */
  readonly reason: string = this.message;
}

/** The denial of each {@link DownstreamError}. It is not a member, so that handlers cannot see it. */
const denials = new WeakMap<object, Denial>();

/** Creates the error for a denial. */
export function createDownstreamError(denial: Denial): DownstreamError {
  const error = new DownstreamError(denial.reason);
  denials.set(error, denial);
  return error;
}

/** Returns the denial for an exception that was thrown while the gate processed a request. */
export function describeException(error: unknown): Denial {
  const denial = denials.get(error as object);
  if (denial !== undefined) return denial;
  if (error instanceof Response) {
    return { reason: "internal_error", cause: "a Response was thrown. Return it, or throw an HttpError" };
  }
  return { reason: "internal_error", cause: describeThrown(error) };
}

/** Returns the name and the message of an error of this program, for the log. */
export function describeThrown(error: unknown): string {
  const name = error instanceof Error ? `${error.name}: ` : "";
  return `${name}${describeCause(error)}`;
}
