import * as limits from "../common/limits.ts";

/** Equal lists and texts of many tokens, so that an isolate keeps each of them once. */
export interface SharedValues {
  /** Returns an equal, frozen list. */
  list(items: readonly string[]): readonly string[];
  /**
   * Returns the list in a text, frozen.
   *
   * @param parse reads a text that is not known yet; the same function for every text
   */
  parsed(text: string, parse: (text: string) => readonly string[]): readonly string[];
  /** Returns an equal text. */
  text(value: string): string;
}

export const emptyList: readonly string[] = Object.freeze([]);

/** Bytes of one entry, without its characters. */
const entryBytes = 128;

/**
 * Creates an empty table. When it is full, new values are no longer shared.
 *
 * @param bytesMaximum of all values together
 */
export function createSharedValues(bytesMaximum: number = limits.sharedValueBytes): SharedValues {
  const lists = new Map<string, readonly string[]>();
  const parsed = new Map<string, readonly string[]>();
  const texts = new Map<string, string>();
  let takenBytes = 0;

  function add<T>(values: Map<string, T>, key: string, value: T): T {
    // A list takes its key, its items and their texts; a character takes up to two bytes.
    const bytes = entryBytes + key.length * 8;
    if (takenBytes + bytes > bytesMaximum) return value;
    takenBytes += bytes;
    values.set(key, value);
    return value;
  }

  return {
    list(items) {
      if (items.length === 0) return emptyList;
      const key = JSON.stringify(items);
      return lists.get(key) ?? add(lists, key, Object.freeze([...items]));
    },
    parsed: (text, parse) => parsed.get(text) ?? add(parsed, text, Object.freeze(parse(text))),
    text: (value) => texts.get(value) ?? add(texts, value, value),
  };
}

/** Shares nothing. */
export const unshared: SharedValues = createSharedValues(0);
