import { ignoreCase } from "./letter-case.ts";
import { isLoopback } from "./loopback.ts";
import { trimEnd } from "./trim.ts";

/** The scheme and authority of a request's URL. */
export interface Address {
  /** For example `https:`. */
  readonly protocol: string;
  readonly hostname: string;
  /** With the port, unless it is the scheme's default. */
  readonly host: string;
  readonly origin: string;
  /** Whether the host is the local machine. */
  readonly isLoopback: boolean;
  /** Index of the slash at which the path starts in the URL; -1 if there is no path. */
  readonly pathStart: number;
}

/** Most requests of an isolate have the same address, and comparing is faster than parsing. */
let latest: { readonly prefix: string; readonly address: Address } | undefined;

/** A scheme and an authority that end where the path starts. */
const wholeAuthority = /^\w+:\/\/[^?#\\]+\/$/;

/**
 * Reads the address of a request. It does not parse the path, see {@link readPath}.
 *
 * @param url as the platform passes it
 * @returns `undefined` if it is not a URL, as in `OPTIONS *`, or contains a user name. Such addresses mislead readers
 * (RFC 9110 section 4.2.4), and Node cannot create a request for them.
 */
export function readAddress(url: string): Address | undefined {
  if (latest !== undefined && url.startsWith(latest.prefix)) return latest.address;
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  // Keeps the slash, because the parser would trim white space at the end instead of rejecting it.
  const prefix = slash === -1 ? url : url.slice(0, slash + 1);
  const parsed = URL.parse(prefix);
  if (parsed === null || parsed.username !== "" || parsed.password !== "") return undefined;
  const { protocol, hostname, host, origin } = parsed;
  const pathStart = wholeAuthority.test(prefix) ? slash : -1;
  const address = { protocol, hostname, host, origin, isLoopback: isLoopback(hostname), pathStart };
  if (pathStart > 0) latest = { prefix, address };
  return address;
}

/**
 * Reads the path of a request from the raw URL. workerd passes the request line unchanged, with dot segments and
 * backslashes. A URL parser would resolve them into a path that was never matched.
 *
 * @param start index of the slash at which the path starts; -1 if there is no path, as in `OPTIONS *` and
 * `http://host?query`
 * @returns an empty string if there is no path
 */
export function readPath(url: string, start: number): string {
  return start === -1 ? "" : url.slice(start).replace(/[?#].*/s, "");
}

/**
 * Reads the query of a request, with its question mark. `URL.search` omits an empty query.
 *
 * @returns an empty string if there is none
 */
export function readQuery(url: string): string {
  const [beforeFragment] = url.split("#", 1);
  const start = beforeFragment!.indexOf("?");
  return start === -1 ? "" : beforeFragment!.slice(start);
}

/** A path that every reader understands in the same way. */
const plainPath = /^(?:\/(?!\.*(?::(?:[^:/]*:)?\$|\/|$))[A-Za-z0-9\-._~!$&'()*+,=:@]+)*\/?$/;

/**
 * Separators, dots and control characters that an origin could decode, and double encodings, also in the style of
 * `%u0061`.
 */
const reinterpreted = /[/\\;\p{Cc}]|%(?:[uU][0-9A-Fa-f]{2})?[0-9A-Fa-f]{2}/u;
/** Characters that cannot be seen. HFS+ drops some from names, and NFKC_Casefold all. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/**
 * A segment that an origin may read as dots or as nothing. Before its end or a Windows stream (`:$x`, `::$DATA`,
 * `:x:$DATA`), it has only dots, white space, which Windows drops from names, and invisible characters.
 */
const vanishing = /^(?!$)[.\s\p{Cf}\p{DI}]*(?:$|:(?:[^:]*:)?[\p{Cf}\p{DI}]*\$)/u;
const unreserved = /[A-Za-z0-9\-._~]/;

/**
 * Normalizes a path for matching, validation and forwarding. All use the same form, so that the origin cannot serve
 * another route than the one whose requirement was applied. Encoded letters, digits and `-._~` are decoded (RFC 3986
 * section 6.2.2.2).
 *
 * @param path as {@link readPath} returns it
 * @returns the normal form; `undefined` for an empty path, and for paths that origins read differently: empty
 * segments, `;`, encoded slashes, backslashes, semicolons and control characters, double encodings, invalid UTF-8,
 * segments with nothing but dots and white space before their end or a Windows stream, and characters that
 * compatibility normalization converts to ASCII
 */
export function normalizePath(path: string): string | undefined {
  // Appended to the origin's URL, another path would extend its host name.
  if (!path.startsWith("/")) return undefined;
  if (plainPath.test(path)) return path;
  if (path.includes("//") || path.includes(";")) return undefined;
  let normal = "";
  for (const segment of path.split("/")) {
    const text = decode(segment);
    if (text === undefined || isAmbiguous(text) || isDisguised(text)) return undefined;
    normal += `/${segment.replace(/%[0-9A-Fa-f]{2}/g, decodeUnreserved)}`;
  }
  return normal.slice(1);
}

/** Whether origins read a decoded segment in more than one way. */
export function isAmbiguous(segment: string): boolean {
  return reinterpreted.test(segment) || vanishing.test(segment);
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** For example a full-width slash. */
function isDisguised(text: string): boolean {
  for (const character of text) {
    if (character > "\x7f" && /\p{ASCII}/u.test(character.normalize("NFKC"))) return true;
  }
  return false;
}

function decodeUnreserved(triplet: string): string {
  const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
  return unreserved.test(character) ? character : triplet.toUpperCase();
}

/**
 * Folds the spelling of a path: removes letter case, trailing slashes, and what file systems drop from names.
 * Parameters of a route keep their colon.
 */
export function foldSpelling(path: string): string {
  return trimSlashes(path.split("/").map(foldSegment).join("/"));
}

/** What {@link foldSegment} may change. */
const foldable = /[A-Z\s:\u0080-\uffff]|\.$/;

/** Folds the spelling of one segment, see {@link foldSpelling}. */
export function foldSegment(segment: string): string {
  if (!foldable.test(segment)) return segment;
  return trimSegment(ignoreCase(segment.replace(invisible, "")));
}

/** Removes slashes at the end of a path. The root stays the root. */
export function trimSlashes(path: string): string {
  return trimEnd(path, /\//) || "/";
}

/** Windows reads `admin.`, `admin ` and `admin::$DATA` as `admin`. Other programs could also cut off `:x:$DATA`. */
function trimSegment(segment: string): string {
  const stream = segment.search(/:(?:[^:]*:)?\$/);
  return trimEnd(stream === -1 ? segment : segment.slice(0, stream), /[.\s]/).trimStart();
}

/** Whether {@link foldSpelling} would not change a path, and no origin reads it differently (`readPaths`). */
export function isSpelledPlainly(path: string): boolean {
  return !/[A-Z%\s\u0080-\uffff]|\/$|\.(?:\/|$)|:\$|\/\(/.test(path);
}

/** A name with an extension that starts with a letter, which excludes versions such as `v1.0`, and `.well-known`. */
export const fileName = /[^./]\.[a-z]/i;
/** Scripts and index pages without a file name in the path, and ampersands. */
const otherAlias = /&|\/\s*(?:cgi-bin[.\s:/]|(?:index|default)\.[a-z])/i;

/** Whether a web server could serve a path under another path too. Few paths match. */
export function hasAliases(path: string): boolean {
  return otherAlias.test(path) || fileName.test(path.slice(0, path.lastIndexOf("/")));
}
