/** Values of headers by their names, in lower case. */
export type HeaderValues = ReadonlyMap<string, string>;

/**
 * Removes headers by name, and reads all others in the same pass, which costs a platform less than to ask for some of
 * them.
 *
 * @param headers are changed
 * @returns the headers that are left. Of several `Set-Cookie`, it has the last one.
 */
export function removeHeaders(headers: Headers, isRemoved: (name: string) => boolean): HeaderValues {
  const kept = new Map<string, string>();
  const removed: string[] = [];
  headers.forEach((value, name) => {
    if (isRemoved(name)) removed.push(name);
    else kept.set(name, value);
  });
  for (const name of removed) headers.delete(name);
  return kept;
}
