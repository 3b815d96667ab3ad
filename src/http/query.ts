import { addMember, type Members } from "./members.ts";

/** Nothing in such a query stands for anything but itself. */
const plainQuery = /^[\w\-.~]+=[\w\-.~]*(?:&[\w\-.~]+=[\w\-.~]*)*$/;

/**
 * Query of a request as it was sent, with its question mark; a URL's own `search` forgets an empty one.
 *
 * @returns empty where there is none
 */
export function readQuery(url: string): string {
  const [beforeFragment] = url.split("#", 1);
  const start = beforeFragment!.indexOf("?");
  return start === -1 ? "" : beforeFragment!.slice(start);
}

/**
 * Parses a query (URL Standard, "application/x-www-form-urlencoded parsing").
 *
 * @param query as {@link readQuery} gives it
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
