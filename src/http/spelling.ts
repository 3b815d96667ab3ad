import { ignoreCase } from "./letter-case.ts";

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
