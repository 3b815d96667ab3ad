/**
 * Refuses names that nobody reads: one that is misspelt would be ignored, and the default taken in its place.
 *
 * @param input names and values as they were sent
 * @param known every name that is read
 * @param what such a name is called in the message
 * @throws RangeError naming the first unknown name and all known ones, or saying that the input is no object
 */
export function requireKnownNames(input: unknown, known: readonly string[], what: string): void {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new RangeError(`must be an object with ${known.join(", ")}`);
  }
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`unknown ${what} ${JSON.stringify(unknown)}. Use one of ${known.join(", ")}`);
  }
}
