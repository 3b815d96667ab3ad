import { type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import type { Secret } from "./variables.ts";

/**
 * Reads a secret, from its store if it is in one.
 *
 * @returns `undefined` if the store throws, is late or returns no text
 */
export async function readSecret(io: Pick<Io, "after">, value: Secret): Promise<string | undefined> {
  if (typeof value === "string") return value.trim();
  try {
    const text: unknown = await withDeadline(io, limits.callbackMilliseconds, value.get());
    return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
  } catch {
    return undefined;
  }
}
