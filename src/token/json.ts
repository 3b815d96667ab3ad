import * as limits from "../limits.ts";

/** Members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

// A byte order mark is kept, and then is no JSON.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses a JSON object that every parser reads alike: valid UTF-8, no name twice in any object, not nested deeper than
 * `limits.tokenJsonDepth` (RFC 7515 section 4, RFC 8725 section 3.7).
 *
 * @returns `undefined` for everything else
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
  // JSON.parse keeps one of two equal names: then the text has more names than the value.
  return countNames(text) === countMembers(value, limits.tokenJsonDepth) ? (value as JsonObject) : undefined;
}

/** Members of a value and of all objects in it; NaN where it is nested deeper than `depth`. */
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

/** Strings in a valid JSON text that a colon follows. Linear: each character is passed over at most twice. */
export function countNames(text: string): number {
  let count = 0;
  for (let start = text.indexOf(quote); start !== -1; ) {
    let end = text.indexOf(quote, start + 1);
    while (isEscaped(text, end)) end = text.indexOf(quote, end + 1);
    let next = end + 1;
    while (text.charCodeAt(next) <= 0x20) next += 1;
    if (text.charCodeAt(next) === colon) count += 1;
    start = text.indexOf(quote, next);
  }
  return count;
}

/** Whether an odd number of backslashes stands before the character. */
function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (index - first) % 2 === 1;
}
