/** Returns the host of a URL without dots at its end, with which DNS finds the same host. */
export function readHostName({ hostname }: URL): string {
  let end = hostname.length;
  while (hostname[end - 1] === ".") end -= 1;
  return hostname.slice(0, end);
}
