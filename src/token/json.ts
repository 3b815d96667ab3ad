import { countJson } from "../common/json.ts";
import * as limits from "../common/limits.ts";
import { isObject, isRecord } from "../common/objects.ts";
import { decodeUtf8 } from "../common/utf8.ts";

/** Members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses a JSON object that every parser reads in the same way: valid UTF-8, no repeated names in any object, and no
 * nesting deeper than `limits.tokenJsonDepth` (RFC 7515 section 4, RFC 8725 section 3.7).
 *
 * @returns `undefined` for any other text
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const { value, names } = countJson(decodeUtf8(bytes), limits.tokenJsonDepth);
    if (!isRecord(value)) return undefined;
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
    if (isObject(child)) count += countMembers(child);
  }
  return count;
}
