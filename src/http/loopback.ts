/**
 * Whether a URL's host is this machine itself, the only place where plain http is trusted.
 * WHATWG URL parsing has already turned `127.1` and `0x7f000001` into dotted form.
 */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}
