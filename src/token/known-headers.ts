import * as limits from "../limits.ts";
import type { JsonObject } from "./json.ts";

/** Headers of verified tokens by the text of their segment: all tokens that one key has signed share one. */
export interface KnownHeaders {
  get(text: string): JsonObject | undefined;
  /** Only for a header whose token was verified, so that invented ones find no room. */
  add(text: string, header: JsonObject): void;
}

/**
 * Makes an empty memory of headers. When it is full it begins anew.
 *
 * @param maximum how many headers
 */
export function createKnownHeaders(maximum: number = limits.knownHeaders): KnownHeaders {
  const headers = new Map<string, JsonObject>();
  return {
    get: (text) => headers.get(text),
    add(text, header) {
      if (headers.has(text)) return;
      if (headers.size >= maximum) headers.clear();
      headers.set(text, header);
    },
  };
}
