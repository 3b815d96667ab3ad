/**
 * Whether the host of a URL is the local machine, the only place where plain http is allowed. The URL parser has
 * already converted `127.1` and `0x7f000001` to dotted form.
 */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}
