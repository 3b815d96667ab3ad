import { limits } from "./limits.ts";

/** Text of a foreign error for the log, bounded. Whatever is no error has nothing to say. */
export function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, limits.causeCharacters) : "unknown";
}
