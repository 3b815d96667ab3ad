import * as limits from "../limits.ts";
import { ignoreCase } from "./letter-case.ts";
import { addMember, type Members } from "./members.ts";

/** Nothing in such a query stands for anything but itself. */
const plainQuery = /^[\w\-.~]+=[\w\-.~]*(?:&[\w\-.~]+=[\w\-.~]*)*$/;

/** Text in which nothing but the number of pairs can differ. */
const plainText = /^[\w\-.~=&+*]*$/;

/**
 * Parses a query (URL Standard, "application/x-www-form-urlencoded parsing").
 *
 * @param query as `readQuery` gives it
 * @returns values by name; `undefined` where a name is one that no object should have
 *
 * @example
 * parseQuery("?limit=10&tag=a&tag=b"); // { limit: "10", tag: ["a", "b"] }
 */
export function parseQuery(query: string): Members | undefined {
  const text = query.slice(1);
  const members: Members = {};
  // To walk through what the platform parsed costs more than to split the usual query.
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
 * Whether every origin reads the same pairs in a query, or in a form that is URL-encoded. Node, qs and PHP ignore all pairs behind
 * the thousandth, and to Node and qs an empty one counts. Rack 2, CGI.pm and older Python separate pairs at a semicolon, and Go
 * ignores a pair that has one, as it ignores a percent sign that encodes nothing. qs does not decode what is no UTF-8.
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

/** Whether it is the field that names the character set in which some parsers read the others. */
export function isCharsetField(name: string): boolean {
  return ignoreCase(name) === "_charset_";
}
