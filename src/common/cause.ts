import * as limits from "./limits.ts";

/** Returns the message of an error for the log, cut to `causeCharacters`; `unknown` if the value is not an `Error`. */
export function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, limits.causeCharacters) : "unknown";
}
