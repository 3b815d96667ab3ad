import type { Denial } from "./denial.ts";
import { limits } from "./limits.ts";

/** Text of a foreign error for the log, bounded. Whatever is no error has nothing to say. */
export function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, limits.causeCharacters) : "unknown";
}

/** The denial of whoever was on the way when something was thrown. */
export function describeException(error: unknown): Denial {
  const name = error instanceof Error ? `${error.name}: ` : "";
  return { reason: "internal_error", cause: `${name}${describeCause(error)}` };
}
