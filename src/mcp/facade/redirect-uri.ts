const localhost = /^http:\/\/localhost(?::(\d{1,5}))?(?=\/|$)/;
const loopback = /^http:\/\/127\.0\.0\.1:\d{1,5}\//;

/**
 * Says what is wrong with a redirect URI that is to be registered.
 *
 * @returns `undefined` for https, `http://localhost`, and 127.0.0.1 with a port, written as a URL parser writes them
 */
export function checkRedirectUri(uri: unknown): string | undefined {
  const url = typeof uri === "string" ? URL.parse(uri) : null;
  if (typeof uri !== "string" || url === null) return "which is no URI";
  if (url.hash !== "" || uri.includes("#")) return "which has a fragment";
  if (url.username !== "" || url.password !== "") return "which has a user name";
  if (url.href !== uri && url.href !== `${uri}/`) return `which clients could write otherwise, as ${url.href}`;
  if (url.protocol === "https:" || localhost.test(uri) || loopback.test(uri)) return undefined;
  return "which is neither https, nor http://localhost, nor http://127.0.0.1 with a port";
}

/**
 * Whether a redirect URI is registered: byte for byte, but for the port of `http://localhost`, which Entra ignores too. Only the
 * native clients of a person's own machine listen there.
 */
export function isRegistered(uri: string, registered: readonly string[]): boolean {
  const portless = removePort(uri);
  return registered.some((known) => known === uri || (portless !== undefined && removePort(known) === portless));
}

/** @returns `undefined` for any other host, and for a port that is none */
function removePort(uri: string): string | undefined {
  const [start, port] = localhost.exec(uri) ?? [];
  if (start === undefined || Number(port ?? 0) > 65_535) return undefined;
  return `http://localhost${uri.slice(start.length)}`;
}
