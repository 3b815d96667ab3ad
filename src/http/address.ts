/** Whom a request was sent to, by the scheme and authority of its URL. */
export interface Address {
  /** `https:`, for one. */
  readonly protocol: string;
  readonly hostname: string;
  /** With the port, where it is not the scheme's own. */
  readonly host: string;
  readonly origin: string;
}

/** An isolate's requests mostly name the same: parsing costs more than comparing. */
let latest: { readonly text: string; readonly address: Address | undefined } = { text: "", address: undefined };

/**
 * Reads a request's address. Nothing of its path is parsed, see `readPath`.
 *
 * @param url as the platform hands it over
 * @returns `undefined` where it is no URL, as of `OPTIONS *`, or names a user: such an address is there to mislead (RFC 9110
 * section 4.2.4), and Node makes no request of it
 */
export function readAddress(url: string): Address | undefined {
  const end = url.indexOf("/", url.indexOf("://") + 3);
  // With its slash: white space at the end would be trimmed, not refused.
  const text = end === -1 ? url : url.slice(0, end + 1);
  if (text !== latest.text) latest = { text, address: parseAddress(text) };
  return latest.address;
}

function parseAddress(text: string): Address | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  const { protocol, hostname, host, origin } = url;
  return { protocol, hostname, host, origin };
}
