/** Headers whose values of several senders belong together. */
const lists = ["vary", "set-cookie", "server-timing"];

/** Adds headers to a response. Its own headers take precedence. */
export function addHeaders({ status, headers }: Response, added: Iterable<[string, string]>): void {
  if (status === 101) return;
  for (const [name, value] of added) {
    if (lists.includes(name)) headers.append(name, value);
    else if (!headers.has(name)) headers.set(name, value);
  }
}
