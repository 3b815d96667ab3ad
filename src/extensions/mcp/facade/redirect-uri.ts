const localhost = /^http:\/\/localhost(?::(\d{1,5}))?(?=\/|$)/;
const loopback = /^http:\/\/127\.0\.0\.1:\d{1,5}\//;
/** Schemes that belong to no app: those that URL parsers know, and those that browsers interpret themselves. */
const schemesOfBrowsers: readonly string[] = [
  ...["http:", "https:", "ws:", "wss:", "ftp:", "file:"],
  ...["javascript:", "data:", "blob:", "filesystem:", "view-source:", "vbscript:", "about:"],
];

/**
 * Describes what is wrong with a redirect URI that an operator wants to register.
 *
 * @returns `undefined` if it is a valid URI: https, `http://localhost`, 127.0.0.1 with a port, or the private-use
 *   scheme of an app (RFC 8252 section 7.1) with `//`, in the form that a URL parser writes
 */
export function checkRedirectUri(uri: unknown): string | undefined {
  const url = typeof uri === "string" ? URL.parse(uri) : null;
  if (typeof uri !== "string" || url === null) return "which is not a URI";
  if (url.hash !== "" || uri.includes("#")) return "which has a fragment";
  if (url.username !== "" || url.password !== "") return "which has a user name";
  if (url.href !== uri && url.href !== `${uri}/`) return `which clients can also write as ${url.href}`;
  if (url.protocol === "https:" || localhost.test(uri) || loopback.test(uri)) return undefined;
  if (!schemesOfBrowsers.includes(url.protocol) && uri.startsWith(`${url.protocol}//`)) return undefined;
  return "which is not https, http://localhost, http://127.0.0.1 with a port, or an app's own scheme with //";
}

/**
 * Whether a redirect URI is registered. URIs are compared byte for byte, except for the port of `http://localhost`,
 * which Entra ignores too. Only native clients on the user's own machine can listen there.
 */
export function isRegistered(uri: string, registered: readonly string[]): boolean {
  const portless = removePort(uri);
  return registered.some((known) => known === uri || (portless !== undefined && removePort(known) === portless));
}

/** @returns `undefined` for any other host, and for an invalid port */
function removePort(uri: string): string | undefined {
  const [start, port] = localhost.exec(uri) ?? [];
  if (start === undefined || Number(port ?? 0) > 65_535) return undefined;
  return `http://localhost${uri.slice(start.length)}`;
}
