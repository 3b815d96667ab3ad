import type { Denial } from "../denial.ts";
import { fail, type Result, succeed } from "../result.ts";
import { ignoreCase } from "./letter-case.ts";

/**
 * Path of a request as it was sent. Not from a parsed URL: workerd hands over what stood in the request line, dot segments
 * and backslashes included, and parsing would resolve them into a path that was never matched.
 *
 * @returns empty where there is none, as in `OPTIONS *` and `http://host?query`
 */
export function readPath(url: string): string {
  const authority = url.indexOf("://") + 3;
  const start = url.indexOf("/", authority);
  const query = url.indexOf("?", authority);
  const fragment = url.indexOf("#", authority);
  const end = Math.min(query === -1 ? url.length : query, fragment === -1 ? url.length : fragment);
  return start === -1 ? "" : url.slice(start, end);
}

/**
 * Query of a request as it was sent, with its question mark; a URL's own `search` forgets an empty one.
 *
 * @returns empty where there is none
 */
export function readQuery(url: string): string {
  const [beforeFragment] = url.split("#", 1);
  const start = beforeFragment!.indexOf("?");
  return start === -1 ? "" : beforeFragment!.slice(start);
}

/** Nothing in such a path could be read in two ways. */
const plainPath = /^(?:\/(?!\.+(?:\/|$))[A-Za-z0-9\-._~!$&'()*+,=:@]+)*\/?$/;

/** Separators, dots and control characters that an origin could see behind an encoding, and encodings of encodings. */
const treacherous = /[/\\;\p{Cc}]|%[0-9A-Fa-f]{2}/u;
/** Dot segments, also where white space around a name is dropped, as in Windows, or characters that nobody sees, as in HFS+. */
const dots = /^[.\s\p{Cf}]+$/u;
const unreserved = /[A-Za-z0-9\-._~]/;

/**
 * The one form of a path that is matched, validated and forwarded, so that the origin cannot see another route than the
 * one whose requirement was applied. Encoded letters, digits and `-._~` are decoded (RFC 3986 section 6.2.2.2).
 *
 * @param path as {@link readPath} gives it
 * @returns the normal form; `path_ambiguous` for no path, and for what origins read differently: empty segments, `;`,
 * encoded slashes, backslashes, semicolons and control characters, double encodings, bytes that are no UTF-8, segments of
 * nothing but dots and white space, characters that compatibility normalization turns into ASCII
 */
export function normalizePath(path: string): Result<string, Denial> {
  const ambiguous = fail<Denial>({ reason: "path_ambiguous" });
  // Behind an origin's name, anything else would lengthen the name.
  if (!path.startsWith("/")) return ambiguous;
  if (plainPath.test(path)) return succeed(path);
  if (path.includes("//") || path.includes(";")) return ambiguous;
  let normal = "";
  for (const segment of path.split("/")) {
    const text = decode(segment);
    if (text === undefined || isAmbiguous(text) || isDisguised(text)) return ambiguous;
    normal += `/${segment.replace(/%[0-9A-Fa-f]{2}/g, decodeUnreserved)}`;
  }
  return succeed(normal.slice(1));
}

/** Whether origins read a decoded segment in more than one way, whatever the route. */
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

/** A path, or a route's, without letter case, trailing slashes, and what file systems drop of a name; parameters keep their colon. */
export function foldSpelling(path: string): string {
  const visible = ignoreCase(path.replace(/\p{Cf}/gu, ""));
  return trimSlashes(visible.split("/").map(trimSegment).join("/"));
}

/** A path without slashes at its end; of the root, the root. */
export function trimSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path.charAt(end - 1) === "/") end -= 1;
  return path.slice(0, end) || "/";
}

/** Windows takes `admin.`, `admin ` and `admin::$DATA` for `admin`. */
function trimSegment(segment: string): string {
  const stream = segment.search(/::?\$/);
  let end = stream === -1 ? segment.length : stream;
  while (end > 0 && /[.\s]/.test(segment.charAt(end - 1))) end -= 1;
  return segment.slice(0, end).trimStart();
}

/** Whether a path is its own {@link foldSpelling}, and no origin reads it in another way (`readPaths`). */
export function isSpelledPlainly(path: string): boolean {
  return !/[A-Z%\s\u0080-\uffff]|\/$|\.(?:\/|$)|:\$|\/\(/.test(path);
}

/** A name with an extension that begins with a letter: no version such as `v1.0`, and no `.well-known`. */
export const fileName = /[^./]\.[a-z]/i;
/** Names of programs and folders that are no files by their name, and ampersands. */
const otherAlias = /&|\/cgi-bin\/|\/(?:index|default)\.[a-z]/i;

/** Whether a path could lie at another place for a web server: under a script, or a folder's page. Most have none. */
export function hasAliases(path: string): boolean {
  return otherAlias.test(path) || fileName.test(path.slice(0, path.lastIndexOf("/")));
}
