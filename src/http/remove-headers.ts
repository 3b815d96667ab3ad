/** All headers by their names, in lower case. */
export type HeaderValues = Map<string, string>;

/**
 * Reads all headers at once, which costs a platform less than to ask for some of them. If there are several
 * `Set-Cookie`, the result has the last one.
 */
export function readHeaders(headers: Headers): HeaderValues {
  const values = new Map<string, string>();
  headers.forEach((value, name) => {
    values.set(name, value);
  });
  return values;
}

/**
 * Removes headers by name.
 *
 * @param headers are changed
 * @param values of the headers; are changed in the same way
 */
export function removeHeaders(
  headers: Headers,
  isRemoved: (name: string) => boolean,
  values: HeaderValues = readHeaders(headers),
): void {
  for (const name of values.keys()) {
    if (!isRemoved(name)) continue;
    values.delete(name);
    headers.delete(name);
  }
}
