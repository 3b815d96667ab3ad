import { isRecord } from "../src/cli-exports/text.ts";

/**
 * Refuses unknown names. A misspelled name would be ignored, and its default used.
 *
 * @param input names and values as sent
 * @param known every known name
 * @param what term for a name in the message
 * @throws RangeError that lists the first unknown name and all known ones, or says that the input is not an object
 */
export function requireKnownNames(input: unknown, known: readonly string[], what: string): void {
  if (!isRecord(input)) {
    throw new RangeError(`must be an object with ${known.join(", ") || `no ${what}`}`);
  }
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const choice = known.length === 0 ? "Send none" : `Use one of ${known.join(", ")}`;
    throw new RangeError(`unknown ${what} ${JSON.stringify(unknown)}. ${choice}`);
  }
}
