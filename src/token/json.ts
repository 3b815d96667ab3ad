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
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // JSON.parse keeps one of two equal names. The text then has more names than the value.
  return countNames(text) === countMembers(value, limits.tokenJsonDepth) ? (value as JsonObject) : undefined;
}

/** Counts the members of a value and of all objects in it; NaN if it is nested deeper than `depth`. */
function countMembers(value: object, depth: number): number {
  if (depth === 0) return Number.NaN;
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : children.length;
  for (const child of children) {
    if (typeof child === "object" && child !== null) count += countMembers(child, depth - 1);
  }
  return count;
}

const quote = '"';
const backslash = 0x5c;
const colon = 0x3a;

/** Counts the strings before a colon in valid JSON. It is linear: it reads each character at most twice. */
export function countNames(text: string): number {
  let count = 0;
  for (let start = text.indexOf(quote); start !== -1; ) {
    let next = findStringEnd(text, start) + 1;
    while (text.charCodeAt(next) <= 0x20) next += 1;
    if (text.charCodeAt(next) === colon) count += 1;
    start = text.indexOf(quote, next);
  }
  return count;
}

/** Finds the quote that ends a string in valid JSON. @param start index of the quote that starts it */
export function findStringEnd(text: string, start: number): number {
  let end = text.indexOf(quote, start + 1);
  while (isEscaped(text, end)) end = text.indexOf(quote, end + 1);
  return end;
}

/** Whether an odd number of backslashes precedes the character. */
function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (index - first) % 2 === 1;
}
