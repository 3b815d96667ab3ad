import * as limits from "../common/limits.ts";
import { trim, trimEnd } from "./trim.ts";

/** A parsed `Content-Type`. */
export interface MediaType {
  /** In lower case, without parameters; empty if the header is absent. */
  readonly essence: string;
  /** Values by lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Excludes quoted separators, escapes, and names with `*` (RFC 8187), because readers parse them differently. */
const plainParameter = /^([!#$%&'+.^_`|~\w-]+)=(?:([^\s",;\\]+)|"([^",;\\]*)")$/;

/** White space of HTTP. Some readers treat a no-break space as part of the value. */
const whiteSpace = /[ \t]/;

/**
 * ASP.NET on .NET Framework finds a character set inside another parameter's value (HttpRequest.cs in Microsoft's
 * reference source).
 */
const hiddenCharset = /\scharset[\s=]/i;

/**
 * Parses the type of a body (RFC 9110 section 8.3.1).
 *
 * @param header value of `Content-Type`, which does not start with white space; `null` if it is absent
 * @returns `undefined` if readers could see different parameters: repeated names, quoted separators, or malformed
 * parameters; or if the header is too long
 */
export function readMediaType(header: string | null): MediaType | undefined {
  if (header !== null && header.length > limits.mediaTypeCharacters) return undefined;
  const [essence = "", ...rest] = (header ?? "").split(";");
  const parameters = new Map<string, string>();
  for (const text of rest.map((part) => trim(part, whiteSpace))) {
    if (text === "") continue;
    const [, name, token, quoted] = plainParameter.exec(text) ?? [];
    if (name === undefined || parameters.has(name.toLowerCase()) || hiddenCharset.test(quoted ?? "")) return undefined;
    parameters.set(name.toLowerCase(), token ?? quoted ?? "");
  }
  return { essence: trimEnd(essence, whiteSpace).toLowerCase(), parameters };
}

/**
 * Whether the media type is valid and its character set is UTF-8. In another character set an origin could read other
 * values than the gate checked.
 */
export function isUtf8(mediaType: MediaType | undefined): mediaType is MediaType {
  return mediaType !== undefined && /^utf-?8$/i.test(mediaType.parameters.get("charset") ?? "utf-8");
}
