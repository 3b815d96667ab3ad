/** Removes headers by name. It asks the platform for all names at once, which is faster than an iterator. */
export function removeHeaders(headers: Headers, isRemoved: (name: string) => boolean): void {
  const removed: string[] = [];
  headers.forEach((_value, name) => {
    if (isRemoved(name)) removed.push(name);
  });
  for (const name of removed) headers.delete(name);
}
