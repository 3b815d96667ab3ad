import { decode } from "jose/base64url";
import * as limits from "./limits.ts";

// All JSON is parsed here. On Node 26, `JSON.parse` of a text that is nested thousands of levels deep can end the
// process. So each text is scanned first, whoever wrote it. The local Entra imports this file too.

/** What a scan of a text finds. The text need not be valid JSON. */
export interface JsonScan {
  /** Number of members of all objects, if the text is valid. */
  readonly names: number;
  /** Index of the first bracket that is nested too deep; -1 if there is none. */
  readonly excess: number;
}

/** A parsed text, and the number of members of all objects in the text. */
export interface CountedJson {
  readonly value: unknown;
  readonly names: number;
}

const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/**
 * Counts the names and the nesting of a text, without a parser. It is linear and does not recurse. It stops at the
 * first bracket that is nested too deep, and at a string that does not end.
 */
export function scanJson(text: string, depthMaximum = limits.jsonDepth): JsonScan {
  let names = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = findStringEnd(text, at);
      if (at === -1) break;
    } else if (code === colon) {
      names += 1;
    } else if (code === openArray || code === openObject) {
      depth += 1;
      if (depth > depthMaximum) return { names, excess: at };
    } else if (code === closeArray || code === closeObject) {
      depth -= 1;
    }
  }
  return { names, excess: -1 };
}

/**
 * Parses JSON.
 *
 * @throws SyntaxError if the text is not JSON
 * @throws RangeError if it is nested deeper than `limits.jsonDepth`
 */
export function parseJson(text: string): unknown {
  return countJson(text).value;
}

/** Parses JSON as {@link parseJson}. @returns `undefined` if it throws */
export function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * Parses JSON and counts its names. `JSON.parse` keeps one of two equal names: then the text has more names than the
 * value.
 *
 * @throws SyntaxError if the text is not JSON
 * @throws RangeError if it is nested deeper than `depthMaximum`
 */
export function countJson(text: string, depthMaximum = limits.jsonDepth): CountedJson {
  const { names, excess } = scanJson(text, depthMaximum);
  if (excess !== -1) throw new RangeError(`the JSON is nested deeper than ${depthMaximum} levels`);
  return { value: JSON.parse(text), names };
}

/**
 * Whether jose may read a compact JWS or JWE: the JSON of its header and payload is not nested deeper than
 * `limits.jsonDepth`. It checks nothing else.
 */
export function isShallowJose(token: string): boolean {
  return token.split(".", 2).every(isShallowPart);
}

/** Decodes as jose does, which ignores padding and white space. */
function isShallowPart(part: string): boolean {
  if (part.length <= limits.jsonDepth) return true;
  try {
    return scanJson(new TextDecoder().decode(decode(part))).excess === -1;
  } catch {
    return false;
  }
}

/** Finds the quote that ends a string. @param start index of the quote that starts it. @returns -1 if there is none */
export function findStringEnd(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes += 1;
    // An odd number of them escapes the quote.
    if (backslashes % 2 === 0) return end;
  }
}
