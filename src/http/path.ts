import { ignoreCase } from "./letter-case.ts";
import { trimEnd } from "./trim.ts";

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
const plainPath = /^(?:\/(?!\.+(?:\/|$))[A-Za-z0-9\-._~!$&'()*+,=:@]+)*\/?$/;

/** Separators, dots and control characters that an origin could decode, and double encodings. */
const treacherous = /[/\\;\p{Cc}]|%[0-9A-Fa-f]{2}/u;
/** Dot segments, also with white space, which Windows drops from names, and with invisible characters, which HFS+ drops. */
const dots = /^[.\s\p{Cf}]+$/u;
const unreserved = /[A-Za-z0-9\-._~]/;

/**
 * Normalizes a path for matching, validation and forwarding. All use the same form, so that the origin cannot serve
 * another route than the one whose requirement was applied. Encoded letters, digits and `-._~` are decoded (RFC 3986
 * section 6.2.2.2).
 *
 * @param path as {@link readPath} returns it
 * @returns the normal form; `undefined` for an empty path, and for paths that origins read differently: empty
 * segments, `;`, encoded slashes, backslashes, semicolons and control characters, double encodings, invalid UTF-8,
 * segments of only dots and white space, and characters that compatibility normalization converts to ASCII
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
  return treacherous.test(segment) || dots.test(segment);
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
  const visible = ignoreCase(path.replace(/\p{Cf}/gu, ""));
  return trimSlashes(visible.split("/").map(trimSegment).join("/"));
}

/** Removes slashes at the end of a path. The root stays the root. */
export function trimSlashes(path: string): string {
  return trimEnd(path, /\//) || "/";
}

/** Windows reads `admin.`, `admin ` and `admin::$DATA` as `admin`. */
function trimSegment(segment: string): string {
  const stream = segment.search(/::?\$/);
  return trimEnd(stream === -1 ? segment : segment.slice(0, stream), /[.\s]/).trimStart();
}

/** Whether {@link foldSpelling} would not change a path, and no origin reads it differently (`readPaths`). */
export function isSpelledPlainly(path: string): boolean {
  return !/[A-Z%\s\u0080-\uffff]|\/$|\.(?:\/|$)|:\$|\/\(/.test(path);
}

/** A name with an extension that starts with a letter, which excludes versions such as `v1.0`, and `.well-known`. */
export const fileName = /[^./]\.[a-z]/i;
/** Scripts and index pages without a file name in the path, and ampersands. */
const otherAlias = /&|\/cgi-bin\/|\/(?:index|default)\.[a-z]/i;

/** Whether a web server could serve a path under another path too. Few paths match. */
export function hasAliases(path: string): boolean {
  return otherAlias.test(path) || fileName.test(path.slice(0, path.lastIndexOf("/")));
}
