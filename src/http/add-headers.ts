/** Adds headers to a response. Its own headers take precedence. */
export function addHeaders({ status, headers }: Response, added: Iterable<[string, string]>): void {
  if (status === 101) return;
  for (const [name, value] of added) {
    if (name === "vary" || name === "set-cookie") headers.append(name, value);
    else if (!headers.has(name)) headers.set(name, value);
  }
}
