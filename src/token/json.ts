import { countJson } from "../common/json.ts";
import * as limits from "../common/limits.ts";

/** Members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

// Keeps a byte order mark, so that the JSON parser rejects it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses a JSON object that every parser reads in the same way: valid UTF-8, no repeated names in any object, and no
 * nesting deeper than `limits.tokenJsonDepth` (RFC 7515 section 4, RFC 8725 section 3.7).
 *
 * @returns `undefined` for any other text
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const { value, names } = countJson(utf8.decode(bytes), limits.tokenJsonDepth);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return names === countMembers(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Counts the members of a value and of all objects in it. */
function countMembers(value: object): number {
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : children.length;
  for (const child of children) {
    if (typeof child === "object" && child !== null) count += countMembers(child);
  }
  return count;
}
