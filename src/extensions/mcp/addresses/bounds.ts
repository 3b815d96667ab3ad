/** Where the parts of a reading of a URI begin and end. */
export interface UriBounds {
  /** In lower case, without the colon; empty if there is none. */
  readonly scheme: string;
  /** Number of slashes and backslashes after the scheme. */
  readonly slashes: number;
  /** Index after these slashes. */
  readonly start: number;
  /** Index after the host, its user and its port. Equal to `start` if there is no host. */
  readonly authorityEnd: number;
}

/** Schemes whose host the URL Standard normalizes, and that need no slashes ("special schemes"). */
const withHost = new Set(["http", "https", "ws", "wss", "ftp"]);
/** A drive of Windows, at the start of a path. */
export const drive = /^[a-z][:|](?=[/\\?#]|$)/i;

export function findBounds(text: string): UriBounds {
  const [lead = "", name = "", slashes = ""] = /^(?:([a-z][a-z\d+.-]*):)?([/\\]*)/i.exec(text) ?? [];
  const scheme = name.toLowerCase();
  const start = lead.length;
  const rest = text.slice(start);
  // A path follows one slash or three, and a network share four. Two slashes before a drive are a common mistake.
  const hasNoHost = scheme === "file" && ([0, 1, 3].includes(slashes.length) || drive.test(rest));
  return {
    scheme,
    slashes: slashes.length,
    start,
    authorityEnd: hasNoHost ? start : start + rest.search(/[/\\?#]|$/),
  };
}

/** Whether a host can follow the scheme: not in `urn:isbn:1`. */
export function isHierarchical({ scheme, slashes }: UriBounds): boolean {
  return slashes > 1 || hasUrlHost(scheme);
}

/** Whether URL parsers normalize the host: `0x7f.1` is `127.0.0.1`. */
export function hasUrlHost(scheme: string): boolean {
  return withHost.has(scheme);
}
