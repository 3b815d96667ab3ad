import * as limits from "../common/limits.ts";
import { ignoreCase } from "./letter-case.ts";
import { addMember, type Members } from "./members.ts";

/** A query without encodings, signs or empty parts. */
const plainQuery = /^[\w\-.~]+=[\w\-.~]*(?:&[\w\-.~]+=[\w\-.~]*)*$/;

/** A text in which origins can only disagree about the number of pairs. */
const plainText = /^[\w\-.~=&+*]*$/;

/**
 * Parses a query (URL Standard, "application/x-www-form-urlencoded parsing").
 *
 * @param query as `readQuery` returns it
 * @returns values by name; `undefined` if a name is dangerous
 *
 * @example
 * parseQuery("?limit=10&tag=a&tag=b"); // { limit: "10", tag: ["a", "b"] }
 */
export function parseQuery(query: string): Members | undefined {
  const text = query.slice(1);
  const members: Members = {};
  // To split a plain query is faster than to iterate over `URLSearchParams`.
  const pairs = plainQuery.test(text) ? splitPairs(text) : new URLSearchParams(query);
  for (const [name, value] of pairs) {
    if (!addMember(members, name, value)) return undefined;
  }
  return members;
}

function splitPairs(text: string): readonly (readonly [string, string])[] {
  return text.split("&").map((pair) => {
    const end = pair.indexOf("=");
    return [pair.slice(0, end), pair.slice(end + 1)];
  });
}

/**
 * Whether every origin reads the same pairs in a query or a URL-encoded form. Node, qs and PHP ignore pairs after the
 * thousandth, and Node and qs count empty pairs. Rack 2, CGI.pm and older Python separate pairs at semicolons. Go
 * ignores pairs with a semicolon or an invalid percent sign. qs does not decode invalid UTF-8.
 *
 * @param text without the question mark of a query
 */
export function isReadAlike(text: string): boolean {
  if (text.length >= limits.originPairs && text.split("&", limits.originPairs + 1).length > limits.originPairs)
    return false;
  return plainText.test(text) || (!text.includes(";") && isDecodable(text));
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a field sets the character set in which some parsers read the other fields. */
export function isCharsetField(name: string): boolean {
  return ignoreCase(name) === "_charset_";
}
