import type { Denial } from "./denial.ts";
import * as limits from "./limits.ts";

/** Text of a foreign error for the log, bounded. Whatever is no error has nothing to say. */
export function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, limits.causeCharacters) : "unknown";
}

/** A token for another API could not be had, and why. A handler may catch it; else it answers the request. */
export class DownstreamError extends Error {
  readonly denial: Denial;

  constructor(denial: Denial) {
    super(denial.reason);
    this.denial = denial;
  }
}

/** The denial of whoever was on the way when something was thrown. */
export function describeException(error: unknown): Denial {
  if (error instanceof DownstreamError) return error.denial;
  const name = error instanceof Error ? `${error.name}: ` : "";
  return { reason: "internal_error", cause: `${name}${describeCause(error)}` };
}
