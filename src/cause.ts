import type { Denial } from "./denial.ts";
import * as limits from "./limits.ts";

/** Text of a foreign error for the log, bounded. Whatever is no error has nothing to say. */
export function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, limits.causeCharacters) : "unknown";
}

/** A token for another API could not be had. A handler may catch the error. Otherwise the gate answers the request with it. */
export class DownstreamError extends Error {
  /** Reason code, see docs/reference/reasons.md. */
  readonly reason: string = this.message;
}

/** What the gate answers with, by error. */
const denials = new WeakMap<DownstreamError, Denial>();

/** Makes the error of a denial. */
export function createDownstreamError(denial: Denial): DownstreamError {
  const error = new DownstreamError(denial.reason);
  denials.set(error, denial);
  return error;
}

/** The denial of whoever was on the way when something was thrown. */
export function describeException(error: unknown): Denial {
  const denial = error instanceof DownstreamError ? denials.get(error) : undefined;
  if (denial !== undefined) return denial;
  const name = error instanceof Error ? `${error.name}: ` : "";
  return { reason: "internal_error", cause: `${name}${describeCause(error)}` };
}
