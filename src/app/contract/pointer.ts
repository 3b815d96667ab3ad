import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Writes a name as one step of a JSON Pointer (RFC 6901 section 3). */
export function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Writes the path of a validator's issue as a JSON Pointer; empty for the whole value. */
export function writePointer(path: StandardSchemaV1.Issue["path"]): string {
  const keys = (path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment));
  return keys.map((key) => `/${escapePointer(String(key))}`).join("");
}
